// SPDX-License-Identifier: Apache-2.0

/// What an audit found in a vocabulary.
package struct AuditFigures: Sendable {
  /// Tokens of one kind, or one length.
  package struct Finding: Sendable {
    /// As `--json` of inspect audit calls it; the page has words for those it knows.
    package var key: String
    package var count: Int
    /// Whether it is a part of the finding before it that is none.
    package var isPart: Bool
    /// The first, each an id, or several that are the same text.
    package var examples: [[UInt32]]

    package init(_ key: String, _ count: Int, isPart: Bool = false, examples: [[UInt32]]) {
      (self.key, self.count, self.isPart, self.examples) = (key, count, isPart, examples)
    }
  }

  /// Tokens that are not added ones.
  package var tokens = 0
  package var findings: [Finding] = []
  /// As `--json` has it: single, threes, threes_from_right, whole or other.
  package var digitCuts = ""
  /// How many numbers of one, two, … digits are a token.
  package var wholeNumbers: [Int] = []
  package var longestDigits = 0
  /// What the space before it goes with: words, numbers, punctuation.
  package var spaceGoesWith: [String] = []
  /// What a line end goes with: punctuation, line_ends.
  package var lineEndGoesWith: [String] = []
  package var spaceLedTokens = 0
  package var spaceTokens = 0
  package var longestSpaces = 0
  package var lineEndTokens = 0
  package var longestLineEnds = 0
  package var superwordTokens = 0

  package init() {}
}
