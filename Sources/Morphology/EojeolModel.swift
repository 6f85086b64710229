// SPDX-License-Identifier: Apache-2.0

internal import CKernels
package import TextCore

// Where a Hangul run is cut into morphemes depends little on the words around it. An eojeol model is what
// of a dictionary matters for that: words of Hangul syllables alone, and for the beginning and the end of
// a run the mean costs of what stands there in a corpus, in place of the costs of a sentence's ends.

/// The words of a dictionary that are made of Hangul, and their costs, for runs that are analysed alone.
///
/// A file in memory; ``EojeolModelLayout`` has its layout, ``makeEojeolModel(_:_:_:_:)`` makes it.
@safe
package struct EojeolModel: @unchecked Sendable {
  // Invariant: the pointers point into `file`, to as many numbers as `layout` says, none of which leads
  // out of them; nothing is written to.
  private let file: FileMapping
  private let layout: EojeolModelLayout
  private let roots: UnsafePointer<UInt32>
  private let slots: UnsafePointer<UInt64>
  private let nodes: UnsafePointer<EojeolModelLayout.Node>
  private let entries: UnsafePointer<EojeolEntry>
  private let runSlots: UnsafePointer<UInt64>
  private let runWords: UnsafePointer<UInt32>
  let connections: ConnectionCosts
  /// What words of each tag cost more behind a space.
  let penalties: [Int32]
  /// The tags, such as NNG or VV+EP.
  let tags: [String]
  /// Whether words of each tag are particles, or begin with one.
  let areParticles: [Bool]
  /// Whether they are particles or endings, or begin with one.
  let areInflectional: [Bool]
  let unknownRule: UnknownRule
  /// Whether ``RunSearch`` cannot search it: unknown words stand beside known ones, or costs are out of all
  /// proportion.
  let isForLatticeOnly: Bool
  /// Where the file lies.
  package let path: String
  /// The XXH3 of what is behind the file's head, by which tokenizers name the model.
  package let checksum: String

  /// How long unknown words are: all that is left of a run, and each number of syllables up to `length`.
  struct UnknownRule: Equatable {
    /// The first so many entries are theirs.
    var entryCount: Int
    var length: Int
    var isGrouped: Bool
    /// Whether they stand beside known ones.
    var isInvoked: Bool

    /// A bit for each length of those that stand at a place where none is known, of which `left` syllables, at
    /// most eight, are left.
    func lengths(left: Int) -> UInt8 {
      let longest = min(length, left)
      let some = (1 as UInt16) << UInt16(longest) - 1
      let all = isGrouped ? (1 as UInt16) << UInt16(left - 1) : 0
      return UInt8(truncatingIfNeeded: max(some | all, 1))
    }
  }

  /// The model in the file at `path`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `malformedDictionary`.
  package init(_ path: String) throws(TextError) {
    // In pages of 2 MiB, which a mapped file does not come in: a search looks at some twenty places of
    // it all over, and would wait for as many translations of addresses.
    let bytes = try readFile(path)
    guard !bytes.isEmpty else {
      throw TextError(.readFailed, "is empty or no plain file", at: .init(path: path))
    }
    try self.init(FileMapping(copying: bytes.span), path)
  }

  /// The model in `mapped`, which is called `path` in errors.
  ///
  /// - Throws: `malformedDictionary`.
  init(_ mapped: FileMapping, _ path: String) throws(TextError) {
    let layout = try EojeolModelLayout(mapped, path)
    (file, self.layout, self.path) = (mapped, layout, path)
    // Safe: the layout lies inside the file, each part on a border of 8 bytes.
    unsafe roots = (mapped.start + layout.roots).assumingMemoryBound(to: UInt32.self)
    unsafe slots = (mapped.start + layout.slots).assumingMemoryBound(to: UInt64.self)
    unsafe nodes = (mapped.start + layout.nodes)
      .assumingMemoryBound(to: EojeolModelLayout.Node.self)
    unsafe entries = (mapped.start + layout.entries).assumingMemoryBound(to: EojeolEntry.self)
    unsafe runSlots = (mapped.start + layout.runSlots).assumingMemoryBound(to: UInt64.self)
    unsafe runWords = (mapped.start + layout.runWords).assumingMemoryBound(to: UInt32.self)
    connections = ConnectionCosts(
      mapped, at: layout.costs, endingCount: layout.endingCount,
      beginningCount: layout.beginningCount)
    (tags, penalties) = try layout.tags(mapped, path)
    areParticles = tags.map { $0.hasPrefix("J") }
    areInflectional = tags.map { $0.hasPrefix("J") || $0.hasPrefix("E") }
    unknownRule = layout.unknownRule
    isForLatticeOnly = unknownRule.isInvoked || !penalties.allSatisfy { abs(Int($0)) < 1 << 30 }
    checksum = layout.checksum
    guard isConsistent else {
      throw .malformedDictionary("a number in it leads out of its tables", path)
    }
  }

  /// Whether no number leads out of its table, so that look-ups need not check it.
  private var isConsistent: Bool {
    for syllable in 0..<Syllable.count where unsafe roots[syllable] >= layout.nodeCount {
      return false
    }
    var free = 0
    for index in 0..<layout.slotCount {
      let slot = unsafe slots[index]
      free += slot == 0 ? 1 : 0
      if slot >> 40 >= layout.nodeCount { return false }
    }
    var last = UInt32(unknownRule.entryCount)
    for node in 0...layout.nodeCount {
      let first = unsafe nodes[node].firstEntry
      if first < last || first > layout.entryCount { return false }
      last = first
    }
    for index in 0..<layout.entryCount {
      let entry = unsafe entries[index]
      if entry.word.beginning >= layout.beginningCount || entry.word.ending >= layout.endingCount
        || entry.tag >= tags.count
      {
        return false
      }
    }
    // A search ends at a free slot.
    return free > 0 && areRunsConsistent
  }

  private var areRunsConsistent: Bool {
    var free = 0
    for index in 0..<1 << layout.runSlotBits {
      let slot = unsafe runSlots[index]
      free += slot == 0 ? 1 : 0
      if slot != 0, slot >> 32 >= layout.runWordCount { return false }
    }
    for index in 0..<layout.runWordCount {
      if unsafe runWords[index] >> 5 >= layout.entryCount { return false }
    }
    let isEnded = unsafe layout.runWordCount == 0 || runWords[layout.runWordCount - 1] == 0
    return free > 0 && isEnded
  }

  /// Where the words of the run begin that `node` is of; nil if it is not known as it is.
  @inline(__always)
  func knownRun(_ node: UInt32, isBehindSpace: Bool) -> Int? {
    precondition(node < layout.nodeCount)
    if unsafe !nodes[Int(node)].isKnownRun { return nil }
    let key = EojeolModelLayout.runKey(node, isBehindSpace: isBehindSpace)
    var index = EojeolModelLayout.slot(of: key, bits: layout.runSlotBits)
    while true {
      let slot = unsafe runSlots[index]
      if slot == 0 { return nil }
      if slot & 0xFFFF_FFFF == key { return Int(slot >> 32) }
      index = (index &+ 1) & (1 &<< layout.runSlotBits &- 1)
    }
  }

  /// The word at `index` of those of known runs: its entry and its syllables; nil behind the last of a run.
  @inline(__always)
  func wordOfRun(_ index: Int) -> (entry: UInt32, length: Int)? {
    precondition(index < layout.runWordCount)
    let word = unsafe runWords[index]
    return word == 0 ? nil : (word &>> 5, Int(word & 31))
  }

  /// The entry `index`, which must be one of a word.
  @inline(__always)
  func entry(_ index: UInt32) -> EojeolEntry {
    precondition(index < layout.entryCount, "an entry that the model does not have")
    return unsafe entries[Int(index)]
  }

  /// The entry `index`, which is one of a node or an unknown word's.
  @unsafe
  @inline(__always)
  func entry(unchecked index: UInt32) -> EojeolEntry { unsafe entries[Int(index)] }

  /// The node of the word of one syllable, 0 if no word begins so.
  @inline(__always)
  func node(of syllable: UInt16) -> UInt32 {
    precondition(Int(syllable) < Syllable.count)
    return unsafe roots[Int(syllable)]
  }

  // Safe: a prefetch of any address is harmless.

  /// Asks for `node`.
  @inline(__always)
  func requestNode(_ node: UInt32) { unsafe ck_prefetch(nodes + Int(node)) }
  /// Asks for `slot`.
  @inline(__always)
  func requestSlot(_ slot: Int) { unsafe ck_prefetch(slots + slot) }
  /// Asks for the entries from `first` on.
  @inline(__always)
  func requestEntry(_ first: UInt32) { unsafe ck_prefetch(entries + Int(first)) }

  /// The node behind `node` and `syllable`, 0 if no word begins so.
  @inline(__always)
  func node(behind node: UInt32, _ syllable: UInt16) -> UInt32 {
    self.node(behind: node, syllable, from: slot(behind: node, syllable))
  }

  /// The slot where the search for the node behind `node` and `syllable` begins.
  @inline(__always)
  func slot(behind node: UInt32, _ syllable: UInt16) -> Int {
    EojeolModelLayout.slot(of: EojeolModelLayout.key(node, syllable), bits: layout.slotBits)
  }

  /// The node behind `node` and `syllable`, whose ``slot(behind:_:)`` is `slot`.
  @inline(__always)
  func node(behind node: UInt32, _ syllable: UInt16, from slot: Int) -> UInt32 {
    let key = EojeolModelLayout.key(node, syllable)
    var index = slot
    while true {
      let slot = unsafe slots[index]
      if slot & EojeolModelLayout.keyMask == key { return UInt32(truncatingIfNeeded: slot >> 40) }
      if slot == 0 { return 0 }
      index = (index &+ 1) & (layout.slotCount &- 1)
    }
  }

  /// The entries of the word that ends at `node`, which must be one that a search found, and the ``EojeolModelLayout/Node/steps``
  /// behind it: most nodes are ends of words, and most searches end with a step that is not there.
  @inline(__always)
  func entriesAndSteps(at node: UInt32) -> (Range<UInt32>, UInt32) {
    precondition(node < layout.nodeCount)
    let node = unsafe nodes + Int(node)
    return unsafe (
      Range(uncheckedBounds: (node[0].firstEntry, node[1].firstEntry)), node[0].steps
    )
  }

  /// The class of what stands before a run.
  @inline(__always)
  func beginning(isBehindSpace: Bool) -> UInt16 { isBehindSpace ? 1 : 0 }
  /// The class of what stands behind a run.
  static let end: UInt16 = 0
}

/// A word of an ``EojeolModel``: 8 bytes.
struct EojeolEntry: BitwiseCopyable, Equatable {
  struct Word: BitwiseCopyable, Equatable {
    var beginning: UInt16
    var ending: UInt16
    var cost: Int16
  }

  var word: Word
  let tagBits: UInt16

  init(beginning: UInt16, ending: UInt16, cost: Int16, tag: Int, isFunctional: Bool) {
    word = Word(beginning: beginning, ending: ending, cost: cost)
    tagBits = UInt16(tag) << 1 | (isFunctional ? 1 : 0)
  }

  /// The number of its tag.
  var tag: Int { Int(tagBits >> 1) }
  /// Whether it is a particle, an ending, the copula or a derivational suffix, or begins with one.
  var isFunctional: Bool { tagBits & 1 != 0 }
}
