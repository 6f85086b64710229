// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore

/// Where exact BPE may start from whole characters instead of bytes.
///
/// A Hangul syllable is three bytes, and most of the work of BPE on Korean is joining those three
/// again; so it is for Hanja, which one new Korean word in twenty has. What happens inside a character can be looked up, as long as no rule that takes part of
/// a character (a proper suffix of the one before, or a proper prefix of the one after) can join
/// across the border between two: then every merge across a border is of whole characters, it
/// commutes with the merges inside, and starting from the finished characters gives the same ids.
///
/// For each character, `left` and `right` say by which such rules it could be joined, as sets that
/// may share an element by chance (``RuleSet``); a border where the two meet is left to the byte path.
///
/// A merge across a border must also rank behind the merges that made its two sides, as it does in
/// every vocabulary that was trained; ``ShortParts`` sees to that while it merges.
///
/// A space and the syllable behind it are one unit too. If the space joins part of the syllable (as
/// in " " + EA) the unit is what comes of that; if it would join only the whole syllable the two
/// stay apart, for the syllable may be joined to the next one first.
struct CharacterUnits: Sendable {
  struct Unit: BitwiseCopyable {
    /// What BPE makes of the character alone: `count` ids.
    var ids: (TokenID, TokenID, TokenID)
    /// The highest rank of the merges that made it.
    var madeBy: UInt32 = 0
    /// 0 if the unit must not be used.
    var count: UInt16

    static let unusable = Unit(ids: (0, 0, 0), count: 0)
  }

  let units: [Unit]
  /// The units that are one token, by the same numbers, for ``ShortParts``.
  let whole: WholeCharacters
  /// For each unit, the rules that may join a suffix of it, or all of it, to part of the next character
  /// or to it; and a prefix, to the character before.
  let left: [RuleSet]
  let right: [RuleSet]
  /// For each ASCII character and syllable, the rules that may join any suffix or prefix of it, and
  /// all of it, to its neighbours: what `left` and `right` would be of one that is taken apart.
  private let brokenLeft: [RuleSet]
  private let brokenRight: [RuleSet]
  /// Whether most syllables of a text are one token: of an encyclopedia the 800 most
  /// frequent are 99 %.
  let isMostlyWhole: Bool

  /// The units under rules that `pairs` holds.
  ///
  /// - Complexity: O(rules), some ten milliseconds.
  init(
    _ vocabulary: Vocabulary, _ rules: [MergeRule], _ byteTokens: [TokenID], _ pairs: PairTable
  ) {
    let borders = BorderRules(vocabulary, rules)
    var units: [BorderedUnit] = []
    units.reserveCapacity(Self.unitCount)
    for number in 0..<Self.spacedOffset {
      var walk = CharacterWalk(Self.utf8(number), byteTokens)
      units.append(borders.unit(&walk, number, pairs))
    }
    for syllable in Self.syllables {
      var walk = CharacterWalk([0x20] + Self.utf8(syllable), byteTokens)
      units.append(borders.spacedUnit(&walk, syllable, pairs))
    }
    self.units = units.map(\.unit)
    isMostlyWhole = self.units[Self.syllables].count { $0.count == 1 } >= 800
    left = units.map(\.left)
    right = units.map(\.right)
    whole = WholeCharacters(self.units, left: left, right: right)
    let often = Array(0..<0x80) + Array(Self.syllables)
    brokenLeft = often.map { borders.brokenLeft(Self.utf8($0), $0, vocabulary) }
    brokenRight = often.map { borders.brokenRight(Self.utf8($0), $0, vocabulary) }
  }

  /// Whether a rule may join part of the unit `left` to part of `right` behind it, or one of the two to
  /// part of the other.
  func mayJoinHalves(_ left: Int, _ right: Int) -> Bool { self.left[left].meets(self.right[right]) }

  /// The rules that may join a part of the unit `number`, once it is taken apart, to the next character.
  func brokenLeft(_ number: Int) -> RuleSet {
    Self.brokenIndex(number).map { brokenLeft[$0] } ?? .all
  }

  /// The same for the character before.
  func brokenRight(_ number: Int) -> RuleSet {
    Self.brokenIndex(number).map { brokenRight[$0] } ?? .all
  }

  private static func brokenIndex(_ number: Int) -> Int? {
    if number < 0x80 { return number }
    let syllable = number < spacedOffset ? number - syllables.lowerBound : number - spacedOffset
    return syllable >= 0 ? 0x80 + syllable : nil
  }
}

// MARK: - Numbers

extension CharacterUnits {
  // Characters of one and two bytes are numbered by their code points; behind them come those from
  // U+3000 to U+D7A3, kana, Han and Hangul among them, and then the syllables behind a space.
  private static let wideOffset = Int(CK_WIDE_UNIT)
  private static let firstWide = Int(CK_FIRST_WIDE)
  private static let wideCount = 0xD7A4 - firstWide
  /// The numbers of the Hangul syllables.
  static let syllables = Int(CK_SYLLABLE_UNIT)..<spacedOffset
  /// The number of the first syllable with a space before it.
  static let spacedOffset = Int(CK_SPACED_UNIT)
  static let unitCount = Int(CK_NO_UNIT)

  /// The unit and the length of the character at the start of the bytes of `word`, the lowest first;
  /// the unit is negative if it has none or is malformed.
  @inline(__always)
  static func number(_ word: UInt32) -> (unit: Int, byteCount: Int) {
    if word & 0xC0_C0F0 == 0x80_80E0 {
      let point = (word & 0x0F) &<< 12 | (word &>> 2 & 0xFC0) | (word &>> 16 & 0x3F)
      let index = Int(point) &- firstWide
      return (UInt(bitPattern: index) < UInt(wideCount) ? wideOffset &+ index : -1, 3)
    }
    if word & 0x80 == 0 { return (Int(word & 0x7F), 1) }
    let point = (word & 0x1F) &<< 6 | (word &>> 8 & 0x3F)
    return (word & 0xC0E0 == 0x80C0 && point >= 0x80 ? Int(point) : -1, 2)
  }

  /// The number of the code point `point`, nil if it has no unit.
  static func number(ofPoint point: Int) -> Int? {
    if point < wideOffset { return point }
    let index = point - firstWide
    return index >= 0 && index < wideCount ? wideOffset + index : nil
  }

  /// The bytes of the character `number`, which is none with a space.
  private static func utf8(_ number: Int) -> [UInt8] {
    if number < 0x80 { return [UInt8(number)] }
    if number < wideOffset {
      return [UInt8(0xC0 | number >> 6), UInt8(0x80 | number & 0x3F)]
    }
    let point = firstWide + number - wideOffset
    return [
      UInt8(0xE0 | point >> 12), UInt8(0x80 | point >> 6 & 0x3F), UInt8(0x80 | point & 0x3F),
    ]
  }
}

/// A unit and the rules at its borders.
struct BorderedUnit {
  var unit: CharacterUnits.Unit
  var left = RuleSet.empty
  var right = RuleSet.empty

  /// A unit of `unit`, nil of one that cannot be used.
  init(_ unit: CharacterUnits.Unit?, left: RuleSet, right: RuleSet = .empty) {
    self.unit = unit ?? .unusable
    if unit == nil { return }
    self.left = left
    self.right = right
  }
}
