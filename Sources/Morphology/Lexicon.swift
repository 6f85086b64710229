// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A word as the lattice sees it.
struct WordEntry: BitwiseCopyable {
  /// The classes by which ``ConnectionCosts`` knows how the word begins and ends.
  var beginning: UInt16
  var ending: UInt16
  var partOfSpeech: UInt16
  var cost: Int16
  /// Where its description lies.
  var feature: UInt32
}

/// The words of sys.dic or unk.dic: a double array from their bytes to their entries.
///
/// Aoe 1989; the array is Darts', as MeCab writes it.
@safe
struct Lexicon: @unchecked Sendable {
  /// A run of entries.
  struct Entries: BitwiseCopyable {
    var first: UInt32
    var count: UInt32
  }

  // Invariant: the pointers point into `file`, to `unitCount` pairs of numbers and `entryCount` entries;
  // neither is written to.
  private let file: FileMapping
  private let units: UnsafePointer<(base: Int32, check: UInt32)>
  private let unitCount: Int
  private let entries: UnsafePointer<(WordEntry, compound: UInt32)>
  private let entryCount: Int
  private let featureStart: Int

  private static let magic: UInt32 = 0xEF71_8F77
  private static let version: UInt32 = 102
  private static let headerBytes = 72
  private static let entryBytes = 16

  /// The words in the file at `path`, whose classes must be those of `connections`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `malformedDictionary`.
  init(_ path: String, _ connections: ConnectionCosts) throws(TextError) {
    let mapped = try FileMapping(path)
    file = mapped
    func field(_ index: Int) -> Int { Int(mapped.load(at: 4 * index, as: UInt32.self)) }
    guard file.count >= Self.headerBytes,
      file.load(at: 0, as: UInt32.self) ^ Self.magic == UInt32(truncatingIfNeeded: file.count),
      file.load(at: 4, as: UInt32.self) == Self.version
    else {
      throw .malformedDictionary(
        "no compiled dictionary of MeCab, version 102, or a part of one", path)
    }
    let (endings, beginnings) = (field(4), field(5))
    let (arrayBytes, entryBytes, featureBytes) = (field(6), field(7), field(8))
    guard endings == connections.endingCount, beginnings == connections.beginningCount else {
      throw .malformedDictionary("matrix.bin beside it is of another dictionary", path)
    }
    let charset = (0..<32).map { mapped.load(at: 40 + $0, as: UInt8.self) }.prefix { $0 != 0 }
    guard ["UTF-8", "UTF8"].contains(String(decoding: charset, as: UTF8.self).uppercased()) else {
      throw .malformedDictionary("its charset is not UTF-8", path, byteOffset: 40)
    }
    guard Self.headerBytes + arrayBytes + entryBytes + featureBytes == file.count,
      arrayBytes % 8 == 0, arrayBytes > 0, entryBytes % Self.entryBytes == 0, entryBytes > 0,
      featureBytes > 0, file.load(at: file.count - 1, as: UInt8.self) == 0
    else {
      throw .malformedDictionary("its parts do not add up to the file", path)
    }
    unitCount = arrayBytes / 8
    entryCount = entryBytes / Self.entryBytes
    featureStart = Self.headerBytes + arrayBytes + entryBytes
    // Safe: both parts lie inside the file, on borders of 8 bytes.
    unsafe units = (file.start + Self.headerBytes)
      .assumingMemoryBound(to: (base: Int32, check: UInt32).self)
    unsafe entries = (file.start + Self.headerBytes + arrayBytes)
      .assumingMemoryBound(to: (WordEntry, compound: UInt32).self)
    for index in 0..<entryCount {
      let entry = unsafe entries[index].0
      guard entry.ending < endings, entry.beginning < beginnings, entry.feature < featureBytes
      else {
        throw .malformedDictionary(
          "an entry of a class that matrix.bin does not have", path,
          byteOffset: Self.headerBytes + arrayBytes + index * Self.entryBytes)
      }
    }
  }

