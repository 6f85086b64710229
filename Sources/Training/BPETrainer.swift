// SPDX-License-Identifier: Apache-2.0

package import TextCore
package import TokenModels

// Training: pretoken counts in, a vocabulary and its merges out.
//
// Byte-pair encoding as Hugging Face tokenizers' BpeTrainer defines it, id for id: special tokens
// first, then the 256 bytes in the order of their characters, then the merges. Each step joins the
// pair with the highest count; of equals the one with the lowest ids, left before right. A pair's
// count is the number of places where it stands, overlapping ones each (ㅋㅋㅋ holds two), times
// the count of the pretoken. The result depends on the counts alone, not on their order.
//
// Words are sequences of units: characters, with the space before them (WordList). The tokens of a
// unit are kept once for all places where it stands (UnitTypes), so that the merges that only build
// characters, which would touch three quarters of all words again and again, touch unit types. A merge
// across the edge of two units makes one unit of them in the words that hold them, and only there.
// Pair counts are kept up to date (Adjacencies), and the queue is lazy: an entry whose count has fallen
// since it was queued goes back with its true count. Reference/ holds the trainer that recounts
// everything each step.

/// What vocabulary to train.
package struct TrainingOptions: Sendable {
  /// The number of ids wanted, special tokens and the 256 bytes included.
  package var vocabularySize: Int
  /// In the order of their ids, from 0.
  package var specialTokens: [String] = []
  /// Pairs that occur less often are not merged.
  package var minimumFrequency: Int64 = 1
  /// Longer tokens are not made.
  package var maximumTokenBytes: Int?
  /// Whether every token is whole characters, or bytes inside one character.
  package var isSyllableSafe = false

  package init(vocabularySize: Int) { self.vocabularySize = vocabularySize }

  /// The ids that are there before any merge.
  package var alphabetSize: Int { specialTokens.count + 256 }

  /// Checks that the options make sense together.
  ///
  /// - Throws: `vocabularyTooSmall`, `invalidArgument`.
  package func check() throws(TextError) {
    guard vocabularySize >= alphabetSize else {
      throw TextError(
        .vocabularyTooSmall,
        "vocabulary size \(vocabularySize) is below the alphabet: 256 bytes and "
          + "\(specialTokens.count) special tokens",
        remedy: "ask for at least \(alphabetSize)")
    }
    guard Set(specialTokens).count == specialTokens.count, !specialTokens.contains("") else {
      throw TextError(
        .invalidArgument, "a special token is empty or named twice",
        remedy: "name each special token once")
    }
    for token in specialTokens {
      guard let bytes = ByteAlphabet.bytes(spelledBy: token), bytes.count == 1 else { continue }
      throw TextError(
        .invalidArgument, "special token \"\(token)\" is spelled like a byte token",
        remedy: "give it a longer name")
    }
  }
}

/// A trained vocabulary.
package struct TrainedVocabulary: Sendable {
  package var vocabulary: Vocabulary
  package var rules: [MergeRule]
  /// How often each merged pair occurred when it was merged.
  package var frequencies: [Int64]
}

/// The first merges of a training, as a checkpoint holds them: pairs of ids and their frequencies.
package struct MergePrefix: Sendable, Equatable {
  package var pairs: [TokenPair] = []
  package var frequencies: [Int64] = []

  package init() {}
}

