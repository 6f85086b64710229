// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The rules that can join across the border of two characters with only part of one of them.
struct BorderRules {
  /// Rules that share an operand, by ranks.
  private struct Rules {
    private var ranked: [(rank: UInt32, set: RuleSet)] = []

    mutating func add(_ rule: MergeRule, _ set: RuleSet) { ranked.append((rule.rank, set)) }

    /// Those that rank before `limit` or with it.
    func upTo(_ limit: UInt32) -> RuleSet {
      var rules = RuleSet.empty
      for rule in ranked {
        if rule.rank > limit { break }
        rules |= rule.set
      }
      return rules
    }

    var all: RuleSet { upTo(.max) }
  }

  /// By the number of a whole character at the border: rules that take it on the left or right.
  private var leftOfCharacter: [RuleSet]
  private var rightOfCharacter: [RuleSet]
  /// Rules that take it on the left together with a half of the character before.
  private var brokenLeftOfCharacter: [RuleSet]
  /// By id of a part: rules that take it as a suffix on the left or a prefix on the right.
  private var leftOfPart: [Rules]
  private var rightOfPart: [Rules]

  /// The border rules among `rules`, which are in the order of their ranks.
  init(_ vocabulary: Vocabulary, _ rules: [MergeRule]) {
    let ofCharacters = [RuleSet](repeating: .empty, count: CharacterUnits.spacedOffset)
    let ofParts = [Rules](repeating: Rules(), count: vocabulary.count)
    (leftOfCharacter, rightOfCharacter, brokenLeftOfCharacter) =
      (ofCharacters, ofCharacters, ofCharacters)
    (leftOfPart, rightOfPart) = (ofParts, ofParts)
    for rule in rules {
      let leftEnd = LastCharacter(vocabulary.bytes(of: rule.pair.left))
      let rightStart = FirstCharacter(vocabulary.bytes(of: rule.pair.right))
      // Only what stands at a border of characters, and not whole characters on both sides.
      if leftEnd == .incomplete || rightStart == .continuation { continue }
      let left = Int(rule.pair.left)
      let right = Int(rule.pair.right)
      switch (leftEnd, rightStart) {
      case (.character(let number), .prefix):
        let set = RuleSet(rulesOf: rule.pair.right)
        if let number { leftOfCharacter[number] |= set }
        rightOfPart[right].add(rule, set)
      case (.suffix, .prefix):
        let set = RuleSet(rulesOf: rule.pair.right)
        leftOfPart[left].add(rule, set)
        rightOfPart[right].add(rule, set)
      case (.suffix, .character(let number)):
        let set = RuleSet(rulesOf: rule.pair.left)
        leftOfPart[left].add(rule, set)
        if let number { rightOfCharacter[number] |= set }
      case (.characterBehindHalf(let number), .prefix):
        let set = RuleSet(rulesOf: rule.pair.right)
        if let number { brokenLeftOfCharacter[number] |= set }
        rightOfPart[right].add(rule, set)
      default: break
      }
    }
  }

  /// The rules that may join any proper suffix of the character `number`, or all of it, to the next.
  func brokenLeft(_ bytes: [UInt8], _ number: Int, _ vocabulary: Vocabulary) -> RuleSet {
    var rules = leftOfCharacter[number] | brokenLeftOfCharacter[number]
    for start in 1..<max(1, bytes.count) {
      if let id = vocabulary.id(of: bytes.span.extracting(start...)) {
        rules |= leftOfPart[Int(id)].all
      }
    }
    return rules
  }

  /// The rules that may join any proper prefix of the character `number`, or all of it, to the one
  /// before.
  func brokenRight(_ bytes: [UInt8], _ number: Int, _ vocabulary: Vocabulary) -> RuleSet {
    var rules = rightOfCharacter[number]
    for end in 1..<max(1, bytes.count) {
      if let id = vocabulary.id(of: bytes.span.extracting(..<end)) {
        rules |= rightOfPart[Int(id)].all
      }
    }
    return rules
  }

  // A part at the border is joined to its own character by a merge of some rank, and until then one of
  // that rank or a lower one is at hand: a unit's merges rank in their order. So a rule that ranks behind
  // it never comes to join the part across the border.

  /// The unit of the character `number`, of whose bytes `walk` is at the start.
  func unit(_ walk: inout CharacterWalk, _ number: Int, _ pairs: PairTable) -> BorderedUnit {
    var left = leftOfCharacter[number]
    var right = rightOfCharacter[number]
    while walk.count > 1 {
      let (first, last) = (walk.first, walk.last)
      let hasStepped = walk.step(pairs)
      let limit = hasStepped ? walk.madeBy : .max
      if !hasStepped || walk.last != last { left |= leftOfPart[Int(last)].upTo(limit) }
      if !hasStepped || walk.first != first { right |= rightOfPart[Int(first)].upTo(limit) }
      if !hasStepped { break }
    }
    return BorderedUnit(walk.unit, left: left, right: right)
  }

  /// The unit of a space and the syllable `number`, of whose bytes `walk` is at the start.
  func spacedUnit(_ walk: inout CharacterWalk, _ number: Int, _ pairs: PairTable) -> BorderedUnit {
    let space = walk.first
    var left = leftOfCharacter[number]
    var before = walk
    while walk.count > 1 {
      let last = walk.last
      before = walk
      let hasStepped = walk.step(pairs)
      if !hasStepped || walk.last != last {
        left |= leftOfPart[Int(last)].upTo(hasStepped ? walk.madeBy : .max)
      }
      if !hasStepped { break }
    }
    // The space has joined the whole syllable, as the last step: the two are kept apart.
    if walk.count == 1, before.count == 2, before.first == space { walk = before }
    return BorderedUnit(walk.unit, left: left)
  }
}

/// How a token ends.
private enum LastCharacter: Equatable {
  /// Whole characters; the last has this number, if any.
  case character(Int?)
  /// Only continuation bytes: the end of one character.
  case suffix
  /// Inside a character.
  case incomplete
  /// The same behind the end of another character: made by a rule that joined a half of that one.
  case characterBehindHalf(Int?)

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
      let number = CharacterUnits.number(ofPoint: Int(last.value))
      self = token[0] & 0xC0 == 0x80 ? .characterBehindHalf(number) : .character(number)
    }
  }
}

/// How a token begins.
private enum FirstCharacter: Equatable {
  /// A whole character of this number, if it has one, and perhaps more.
  case character(Int?)
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
    self =
      first.isWellFormed
      ? .character(CharacterUnits.number(ofPoint: Int(first.value))) : .prefix
  }
}
