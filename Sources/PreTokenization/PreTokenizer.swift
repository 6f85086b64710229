// SPDX-License-Identifier: Apache-2.0

package import TextCore

// Pre-tokenisation: normal text in, pretokens out, the pieces inside which BPE merges.
//
// A pretoken is named by its end; it starts where the one before it ended, so that the pretokens of
// a text always cover it byte for byte. Each scheme exists twice: in Reference/ the published
// regular expressions themselves, run by a small backtracking matcher, and in Fast/ as one pass over
// UTF-8 bytes. The two are compared on every text the tests have, and both with the reference
// tokenizers.
//
// Bytes that are not UTF-8 count as U+FFFD, one for each maximal subpart, so any bytes can be cut,
// and joined again without loss.

/// How text is cut into pretokens.
package enum PreTokenizer: String, CaseIterable, Sendable {
  /// GPT-2's rule: contractions, then runs of letters, of numbers, or of other characters, each
  /// with one leading space, then white space.
  case gpt2
  /// GPT-4's rule as tiktoken has it: any one character may lead letters, numbers come in threes,
  /// and line ends close what is before them; white space at the end of the text stays together.
  case cl100k
  /// GPT-4o's rule: words also end where lower case is followed by upper case.
  case o200k
  /// GPT-4's rule in the form that Llama 3 made known: as ``cl100k`` but for white space at the end
  /// of the text, which is cut after its last line end.
  case llama3
  /// The rule of Qwen 2 to 3: as ``llama3``, each number alone.
  case qwen2
  /// DeepSeek-V3's rule: numbers in threes, Han and kana by themselves, then words with one ASCII
  /// punctuation mark before them.
  case deepseek
  /// The rule of EXAONE 3: each number alone, then GPT-2's rule between them.
  case exaone
  /// K-EXAONE's rule: words joined by single spaces are one pretoken.
  case kExaone = "k-exaone"
  /// As ``gpt2``, but numbers come in threes; the first three with the space before them.
  case gpt2Threes = "gpt2-digits3"
  /// As ``cl100k``, each number alone.
  case cl100kSingle = "cl100k-digits1"
  /// As ``o200k``, each number alone.
  case o200kSingle = "o200k-digits1"

  /// How numbers are cut.
  package enum NumberGroups: String, CaseIterable, Sendable {
    /// Each by itself.
    case single
    /// From the left in groups of up to three.
    case threes
  }

  /// The rule that differs from this one in how it cuts numbers, at most; nil if there is none.
  package func cuttingNumbers(_ groups: NumberGroups) -> PreTokenizer? {
    switch (self, groups) {
    case (.gpt2, .single), (.gpt2Threes, .single), (.exaone, .single): .exaone
    case (.gpt2, .threes), (.gpt2Threes, .threes), (.exaone, .threes): .gpt2Threes
    case (.cl100k, .single), (.cl100kSingle, .single): .cl100kSingle
    case (.cl100k, .threes), (.cl100kSingle, .threes): .cl100k
    case (.o200k, .single), (.o200kSingle, .single): .o200kSingle
    case (.o200k, .threes), (.o200kSingle, .threes): .o200k
    case (.llama3, .single), (.qwen2, .single): .qwen2
    case (.llama3, .threes), (.qwen2, .threes): .llama3
    case (.deepseek, .threes), (.kExaone, .single): self
    case (.deepseek, .single), (.kExaone, .threes): nil
    }
  }

  /// The regular expressions of the rule as they are published, each applied to the pieces that the
  /// one before it made; what none of its alternatives matches is a piece too.
  package var patterns: [String] {
    switch self {
    case .gpt2: [Patterns.gpt2]
    case .cl100k: [Patterns.cl100k]
    case .o200k: [Patterns.o200k]
    case .llama3: [Patterns.llama3]
    case .qwen2: [Patterns.qwen2]
    case .deepseek: [Patterns.threeNumbers, Patterns.hanAndKana, Patterns.deepseekWords]
    case .exaone: [Patterns.digits, Patterns.gpt2]
    case .kExaone: [Patterns.kExaone]
    case .gpt2Threes: [Patterns.gpt2Threes]
    case .cl100kSingle: [Patterns.cl100kSingle]
    case .o200kSingle: [Patterns.o200kSingle]
    }
  }

  /// The end offset of every pretoken of one `text`; see ``PretokenCutter`` for many.
  ///
  /// - Complexity: O(n) on any input.
  package func ends(of text: Span<UInt8>) -> PretokenEnds {
    var buffer = ByteBuffer(capacity: text.count)
    buffer.append(copying: text)
    var cutter = PretokenCutter(self)
    var ends = PretokenEnds()
    var documentPretokens = GrowableBuffer<Int>()
    cutter.appendEnds(
      of: buffer, documentEnds: [text.count].span, to: &ends,
      documentPretokens: &documentPretokens)
    return ends
  }

  /// The same by the obvious implementation: the oracle of the tests.
  package func referenceEnds(of text: Span<UInt8>) -> [Int] {
    patternReferenceEnds(of: text, patterns)
  }
}

/// End offsets of pretokens, in bytes from the start of their text.
package typealias PretokenEnds = GrowableBuffer<UInt32>

/// Regular expressions as they are published, and the same with other numbers.
///
/// Sources: GPT-2's `encoder.py`; tiktoken's
/// `openai_public.py`; the `tokenizer.json` of Llama 3, Qwen2, DeepSeek-V3 and K-EXAONE.
private enum Patterns {
  static let gpt2 =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
  static let gpt2Threes =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
  static let cl100k = cl100k(numbers: #"\p{N}{1,3}+"#)
  static let cl100kSingle = cl100k(numbers: #"\p{N}"#)
  static let o200k = o200k(numbers: #"\p{N}{1,3}"#)
  static let o200kSingle = o200k(numbers: #"\p{N}"#)

  private static func cl100k(numbers: String) -> String {
    #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|"# + numbers
      + #"| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"#
  }

  private static func o200k(numbers: String) -> String {
    #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"#
      + #"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"#
      + #"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"#
      + #"(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"# + numbers
      + #"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  }

  static let llama3 =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"#
    + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  static let qwen2 =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"#
    + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  static let threeNumbers = #"\p{N}{1,3}"#
  /// Hugging Face's `Digits`, which no regular expression of its engine is quite: Rust's "numeric".
  static let digits = #"\p{Numeric}"#
  static let hanAndKana = "[一-龥぀-ゟ゠-ヿ]+"
  static let deepseekWords =
    ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"##
    + #"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  static let kExaone =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}"#
    + #"| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+"#
}