/// Trains a vocabulary from pretoken counts.
package struct BPETrainer: ~Copyable {
  private let options: TrainingOptions
  private var tokens: TrainedTokens
  private var words: WordList
  private var adjacencies = Adjacencies()
  private var queue = MergeQueue()
  private var rules: [MergeRule]
  private var frequencies: [Int64]
  private var encoder: PrefixEncoder?

  /// A trainer without pretokens yet, which begins behind the merges `prefix`.
  ///
  /// - Throws: `vocabularyTooSmall`, `invalidArgument`.
  package init(
    _ options: TrainingOptions, after prefix: MergePrefix = MergePrefix()
  ) throws(TextError) {
    try options.check()
    var tokens = TrainedTokens(options)
    var rules: [MergeRule] = []
    for pair in prefix.pairs.prefix(options.vocabularySize - tokens.count) {
      let rank = UInt32(rules.count)
      rules.append(MergeRule(pair.left, pair.right, merged: tokens.append(pair), rank: rank))
    }
    encoder = rules.isEmpty ? nil : try PrefixEncoder(tokens.makeVocabulary(), rules)
    words = WordList(tokens.byteTokens)
    frequencies = Array(prefix.frequencies.prefix(rules.count))
    self.options = options
    self.tokens = tokens
    self.rules = rules
  }

  /// A trainer for `counts`, which are not needed any more afterwards.
  ///
  /// - Throws: `vocabularyTooSmall`, `invalidArgument`.
  package init(
    _ counts: borrowing PretokenCounts, _ options: TrainingOptions,
    after prefix: MergePrefix = MergePrefix()
  ) throws(TextError) {
    try self.init(options, after: prefix)
    for index in 0..<counts.count { add(counts.bytes(index), counts.occurrences(index)) }
  }

  /// Adds a pretoken, which must not have been added before, and how often it occurs.
  ///
  /// - Complexity: O(n).
  package mutating func add(_ pretoken: Span<UInt8>, _ occurrences: Int64) {
    if occurrences == 0 { return }
    if encoder == nil {
      words.append(pretoken, occurrences, &adjacencies.types)
    } else {
      encoder?.append(pretoken, occurrences, to: &words, &adjacencies.types)
    }
  }

  /// Merges until the vocabulary is full or no pair is frequent enough.
  ///
  /// - Parameter progress: Is told after every merge how many ids there are, and what was merged so
  ///   far; throws to stop.
  /// - Returns: The vocabulary, its rules and their frequencies.
  /// - Throws: What `progress` throws.
  /// - Complexity: O(m log p + w): m merges, p pairs, w units in words that hold a merged pair.
  package consuming func train(
    progress: (Int, () -> MergePrefix) throws(TextError) -> Void = { _, _ in }
  ) throws(TextError) -> TrainedVocabulary {
    adjacencies.countEdges(of: words)
    queuePairs(from: 0)
    var merge = UnitMerge()
    while tokens.count < options.vocabularySize, let best = queue.popFirst() {
      // ---- The count may have fallen since the pair was queued ----
      let pair = adjacencies.pairs.index(of: best.pair)
      let count = adjacencies.pairs.count(pair)
      if count != best.count {
        if count >= max(options.minimumFrequency, 1) { queue.insert(best.pair, count) }
        continue
      }
      // ---- A new token, everywhere ----
      let merged = tokens.append(best.pair)
      rules.append(
        MergeRule(best.pair.left, best.pair.right, merged: merged, rank: UInt32(rules.count)))
      frequencies.append(count)
      let firstNewPair = adjacencies.pairs.distinctCount
      merge.run(best.pair, merged, &adjacencies, &words)
      precondition(adjacencies.pairs.count(pair) == 0, "a merge has left its pair somewhere")
      queuePairs(from: firstNewPair)
      if rules.count & 63 == 0 {
        let (rules, frequencies) = (rules, frequencies)
        try progress(tokens.count) { MergePrefix(rules, frequencies) }
      }
    }
    return TrainedVocabulary(
      vocabulary: tokens.makeVocabulary(), rules: rules, frequencies: frequencies)
  }

  /// Queues the pairs found since `first` that occur often enough and may be merged.
  private mutating func queuePairs(from first: Int) {
    for index in first..<adjacencies.pairs.distinctCount {
      let pair = adjacencies.pairs.pair(index)
      let count = adjacencies.pairs.count(index)
      guard count >= max(options.minimumFrequency, 1), tokens.allows(pair) else { continue }
      queue.insert(pair, count)
    }
  }
}

extension MergePrefix {
  init(_ rules: [MergeRule], _ frequencies: [Int64]) {
    pairs = rules.map(\.pair)
    self.frequencies = frequencies
  }
}

/// Makes of pretokens what the first merges make of them, for a training that goes on behind these.
///
/// To merge a pretoken by ranks gives the same tokens as the training had made of it at that point, in
/// a tenth of a microsecond, where to run the merges again would cost as much as the first time.
private struct PrefixEncoder: ~Copyable {
  private let model: BPEModel
  private var scratch = BPEScratch()
  private var ids = TokenBuffer()
  /// By token: its unit type plus 1.
  private var units = GrowableBuffer<UInt32>()

  init(_ vocabulary: Vocabulary, _ rules: [MergeRule]) throws(TextError) {
    units.append(repeating: 0, count: vocabulary.count)
    model = try BPEModel(vocabulary: vocabulary, rules: rules, ignoresMerges: false)
  }

  mutating func append(
    _ pretoken: Span<UInt8>, _ occurrences: Int64, to words: inout WordList,
    _ types: inout UnitTypes
  ) {
    ids.removeAll()
    model.encode(pretoken, to: &ids, scratch: &scratch)
    for place in 0..<ids.count {
      let token = ids[place]
      if units[Int(token)] == 0 {
        types.append(token)
        units[Int(token)] = types.make(count: 1) + 1
      }
      ids[place] = units[Int(token)] - 1
    }
    words.append(units: ids.span, occurrences, &types)
  }
}
