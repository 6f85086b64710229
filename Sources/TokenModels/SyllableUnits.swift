// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Where exact BPE may start from whole characters instead of bytes.
///
/// A Hangul syllable is three bytes, and most of the work of BPE on Korean is joining those three
/// again. What happens inside a character can be looked up, as long as no rule that takes part of
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
struct SyllableUnits: Sendable {
  struct Unit: BitwiseCopyable {
    /// What BPE makes of the character alone: `count` ids.
    var ids: (TokenID, TokenID, TokenID)
    /// The highest rank of the merges that made it.
    var madeBy: UInt32 = 0
    /// 0 if the unit must not be used.
    var count: UInt16

    static let unusable = Unit(ids: (0, 0, 0), count: 0)
  }

  static let firstSyllable = 0xAC00
  static let syllableCount = 11_172
  /// Syllables, then ASCII, then syllables behind a space.
  static let asciiOffset = syllableCount
  static let spacedOffset = syllableCount + 128
  static let unitCount = spacedOffset + syllableCount

  let units: [Unit]
  /// The units that are one token, by the same numbers, for ``WholeParts``.
  let whole: WholeCharacters
  /// For each unit, the rules that may join a suffix of it, or all of it, to part of the next character
  /// or to it; and a prefix, to the character before.
  let left: [RuleSet]
  let right: [RuleSet]
  /// For each syllable and ASCII character, the rules that may join any suffix or prefix of it, and
  /// all of it, to its neighbours: what `left` and `right` would be of one that is taken apart.
  let brokenLeft: [RuleSet]
  let brokenRight: [RuleSet]

  /// The units under rules that `pairs` holds.
  ///
  /// - Complexity: O(rules), a few milliseconds.
  init(
    _ vocabulary: Vocabulary, _ rules: [MergeRule], _ byteTokens: [TokenID], _ pairs: PairTable
  ) {
    let borders = BorderRules(vocabulary, rules)
    func unit(_ bytes: [UInt8], _ point: Int) -> BorderedUnit {
      var walk = CharacterWalk(bytes, byteTokens)
      return borders.unit(&walk, point, pairs)
    }
    var units: [BorderedUnit] = []
    units.reserveCapacity(Self.spacedOffset + Self.syllableCount)
    for syllable in 0..<Self.syllableCount {
      units.append(unit(Self.utf8(syllable), Self.firstSyllable + syllable))
    }
    for point in 0..<128 { units.append(unit([UInt8(point)], point)) }
    for syllable in 0..<Self.syllableCount {
      var walk = CharacterWalk([0x20] + Self.utf8(syllable), byteTokens)
      units.append(borders.spacedUnit(&walk, Self.firstSyllable + syllable, pairs))
    }
    self.units = units.map(\.unit)
    isMostlyWhole = self.units[..<Self.syllableCount].count { $0.count == 1 } >= 800
    left = units.map(\.left)
    right = units.map(\.right)
    whole = WholeCharacters(self.units, left: left, right: right)
    let points =
      (0..<Self.syllableCount).map { (Self.utf8($0), Self.firstSyllable + $0) }
      + (0..<128).map { ([UInt8($0)], $0) }
    brokenLeft = points.map { borders.brokenLeft($0, $1, vocabulary) }
    brokenRight = points.map { borders.brokenRight($0, $1, vocabulary) }
  }

  /// Whether most syllables of a text are one token: of an encyclopedia the 800 most
  /// frequent are 99 %.
  let isMostlyWhole: Bool

  /// Whether a rule may join part of the unit `left` to part of `right` behind it, or one of the two to
  /// part of the other.
  func mayJoinHalves(_ left: Int, _ right: Int) -> Bool { self.left[left].meets(self.right[right]) }

  private static func utf8(_ syllable: Int) -> [UInt8] {
    let point = firstSyllable + syllable
    return [
      UInt8(0xE0 | point >> 12), UInt8(0x80 | point >> 6 & 0x3F), UInt8(0x80 | point & 0x3F),
    ]
  }
}

/// A set of rules in which a bit stands for several.
///
/// Two sets that share a rule meet; two that share none meet by chance where they do so in both
/// words, to which rules are spread independently. With one word, half of the borders that were left
/// to the byte path had no need to be.
struct RuleSet: BitwiseCopyable {
  private var first: UInt64
  private var second: UInt64

  static let empty = RuleSet(first: 0, second: 0)
  static let all = RuleSet(first: .max, second: .max)

