// SPDX-License-Identifier: Apache-2.0

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
