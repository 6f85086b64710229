// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Pairs of sentences, of which half follow each other, with masked tokens: the features on which
/// BERT is pre-trained (Devlin and others 2019; the layout and choices of google-research/bert's
/// `create_pretraining_data`).
///
/// A document's sentences end at a separator id, which is no part of them; empty ones do not count.
/// Windows of documents are gone over `repetitions` times, each time with other pairs and masks; the
/// second sentence of a pair, if it is a random one, comes from another document of the window. Samples
/// come in the order of the documents: shuffle them later. All choices come from one SplitMix64
/// generator in the order in which that program makes them, so that it gives the same features with
/// the same generator.
///
/// Memory: the window's ids, 8 bytes a sentence and a document; and the samples of a window, which come
/// out together: about 13 bytes an id and repetition, at the defaults 35 MiB.
package struct SentencePairs: Sendable, Equatable {
  /// The ids of a sample, padding included.
  package var length: Int
  /// The id that separates sentences.
  package var separator: UInt32
  package var classifierID: UInt32
  package var separatorID: UInt32
  package var maskID: UInt32
  /// Masked tokens are replaced by ids below it.
  package var vocabularySize: Int
  /// The share of passes over a document that aim at a shorter, random length.
  package var shortRate = 0.1
  /// The share of tokens that are to be predicted.
  package var maskRate = 0.15
  /// The most tokens to be predicted in a sample.
  package var maximumPredictions = 20
  /// How many times the documents are used.
  package var repetitions = 10
  /// Ids that continue a word, where words are masked as wholes; nil masks tokens alone.
  package var continuations: TokenSet?
  package var seed: UInt64 = 12345
  /// As many ids are taken together.
  package var windowTokens = 1 << 18

  package init(
    length: Int, separator: UInt32, classifierID: UInt32, separatorID: UInt32, maskID: UInt32,
    vocabularySize: Int
  ) {
    self.length = length
    self.separator = separator
    self.classifierID = classifierID
    self.separatorID = separatorID
    self.maskID = maskID
    self.vocabularySize = vocabularySize
  }

  package static let columns = [
    SampleColumn.inputIDs, SampleColumn("input_mask", .mask),
    SampleColumn("segment_ids", .numbers), SampleColumn("masked_lm_positions", .numbers),
    SampleColumn("masked_lm_ids", .tokens), SampleColumn("masked_lm_weights", .weights),
    SampleColumn("next_sentence_labels", .numbers),
  ]

  /// A window waits in memory, and in the journal of a run that is cut off.
  private static let maximumWindowTokens = 1 << 26

  /// The ids that a pair has for text, beside [CLS] and twice [SEP].
  var textLength: Int { length - 3 }

  func fault(vocabularySize size: Int) -> PackingFault? {
    if textLength < 2 {
      return PackingFault("pairs of \(length) tokens", "choose at least 5")
    }
    for (id, name) in [
      (separator, "sentence separator"), (classifierID, "[CLS]"), (separatorID, "[SEP]"),
      (maskID, "[MASK]"),
    ] where id >= size {
      return .id(id, name, size)
    }
    if !(1...size).contains(vocabularySize) {
      return PackingFault(
        "masks from \(vocabularySize) ids", "choose the vocabulary's size, \(size)")
    }
    if maximumPredictions < 1 || maximumPredictions > length {
      return PackingFault(
        "\(maximumPredictions) predictions in \(length) tokens", "choose from 1 to the length")
    }
    if !(1...1000).contains(repetitions) {
      return PackingFault("documents used \(repetitions) times", "choose from 1 to 1000")
    }
    if !(1...Self.maximumWindowTokens).contains(windowTokens) {
      return PackingFault(
        "a window of \(windowTokens) tokens", "choose from 1 to \(Self.maximumWindowTokens)")
    }
    return .share(shortRate, "rate of short pairs") ?? .share(maskRate, "mask rate")
  }

  var fields: [(String, JSON)] {
    [
      ("length", .integer(length)), ("sentence_separator", .integer(Int(separator))),
      ("cls_id", .integer(Int(classifierID))), ("sep_id", .integer(Int(separatorID))),
      ("mask_id", .integer(Int(maskID))), ("vocabulary_size", .integer(vocabularySize)),
      ("short_rate", .double(shortRate)), ("mask_rate", .double(maskRate)),
      ("maximum_predictions", .integer(maximumPredictions)),
      ("repetitions", .integer(repetitions)),
      ("whole_words", .string(continuations?.digest ?? "none")),
      ("seed", .string(String(seed))), ("window_tokens", .integer(windowTokens)),
    ]
  }
}

/// A set of ids, a bit each.
package struct TokenSet: Sendable, Equatable {
  private var words: [UInt64] = []

  package init(_ ids: some Sequence<UInt32> = EmptyCollection()) {
    for id in ids { insert(id) }
  }

  package mutating func insert(_ id: UInt32) {
    let word = Int(id) / 64
    while words.count <= word { words.append(0) }
    words[word] |= 1 << UInt64(id % 64)
  }

  package func contains(_ id: UInt32) -> Bool {
    let word = Int(id) / 64
    return word < words.count && words[word] >> UInt64(id % 64) & 1 == 1
  }

  /// XXH3 of the set.
  var digest: String {
    var bytes = ByteBuffer(capacity: words.count * 8)
    for word in words { bytes.append(littleEndian: word) }
    var hash = XXH3()
    hash.update(bytes.span)
    return "xxh3:" + hash.digest()
  }
}