  /// The rules of which `part` is the operand that is less than a character.
  init(rulesOf part: TokenID) {
    let hash = UInt64(part) &* 0x9E37_79B9_7F4A_7C15
    first = 1 << (hash >> 58)
    second = 1 << (hash >> 52 & 63)
  }

  private init(first: UInt64, second: UInt64) {
    self.first = first
    self.second = second
  }

  /// 32 bits of which two sets that meet share one.
  var folded: UInt32 { UInt32(truncatingIfNeeded: first | first >> 32) }

  func meets(_ other: RuleSet) -> Bool { first & other.first != 0 && second & other.second != 0 }

  static func | (a: RuleSet, b: RuleSet) -> RuleSet {
    RuleSet(first: a.first | b.first, second: a.second | b.second)
  }

  static func |= (a: inout RuleSet, b: RuleSet) { a = a | b }
}

/// A unit and the rules at its borders.
private struct BorderedUnit {
  var unit: SyllableUnits.Unit
  var left = RuleSet.empty
  var right = RuleSet.empty

  /// A unit of `unit`, nil of one that cannot be used.
  init(_ unit: SyllableUnits.Unit?, left: RuleSet, right: RuleSet = .empty) {
    self.unit = unit ?? .unusable
    if unit == nil { return }
    self.left = left
    self.right = right
  }
}

/// BPE of up to four bytes, step by step.
private struct CharacterWalk {
  private(set) var parts: InlineArray<4, TokenID>
  private(set) var count: Int
  /// The rank of the last merge.
  private(set) var madeBy: UInt32 = 0
  /// Whether every merge ranked behind the one before.
  private(set) var isOrdered = true

  init(_ bytes: [UInt8], _ byteTokens: [TokenID]) {
    parts = InlineArray { $0 < bytes.count ? byteTokens[Int(bytes[$0])] : 0 }
    count = bytes.count
  }

  var first: TokenID { parts[0] }
  var last: TokenID { parts[count - 1] }

  /// Makes the next merge; false if there is none.
  mutating func step(_ pairs: PairTable) -> Bool {
    var best = RankedMerge.none
    var place = 0
    for index in 0..<count - 1 {
      let merge = pairs.lookUp(parts[index], parts[index + 1])
      if merge < best { (best, place) = (merge, index) }
    }
    guard best != .none else { return false }
    isOrdered = isOrdered && best.rank >= madeBy
    madeBy = max(madeBy, best.rank)
    parts[place] = best.merged
    for index in place + 1..<max(count - 1, place + 1) { parts[index] = parts[index + 1] }
    count -= 1
    return true
  }

  /// The unit of the parts as they are, nil of more than three or if a merge was out of order.
  var unit: SyllableUnits.Unit? {
    guard count <= 3, isOrdered else { return nil }
    return SyllableUnits.Unit(
      ids: (parts[0], parts[1], parts[2]), madeBy: madeBy, count: UInt16(count))
  }
}

/// The rules that can join across the border of two characters with only part of one of them.
private struct BorderRules {
  /// By code point of a whole character at the border: rules that take it on the left or right.
  private var leftOfPoint: [Int: RuleSet] = [:]
  private var rightOfPoint: [Int: RuleSet] = [:]
  /// Rules that take it on the left together with a half of the character before.
  private var brokenLeftOfPoint: [Int: RuleSet] = [:]
  /// By id of a part: rules that take it as a suffix on the left or a prefix on the right.
  private var leftOfPart: [TokenID: RuleSet] = [:]
  private var rightOfPart: [TokenID: RuleSet] = [:]

  init(_ vocabulary: Vocabulary, _ rules: [MergeRule]) {
    for rule in rules {
      let left = vocabulary.bytes(of: rule.pair.left)
      let right = vocabulary.bytes(of: rule.pair.right)
      let leftEnd = LastCharacter(left)
      let rightStart = FirstCharacter(right)
      // Only what stands at a border of characters, and not whole characters on both sides.
      if leftEnd == .incomplete || rightStart == .continuation { continue }
      switch (leftEnd, rightStart) {
      case (.point(let point), .prefix):
        let bit = RuleSet(rulesOf: rule.pair.right)
        leftOfPoint[point, default: .empty] |= bit
        rightOfPart[rule.pair.right, default: .empty] |= bit
      case (.suffix, .prefix):
        let bit = RuleSet(rulesOf: rule.pair.right)
        leftOfPart[rule.pair.left, default: .empty] |= bit
        rightOfPart[rule.pair.right, default: .empty] |= bit
      case (.suffix, .point(let point)):
        let bit = RuleSet(rulesOf: rule.pair.left)
        leftOfPart[rule.pair.left, default: .empty] |= bit
        rightOfPoint[point, default: .empty] |= bit
      case (.pointBehindHalf(let point), .prefix):
        let bit = RuleSet(rulesOf: rule.pair.right)
        brokenLeftOfPoint[point, default: .empty] |= bit
        rightOfPart[rule.pair.right, default: .empty] |= bit
      default: break
      }
    }
  }

