// SPDX-License-Identifier: Apache-2.0

package import TextCore
package import TokenModels

// Training: pretoken counts in, a vocabulary and its merges out.
//
// Byte-pair encoding as Hugging Face tokenizers' BpeTrainer defines it, id for id: the 256 bytes in the
// order of their characters, then the merges; VocabularyLayout places special tokens among them. Each step joins the
// pair with the highest count; of equals the one with the lowest ids, left before right. A pair's
// count is the number of places where it stands, overlapping ones each (ㅋㅋㅋ holds two), times
// the count of the pretoken. The result depends on the counts alone, not on their order.
//
// Words are sequences of units: characters, with the space before them (WordList). The tokens of a
// unit are kept once for all places where it stands (UnitTypes), so that the merges that only build
// characters, which would touch three quarters of all words again and again, touch unit types. A merge
// across the edge of two units makes one unit of them in the words that hold them, and only there.
// Pair counts are kept up to date (Adjacencies), and the queue is lazy: an entry whose count has fallen
// since it was queued goes back with its true count. It holds only pairs that occur as often as a floor,
// which is lowered when none is left: most of the millions of pairs are never queued. Reference/ holds
// the trainer that recounts everything each step.
//
// A training may begin behind the merges of another one. Where that is the same one, which was stopped, it
// ends as if it had not been. Where that was trained on other pretokens of the same text, it is the second of
// two stages: the first makes tokens inside words, say, and the second joins them across words (SuperBPE, Liu
// and others 2025, arXiv 2503.13423). What the first merges make of a pretoken is what an encoder makes of it.

/// Merges in the order in which they were made.
///
/// The 256 bytes are 0 to 255 here, in the order of their characters (ByteAlphabet), and what merge k
/// makes is 256 + k: VocabularyLayout gives them the ids that they have in a vocabulary.
package struct TrainedMerges: Sendable, Equatable {
  package var pairs: [TokenPair] = []
  /// How often each pair occurred when it was merged.
  package var frequencies: [Int64] = []

  package init() {}

  /// The first `count` merges, or all if there are fewer.
  package func prefix(_ count: Int) -> TrainedMerges {
    var merges = TrainedMerges()
    merges.pairs = Array(pairs.prefix(max(count, 0)))
    merges.frequencies = Array(frequencies.prefix(max(count, 0)))
    return merges
  }
}