  /// Calls `body` with the length in bytes and the entries of each word that `text` has at `offset`, the
  /// shortest first.
  ///
  /// - Complexity: O(length of the longest word).
  @inline(__always)
  func forEachPrefix(
    of text: Span<UInt8>, at offset: Int, _ body: (Int, Entries) -> Void
  ) {
    guard var base = base(of: 0) else { return }
    var place = offset
    while true {
      // ---- A word ends here if the unit at the base itself says so ----
      if let unit = unit(Int(base)), unit.check == base, unit.base < 0 {
        if place > offset { body(place &- offset, entries(UInt32(bitPattern: ~unit.base))) }
      }
      guard place < text.count else { return }
      // ---- One byte on ----
      guard let next = unit(Int(base) &+ Int(text[place]) &+ 1), next.check == base else { return }
      guard next.base >= 0 else { return }
      base = UInt32(bitPattern: next.base)
      place &+= 1
    }
  }

  /// The entries of the word `bytes`, nil if it is none.
  func entries(of bytes: [UInt8]) -> Entries? {
    var found: Entries?
    forEachPrefix(of: bytes.span, at: 0) { length, entries in
      if length == bytes.count { found = entries }
    }
    return found
  }

  /// The longest word that ``forEachWord(of:_:)`` goes to, so that a damaged array ends too.
  private static let longestWord = 255

  /// Calls `body` with the bytes and the entries of each word that is made of bytes of `alphabet` alone,
  /// in ascending order of the bytes.
  func forEachWord(of alphabet: [UInt8], _ body: ([UInt8], Entries) -> Void) {
    guard let base = base(of: 0) else { return }
    var word: [UInt8] = []
    visit(base, alphabet, &word, body)
  }

  private func visit(
    _ base: UInt32, _ alphabet: [UInt8], _ word: inout [UInt8], _ body: ([UInt8], Entries) -> Void
  ) {
    if !word.isEmpty, let unit = unit(Int(base)), unit.check == base, unit.base < 0 {
      body(word, entries(UInt32(bitPattern: ~unit.base)))
    }
    if word.count == Self.longestWord { return }
    for byte in alphabet {
      guard let next = unit(Int(base) + Int(byte) + 1), next.check == base, next.base >= 0 else {
        continue
      }
      word.append(byte)
      visit(UInt32(bitPattern: next.base), alphabet, &word, body)
      word.removeLast()
    }
  }

  @inline(__always)
  private func base(of index: Int) -> UInt32? {
    unit(index).map { UInt32(bitPattern: $0.base) }
  }

  @inline(__always)
  private func unit(_ index: Int) -> (base: Int32, check: UInt32)? {
    guard index >= 0, index < unitCount else { return nil }
    return unsafe units[index]
  }

  /// A value of the array: the number of the first entry, and in the low byte how many there are.
  @inline(__always)
  private func entries(_ value: UInt32) -> Entries {
    let first = value >> 8
    let count = min(value & 0xFF, UInt32(max(0, entryCount - Int(first))))
    return Entries(first: first, count: count)
  }

  /// The entry `index`, which must be one of a run.
  @inline(__always)
  func entry(_ index: UInt32) -> WordEntry {
    precondition(index < entryCount, "an entry that the dictionary does not have")
    return unsafe entries[Int(index)].0
  }

  /// The number of entries.
  var count: Int { entryCount }

  /// Appends the tag of `entry`, what stands before the first comma of its description, to `output`.
  func appendTag(of entry: WordEntry, to output: inout ByteBuffer) {
    var place = featureStart + Int(entry.feature)
    while place < file.count {
      let byte = file.load(at: place, as: UInt8.self)
      if byte == 0 || byte == UInt8(ascii: ",") { return }
      output.append(byte)
      place += 1
    }
  }
}

/// The entries of unknown words, by the kind of their first character: unk.dic.
struct UnknownWords: Sendable {
  let lexicon: Lexicon
  private let ofKinds: [Lexicon.Entries]

  /// - Throws: `fileNotFound`, `readFailed`, `malformedDictionary`.
  init(
    _ path: String, _ kinds: CharacterKinds, _ connections: ConnectionCosts
  ) throws(TextError) {
    let lexicon = try Lexicon(path, connections)
    var ofKinds: [Lexicon.Entries] = []
    for name in kinds.names {
      guard let entries = lexicon.entries(of: name), entries.count > 0 else {
        throw .malformedDictionary(
          "no entry for the kind \(String(decoding: name, as: UTF8.self))", path)
      }
      ofKinds.append(entries)
    }
    self.lexicon = lexicon
    self.ofKinds = ofKinds
  }

  func entries(of kind: CharacterKind) -> Lexicon.Entries { ofKinds[kind.first] }
}