  /// The rules that may join any proper suffix of the character `point`, or all of it, to the next.
  func brokenLeft(_ bytes: [UInt8], _ point: Int, _ vocabulary: Vocabulary) -> RuleSet {
    var rules = (leftOfPoint[point] ?? .empty) | (brokenLeftOfPoint[point] ?? .empty)
    for start in 1..<max(1, bytes.count) {
      let suffix = Array(bytes[start...])
      if let id = vocabulary.id(of: suffix.span) { rules |= leftOfPart[id] ?? .empty }
    }
    return rules
  }

  /// The rules that may join any proper prefix of the character `point`, or all of it, to the one
  /// before.
  func brokenRight(_ bytes: [UInt8], _ point: Int, _ vocabulary: Vocabulary) -> RuleSet {
    var rules = rightOfPoint[point] ?? .empty
    for end in 1..<max(1, bytes.count) {
      let prefix = Array(bytes[..<end])
      if let id = vocabulary.id(of: prefix.span) { rules |= rightOfPart[id] ?? .empty }
    }
    return rules
  }

  /// The unit of the character `point`, of whose bytes `walk` is at the start.
  func unit(
    _ walk: inout CharacterWalk, _ point: Int, _ pairs: PairTable
  ) -> BorderedUnit {
    var left = leftOfPoint[point] ?? .empty
    var right = rightOfPoint[point] ?? .empty
    repeat {
      if walk.count == 1 { break }
      left |= leftOfPart[walk.last] ?? .empty
      right |= rightOfPart[walk.first] ?? .empty
    } while walk.step(pairs)
    return BorderedUnit(walk.unit, left: left, right: right)
  }

  /// The unit of a space and the syllable `point`, of whose bytes `walk` is at the start.
  func spacedUnit(
    _ walk: inout CharacterWalk, _ point: Int, _ pairs: PairTable
  ) -> BorderedUnit {
    let space = walk.first
    var left = leftOfPoint[point] ?? .empty
    var before = walk
    repeat {
      if walk.count == 1 { break }
      left |= leftOfPart[walk.last] ?? .empty
      before = walk
    } while walk.step(pairs)
    // The space has joined the whole syllable, as the last step: the two are kept apart.
    if walk.count == 1, before.count == 2, before.first == space { walk = before }
    return BorderedUnit(walk.unit, left: left)
  }
}

/// How a token ends.
private enum LastCharacter: Equatable {
  /// Whole characters; the last is this code point.
  case point(Int)
  /// Only continuation bytes: the end of one character.
  case suffix
  /// Inside a character.
  case incomplete
  /// The same behind the end of another character: made by a rule that joined a half of that one.
  case pointBehindHalf(Int)

  init(_ token: Span<UInt8>) {
    if token.indices.allSatisfy({ token[$0] & 0xC0 == 0x80 }) {
      self = .suffix
      return
    }
    var start = token.count - 1
    while start > 0, token[start] & 0xC0 == 0x80 { start -= 1 }
    let last = decodeUTF8(token, at: start)
    if !last.isWellFormed || start + last.byteCount != token.count {
      self = .incomplete
    } else {
      let point = Int(last.value)
      self = token[0] & 0xC0 == 0x80 ? .pointBehindHalf(point) : .point(point)
    }
  }
}

/// How a token begins.
private enum FirstCharacter: Equatable {
  /// A whole character of this code point, and perhaps more.
  case point(Int)
  /// The first bytes of one character and nothing else.
  case prefix
  /// Inside a character.
  case continuation

  init(_ token: Span<UInt8>) {
    if token[0] & 0xC0 == 0x80 {
      self = .continuation
      return
    }
    let first = decodeUTF8(token, at: 0)
    self = first.isWellFormed ? .point(Int(first.value)) : .prefix
  }
}
