// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The file of an ``EojeolModel``: where its parts lie.
///
/// Little-endian. A head of 64 bytes (magic, six counts, the rule for unknown words, the XXH3 of what is
/// behind the head); then, each on a border of 8 bytes: for each syllable the node that it leads to;
/// a hash table of the further steps, node and syllable to node; for each node, and one more, its first
/// entry and which syllables follow; the entries, the first of which are of unknown words; a row of costs for each class of beginnings;
/// a hash table of known runs, and their words;
/// the penalties of the tags; and the tags, each with a line feed.
struct EojeolModelLayout {
  static let magic = Array("MLMEOJ01".utf8)
  static let headBytes = 64

  /// A node.
  struct Node: BitwiseCopyable {
    // The number of its first entry, and whether it is that of a known run.
    private var bits: UInt32
    /// A bit for the remainder by 32 of each syllable with which words go on.
    var steps: UInt32

    /// Its entries end where those of the next one begin.
    @inline(__always)
    var firstEntry: UInt32 { bits & ~EojeolModelLayout.runMark }
    @inline(__always)
    var isKnownRun: Bool { bits & EojeolModelLayout.runMark != 0 }
  }

  let slotBits: Int
  let nodeCount: Int
  let entryCount: Int
  let endingCount: Int
  let beginningCount: Int
  let tagCount: Int
  let tagBytes: Int
  let unknownRule: EojeolModel.UnknownRule
  let runSlotBits: Int
  let runWordCount: Int
  let checksum: String

  var slotCount: Int { 1 << slotBits }
  var roots: Int { Self.headBytes }
  var slots: Int { aligned(roots + 4 * Syllable.count) }
  var nodes: Int { slots + 8 * slotCount }
  var entries: Int { nodes + 8 * (nodeCount + 1) }
  var costs: Int { entries + 8 * entryCount }
  var runSlots: Int { aligned(costs + 2 * endingCount * beginningCount) }
  var runWords: Int { runSlots + 8 << runSlotBits }
  var penalties: Int { aligned(runWords + 4 * runWordCount) }
  var tagNames: Int { penalties + 4 * tagCount }
  private var byteCount: Int { tagNames + tagBytes }

  /// The layout of `file`.
  ///
  /// - Throws: `malformedDictionary`.
  init(_ file: FileMapping, _ path: String) throws(TextError) {
    let head = (0..<min(file.count, 8)).map { file.load(at: $0, as: UInt8.self) }
    guard head == Self.magic, file.count > Self.headBytes else {
      throw .malformedDictionary("is no eojeol model of this version", path)
    }
    func field(_ index: Int) -> Int { Int(file.load(at: 8 + 4 * index, as: UInt32.self)) }
    slotBits = field(0)
    (nodeCount, entryCount, tagCount, tagBytes) = (field(1), field(2), field(5), field(6))
    (endingCount, beginningCount) = (field(3), field(4))
    let rule = field(7)
    unknownRule = EojeolModel.UnknownRule(
      entryCount: rule >> 16 & 0xFF, length: rule & 0xFF, isGrouped: rule >> 8 & 1 != 0,
      isInvoked: rule >> 9 & 1 != 0)
    (runSlotBits, runWordCount) = (field(10), field(11))
    var hash = XXH3()
    file.update(&hash, from: Self.headBytes)
    checksum = hash.digest()
    // A class is a number of 16 bits and a node one of 24, so that no product below overflows.
    guard slotBits <= 28, runSlotBits <= 28, slotBits > 0, runSlotBits > 0,
      nodeCount > 0, nodeCount < 1 << 24, entryCount > 0,
      unknownRule.entryCount > 0,
      endingCount > 1, endingCount <= 1 << 16, beginningCount > 0, beginningCount <= 1 << 16,
      tagCount > 0, tagCount < 1 << 15, byteCount == file.count
    else { throw .malformedDictionary("its parts do not add up to the file", path) }
    guard hash.value == file.load(at: 40, as: UInt64.self) else {
      throw .malformedDictionary("its checksum is not that of its bytes", path)
    }
  }

  /// The tags and their penalties.
  func tags(_ file: FileMapping, _ path: String) throws(TextError) -> ([String], [Int32]) {
    var names: [String] = []
    var name: [UInt8] = []
    for offset in tagNames..<tagNames + tagBytes {
      let byte = file.load(at: offset, as: UInt8.self)
      if byte != 0x0A {
        name.append(byte)
        continue
      }
      names.append(String(decoding: name, as: UTF8.self))
      name.removeAll()
    }
    guard names.count == tagCount else { throw .malformedDictionary("tags are missing", path) }
    return (names, (0..<tagCount).map { file.load(at: penalties + 4 * $0, as: Int32.self) })
  }

  /// Marks the node of a run that is known as it is.
  static let runMark: UInt32 = 1 << 31

  /// What the slot of a known run holds in its lower half; no key is 0.
  @inline(__always)
  static func runKey(_ node: UInt32, isBehindSpace: Bool) -> UInt64 {
    UInt64(node) &<< 1 | (isBehindSpace ? 1 : 0)
  }

  /// What a slot holds but for its upper 24 bits, the node that the step leads to; no key is 0.
  @inline(__always)
  static func key(_ node: UInt32, _ syllable: UInt16) -> UInt64 {
    UInt64(node) &<< 16 | UInt64(syllable)
  }

  static let keyMask: UInt64 = 1 << 40 - 1

  /// The slot where the search for `key` begins.
  @inline(__always)
  static func slot(of key: UInt64, bits: Int) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> UInt64(64 &- bits))
  }
}

func aligned(_ offset: Int) -> Int { (offset + 7) & ~7 }
