// SPDX-License-Identifier: Apache-2.0

internal import CICU

/// SentencePiece's character map `nmt_nfkc`: at each place the longest string that the map has.
///
/// It is not NFKC: marks keep their order, control characters go, line ends and joiners become spaces,
/// and what was mapped is not looked at again, so that mapping twice may change more than mapping once.
/// The strings of more than one code point are not stored. They spell the parts of a composed character,
/// each by itself or by a code point that maps to it.
struct NMTNFKC: Sendable {
  static let shared = NMTNFKC()

  /// What single code points map to.
  private var singles: [UInt32: [UInt32]] = [:]
  /// The part that a single code point which is mapped stands for, nil for those that stand for none.
  private var parts: [UInt32: UInt32?] = [:]
  private var composed: [[UInt32]: UInt32] = [:]
  /// The code points that are changed, or change with the one before them.
  private(set) var changing: Set<UInt32> = []

  /// No composed character has more parts.
  private static let maximumParts = 4

  private init() {
    var isComposed: Set<UInt32> = []
    Self.forEach(NMTNFKCTable.composed) { character, parts in
      isComposed.insert(character)
      composed[parts] = character
      changing.formUnion(parts.dropFirst())
    }
    for character in UInt32(0xAC00)..<0xD7A4 {
      let (syllable, trailing) = (character - 0xAC00).quotientAndRemainder(dividingBy: 28)
      let (leading, vowel) = syllable.quotientAndRemainder(dividingBy: 21)
      var parts = [0x1100 + leading, 0x1161 + vowel]
      if trailing > 0 { parts.append(0x11A7 + trailing) }
      isComposed.insert(character)
      composed[parts] = character
      changing.formUnion(parts.dropFirst())
    }
    Self.forEach(NMTNFKCTable.singles) { character, mapped in
      singles[character] = mapped
      // What maps to several, to a composed character or to nothing is a part of no other string.
      let isPart = mapped.count == 1 && !isComposed.contains(mapped[0])
      parts[character] = .some(isPart ? mapped[0] : nil)
      changing.insert(character)
    }
  }

  private static func forEach(_ table: [UInt32], _ body: (UInt32, [UInt32]) -> Void) {
    var index = 0
    while index < table.count {
      let end = index + 2 + Int(table[index + 1])
      body(table[index], Array(table[index + 2..<end]))
      index = end
    }
  }

  /// What the map makes of the code points of a window.
  func apply(
    to items: [NormalItem], _ window: Window, _ recorder: NormalizationRecorder?
  ) -> [NormalItem] {
    var made: [NormalItem] = []
    var index = 0
    while index < items.count {
      let (length, result) = longestMatch(items, at: index)
      let changed = items[index].start..<items[index + length - 1].end
      if let result {
        recorder?.fired(.nmtNFKC, window, changed, result)
        for point in result {
          made.append(NormalItem(point: point, start: changed.lowerBound, end: changed.upperBound))
        }
      } else {
        made.append(items[index])
      }
      index += length
    }
    return made
  }

  /// How many items match, and what they become; nil for one that stays.
  private func longestMatch(
    _ items: [NormalItem], at start: Int
  ) -> (length: Int, result: [UInt32]?) {
    var match = (length: 1, result: singles[items[start].point])
    var spelled: [UInt32] = []
    for index in start..<min(start + Self.maximumParts, items.count) {
      let point = items[index].point
      guard let part = parts[point, default: point] else { break }
      spelled.append(part)
      if index > start, let character = composed[spelled] {
        match = (index - start + 1, [character])
      }
    }
    return match
  }
}
