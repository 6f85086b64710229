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
// Only the words that hold a pair are touched when it is merged (WordList), pair counts are kept up
// to date (PairCounts), and the queue is lazy: an entry whose count has fallen since it was queued
// goes back with its true count. Reference/ holds the trainer that recounts everything each step.

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

/// Trains a vocabulary from pretoken counts.
package struct BPETrainer: ~Copyable {
  private let options: TrainingOptions
  private var tokens: TrainedTokens
  private var words: WordList
  private var pairs = PairCounts()
  private var queue = MergeQueue()
  private var rules: [MergeRule] = []
  private var frequencies: [Int64] = []
  /// The words of the pair that is being merged.
  private var touched = GrowableBuffer<UInt32>()

  /// Enough work to cover the way to memory, few enough lines to be kept.
  private static let wordsAhead = 8

  /// A trainer for `counts`.
  ///
  /// - Throws: `vocabularyTooSmall`, `invalidArgument`.
  package init(
    _ counts: borrowing PretokenCounts, _ options: TrainingOptions
  ) throws(TextError) {
    try options.check()
    self.options = options
    tokens = TrainedTokens(options)
    words = WordList(counts, tokens.byteTokens)
    for word in 0..<words.count { countPairs(of: word) }
    queuePairs(from: 0)
  }

  /// Merges until the vocabulary is full or no pair is frequent enough.
  ///
  /// - Parameter progress: Is told the number of ids made so far now and then; throws to stop.
  /// - Returns: The vocabulary, its rules and their frequencies.
  /// - Throws: What `progress` throws.
  /// - Complexity: O(m log p + w): m merges, p pairs, w symbols in words that hold a merged pair.
  package consuming func train(
    progress: (Int) throws(TextError) -> Void = { (_: Int) in }
  ) throws(TextError) -> TrainedVocabulary {
    while tokens.count < options.vocabularySize, let best = queue.popFirst() {
      // ---- The count may have fallen since the pair was queued ----
      let pair = pairs.index(of: best.pair)
      let count = pairs.count(pair)
      if count != best.count {
        if count >= max(options.minimumFrequency, 1) { queue.insert(best.pair, count) }
        continue
      }
      // ---- A new token, everywhere ----
      let merged = tokens.append(best.pair)
      rules.append(
        MergeRule(best.pair.left, best.pair.right, merged: merged, rank: UInt32(rules.count)))
      frequencies.append(count)
      let firstNewPair = pairs.distinctCount
      mergeEverywhere(pair, best.pair, merged)
      queuePairs(from: firstNewPair)
      if rules.count & 255 == 0 { try progress(tokens.count) }
    }
    return TrainedVocabulary(
      vocabulary: tokens.makeVocabulary(), rules: rules, frequencies: frequencies)
  }

  private mutating func countPairs(of word: Int) {
    let symbols = words.range(word)
    for index in symbols.lowerBound..<max(symbols.upperBound - 1, symbols.lowerBound) {
      let pair = TokenPair(words.symbols[index], words.symbols[index + 1])
      pairs.add(words.occurrences(word), to: pair, inWord: UInt32(word))
    }
  }

  /// Queues the pairs found since `first` that occur often enough and may be merged.
  private mutating func queuePairs(from first: Int) {
    for index in first..<pairs.distinctCount {
      let pair = pairs.pair(index)
      guard pairs.count(index) >= max(options.minimumFrequency, 1), tokens.allows(pair) else {
        continue
      }
      queue.insert(pair, pairs.count(index))
    }
  }

  /// Joins `pair` wherever it stands, from left to right, and keeps the counts of the pairs around.
  private mutating func mergeEverywhere(_ index: Int, _ pair: TokenPair, _ merged: TokenID) {
    pairs.takeWords(index, into: &touched)
    for place in 0..<touched.count {
      // ---- Words lie anywhere in memory: ask for those to come ----
      if place + 2 * Self.wordsAhead < touched.count {
        words.prefetchRecord(Int(touched[place + 2 * Self.wordsAhead]))
      }
      if place + Self.wordsAhead < touched.count {
        words.prefetchSymbols(Int(touched[place + Self.wordsAhead]))
      }
      let word = touched[place]
      let occurrences = words.occurrences(Int(word))
      let range = words.range(Int(word))
      var read = range.lowerBound
      var write = range.lowerBound
      while read < range.upperBound {
        let symbol = words.symbols[read]
        guard symbol == pair.left, read + 1 < range.upperBound,
          words.symbols[read + 1] == pair.right
        else {
          words.symbols[write] = symbol
          write += 1
          read += 1
          continue
        }
        if write > range.lowerBound {
          let before = words.symbols[write - 1]
          pairs.subtract(occurrences, from: TokenPair(before, pair.left))
          pairs.add(occurrences, to: TokenPair(before, merged), inWord: word)
        }
        words.symbols[write] = merged
        write += 1
        read += 2
        if read < range.upperBound {
          let after = words.symbols[read]
          pairs.subtract(occurrences, from: TokenPair(pair.right, after))
          pairs.add(occurrences, to: TokenPair(merged, after), inWord: word)
        }
      }
      words.truncate(Int(word), to: write - range.lowerBound)
    }
  }
}
