// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import Glibc
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
  /// Where the search begins, and where it is behind a first character of three bytes.
  private let rootBase: UInt32
  private var bases: [UInt32] = []

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
    rootBase = unsafe UInt32(bitPattern: units[0].base)
    bases = basesOfCharacters()
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
    guard var (base, place) = firstStep(in: text, at: offset) else { return }
    while true {
      let byte = place < text.count ? text[place] : 0
      // No word ends inside of a character.
      if byte & 0xC0 != 0x80 {
        // ---- A word ends here if the unit at the base itself says so ----
        if let unit = unit(Int(base)), unit.check == base, unit.base < 0 {
          body(place &- offset, entries(UInt32(bitPattern: ~unit.base)))
        }
        if place == text.count { return }
      }
      guard let next = self.base(behind: base, byte) else { return }
      base = next
      place &+= 1
    }
  }

  /// The base behind the first character at `offset` of `text`, or its first byte; and where that ends.
  @inline(__always)
  private func firstStep(in text: Span<UInt8>, at offset: Int) -> (base: UInt32, end: Int)? {
    guard offset < text.count else { return nil }
    let byte = Int(text[offset])
    var (second, third) = (0, 0)
    if text.count &- offset >= 3 {
      (second, third) = (Int(text[offset &+ 1]), Int(text[offset &+ 2]))
    }
    // Of other bytes, which are no UTF-8, only the low bits may be those of a character.
    guard byte & 0xF0 == 0xE0, second & third & 0xC0 == 0x80, (second | third) & 0x40 == 0 else {
      return base(behind: rootBase, text[offset]).map { ($0, offset &+ 1) }
    }
    let base = bases[(byte & 0xF) &<< 12 | (second & 0x3F) &<< 6 | third & 0x3F]
    return base == 0 ? nil : (base, offset &+ 3)
  }

  /// Asks for what a search at `offset` of `text` looks at first.
  @inline(__always)
  func request(_ text: Span<UInt8>, at offset: Int) {
    guard text.count &- offset > 3, let (base, end) = firstStep(in: text, at: offset) else {
      return
    }
    // Safe: a prefetch of any address is harmless.
    unsafe ck_prefetch(units + Int(base))
    unsafe ck_prefetch(units + (Int(base) &+ Int(text[end]) &+ 1))
  }

  /// The base behind `base` and `byte`; nil if no word goes on so.
  @inline(__always)
  private func base(behind base: UInt32, _ byte: UInt8) -> UInt32? {
    guard let next = unit(Int(base) &+ Int(byte) &+ 1), next.check == base, next.base >= 0 else {
      return nil
    }
    return UInt32(bitPattern: next.base)
  }

  /// For each character of three bytes the base behind it, 0 if no word begins so.
  private func basesOfCharacters() -> [UInt32] {
    var bases = [UInt32](repeating: 0, count: 1 << 16)
    for first in 0..<16 {
      guard let one = base(behind: rootBase, UInt8(0xE0 + first)) else { continue }
      for second in 0..<64 {
        guard let two = base(behind: one, UInt8(0x80 + second)) else { continue }
        for third in 0..<64 {
          bases[first << 12 | second << 6 | third] = base(behind: two, UInt8(0x80 + third)) ?? 0
        }
      }
    }
    return bases
  }

  /// The entries of the word `bytes`, nil if it is none.
  func entries(of bytes: [UInt8]) -> Entries? {
    var found: Entries?
    forEachPrefix(of: bytes.span, at: 0) { length, entries in
      if length == bytes.count { found = entries }
    }
    return found
  }

  /// Calls `body` with the entries of each word of one Hangul syllable.
  func forEachSyllable(_ body: (Entries) -> Void) {
    for number in 0..<Syllable.count {
      if let entries = entries(of: Syllable.bytes(number)) { body(entries) }
    }
  }

  /// The longest word that ``forEachWord(of:_:)`` goes to, so that a damaged array ends too.
  private static let longestWord = 255

  /// Calls `body` with the bytes and the entries of each word that is made of bytes of `alphabet` alone,
  /// in ascending order of the bytes.
  func forEachWord(of alphabet: [UInt8], _ body: ([UInt8], Entries) -> Void) {
    var word: [UInt8] = []
    visit(rootBase, alphabet, &word, body)
  }

  private func visit(
    _ base: UInt32, _ alphabet: [UInt8], _ word: inout [UInt8], _ body: ([UInt8], Entries) -> Void
  ) {
    if !word.isEmpty, let unit = unit(Int(base)), unit.check == base, unit.base < 0 {
      body(word, entries(UInt32(bitPattern: ~unit.base)))
    }
    if word.count == Self.longestWord { return }
    for byte in alphabet {
      guard let next = self.base(behind: base, byte) else { continue }
      word.append(byte)
      visit(next, alphabet, &word, body)
      word.removeLast()
    }
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

  /// The description of `entry`: fields with commas between, of which the first is its tag.
  @_lifetime(borrow self)
  func feature(of entry: WordEntry) -> Span<UInt8> {
    precondition(Int(entry.feature) < file.count - featureStart)
    // Safe: the last byte of the file is 0.
    let start = unsafe file.start + featureStart + Int(entry.feature)
    let count = unsafe strlen(start.assumingMemoryBound(to: CChar.self))
    let feature = unsafe Span(
      _unsafeStart: start.assumingMemoryBound(to: UInt8.self), count: count)
    return unsafe _overrideLifetime(feature, borrowing: self)
  }

  /// Appends the tag of `entry` to `output`.
  func appendTag(of entry: WordEntry, to output: inout ByteBuffer) {
    let feature = feature(of: entry)
    var end = 0
    while end < feature.count, feature[end] != UInt8(ascii: ",") { end += 1 }
    output.append(copying: feature.extracting(0..<end))
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