/// Trains a vocabulary from pretoken counts.
package struct BPETrainer: ~Copyable {
  private let options: TrainingOptions
  private var tokens: TrainedTokens
  private var words: WordList
  private var adjacencies = Adjacencies()
  private var queue = MergeQueue()
  /// Pairs that occur less often are not in the queue.
  private var floor = Int64.max
  private var merges: TrainedMerges
  private var encoder: PrefixEncoder?

  /// In a second stage, a pretoken of more tokens than this counts as several.
  ///
  /// To merge within a word takes time in proportion to its length, and what spans words may be as long
  /// as a document. Text with punctuation has none of this length.
  package static let secondStageWordLimit = 1024

  /// A trainer without pretokens yet, which begins behind the merges `prefix`.
  ///
  /// - Parameters:
  ///   - options: What to train.
  ///   - prefix: The merges that are there already.
  ///   - isSecondStage: Whether these were trained on other pretokens.
  /// - Throws: `vocabularyTooSmall`, `invalidArgument`.
  package init(
    _ options: TrainingOptions, after prefix: TrainedMerges = TrainedMerges(),
    isSecondStage: Bool = false
  ) throws(TextError) {
    try options.check()
    var tokens = TrainedTokens(options)
    let merges = prefix.prefix(options.mergeLimit)
    var rules: [MergeRule] = []
    for pair in merges.pairs {
      let rank = UInt32(rules.count)
      rules.append(MergeRule(pair.left, pair.right, merged: tokens.append(pair), rank: rank))
    }
    encoder =
      rules.isEmpty
      ? nil
      : try PrefixEncoder(
        Vocabulary(tokens.all), rules, wordLimit: isSecondStage ? Self.secondStageWordLimit : .max)
    words = WordList(tokens.byteTokens)
    self.options = options
    self.tokens = tokens
    self.merges = merges
  }

  /// A trainer for `counts`, which are not needed any more afterwards.
  ///
  /// - Throws: `vocabularyTooSmall`, `invalidArgument`.
  package init(
    _ counts: borrowing PretokenCounts, _ options: TrainingOptions,
    after prefix: TrainedMerges = TrainedMerges(), isSecondStage: Bool = false
  ) throws(TextError) {
    try self.init(options, after: prefix, isSecondStage: isSecondStage)
    for index in 0..<counts.count { add(counts.bytes(index), counts.occurrences(index)) }
  }

  /// Whether `pretoken` can be added: all together may have 2³¹ characters.
  package func hasRoom(for pretoken: Span<UInt8>) -> Bool {
    words.end + pretoken.count + 1 < WordList.placeLimit
  }

  /// Adds a pretoken, for which there is room and which must not have been added before, and how often it occurs.
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
  /// - Parameter progress: Is told now and then what merges there are; throws to stop.
  /// - Returns: The merges, at most as many as there is room for.
  /// - Throws: What `progress` throws.
  /// - Complexity: O(m log p + w): m merges, p pairs, w units in words that hold a merged pair.
  package consuming func train(
    progress: (TrainedMerges) throws(TextError) -> Void = { _ in }
  ) throws(TextError) -> TrainedMerges {
    adjacencies.countEdges(of: words)
    var merge = UnitMerge()
    makeRequired(&merge)
    while merges.pairs.count < options.mergeLimit {
      guard let best = queue.popFirst() else {
        if lowerFloor() { continue }
        break
      }
      // ---- The count may have fallen since the pair was queued ----
      let pair = adjacencies.pairs.index(of: best.pair)
      let count = adjacencies.pairs.count(pair)
      if count != best.count {
        if count >= floor { queue.insert(best.pair, count) }
        continue
      }
      // ---- A new token, everywhere ----
      let firstNewPair = adjacencies.pairs.distinctCount
      join(best.pair, &merge)
      queuePairs(from: firstNewPair)
      if merges.pairs.count & 63 == 0 { try progress(merges) }
    }
    return merges
  }

  private mutating func join(_ pair: TokenPair, _ merge: inout UnitMerge) {
    let index = adjacencies.pairs.index(of: pair)
    merges.frequencies.append(adjacencies.pairs.count(index))
    merges.pairs.append(pair)
    merge.run(pair, tokens.append(pair), &adjacencies, &words)
    precondition(adjacencies.pairs.count(index) == 0, "a merge has left its pair somewhere")
  }

  /// Makes the tokens of the required characters, as far as there is room.
  private mutating func makeRequired(_ merge: inout UnitMerge) {
    for pair in tokens.pairs(making: options.requiredCharacters, after: merges.pairs)
    where merges.pairs.count < options.mergeLimit {
      join(pair, &merge)
    }
  }

  /// Queues the pairs from the index `first` on that occur as often as the floor, but less often than
  /// `ceiling`, and may be merged.
  private mutating func queuePairs(from first: Int, below ceiling: Int64 = .max) {
    for index in first..<adjacencies.pairs.distinctCount {
      let count = adjacencies.pairs.count(index)
      guard count >= floor, count < ceiling else { continue }
      let pair = adjacencies.pairs.pair(index)
      if tokens.allows(pair) { queue.insert(pair, count) }
    }
  }

  /// Each floor is an eighth of the highest count below the last one: some five scans of all pairs on
  /// 100 MB of Korean.
  private static let floorRatio: Int64 = 8

  /// Lowers the floor and queues the pairs above it, once the queue is empty; false if there is no pair
  /// that occurs often enough.
  ///
  /// Only pairs with the newest token ever gain occurrences, and these are queued with their merge: one
  /// below the floor stays there.
  private mutating func lowerFloor() -> Bool {
    let minimum = max(options.minimumFrequency, 1)
    var highest: Int64 = 0
    for index in 0..<adjacencies.pairs.distinctCount {
      let count = adjacencies.pairs.count(index)
      if count < floor { highest = max(highest, count) }
    }
    if highest < minimum { return false }
    let ceiling = floor
    floor = max(minimum, highest / Self.floorRatio)
    queuePairs(from: 0, below: ceiling)
    return true
  }
}

/// Makes of pretokens what the first merges make of them, for a training that goes on behind these.
///
/// To merge a pretoken by ranks gives the same tokens as the training had made of it at that point, in
/// a tenth of a microsecond, where to run the merges again would cost as much as the first time.
private struct PrefixEncoder: ~Copyable {
  private let model: BPEModel
  private let wordLimit: Int
  private var scratch = BPEScratch()
  private var ids = TokenBuffer()
  /// By token: its unit type plus 1.
  private var units = GrowableBuffer<UInt32>()

  /// An encoder that makes several words of pretokens of more than `wordLimit` tokens.
  init(_ vocabulary: Vocabulary, _ rules: [MergeRule], wordLimit: Int) throws(TextError) {
    self.wordLimit = wordLimit
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
    var start = 0
    repeat {
      let end = start + min(ids.count - start, wordLimit)
      words.append(units: ids.span.extracting(start..<end), occurrences, &types)
      start = end
    } while start < ids.count
  }
}
