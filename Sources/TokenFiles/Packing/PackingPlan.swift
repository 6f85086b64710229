// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// How documents become samples: one way of packing, with its settings.
///
/// A document is what the encoder gives, with the ids that mark its edges in it. Samples are what
/// token files hold; they have the columns ``columns``.
package struct PackingPlan: Sendable, Equatable {
  /// The closed set of ways.
  package enum Way: Sendable, Equatable {
    /// Every document is a sample, as long as it is or cut to at most so many ids.
    case documents(maximumTokens: Int?)
    /// Documents back to back, cut at a fixed length (GPT-3; PanGu-α with positions that restart).
    case concatenation(Concatenation)
    /// Whole documents in sequences of a fixed length, with little padding.
    case bestFit(BestFit)
    /// Every document is a sample of exactly so many ids, cut or padded (minDALL-E).
    case fixedLength(Int)
    /// Pairs of sentences with masked tokens (BERT).
    case sentencePairs(SentencePairs)
  }

  package var way: Way
  /// Columns beside the ids; those of sentence pairs are always the same.
  package var extraColumns: PackingColumns = []
  /// The id of padding, needed by the ways that pad.
  package var padding: UInt32?
  /// Whether the ids of documents are marked by ``LossMark`` where they count in the loss, which their
  /// column `loss_mask` then tells.
  package var marksLoss = false
  /// How many ids at the edges of every document mark its beginning and end.
  package var edges = DocumentEdges()
  /// Moves the middle of documents to their end, before they are packed.
  package var fillInTheMiddle: FillInTheMiddle?

  package init(_ way: Way) { self.way = way }

  /// The columns of the samples.
  package var columns: [SampleColumn] {
    if case .sentencePairs = way { return SentencePairs.columns }
    return [.inputIDs] + extraColumns.columns
  }

  /// The id that is to stand behind each sentence of a document, nil where sentences do not matter.
  package var sentenceSeparator: UInt32? {
    if case .sentencePairs(let settings) = way { settings.separator } else { nil }
  }

  /// The length of every sample's ids, nil if it differs.
  package var sampleLength: Int? {
    switch way {
    case .documents: nil
    case .concatenation(let settings): settings.sampleLength
    case .bestFit(let settings): settings.length
    case .fixedLength(let length): length
    case .sentencePairs(let settings): settings.length
    }
  }
}

/// How many ids at the edges of every document are marks, not text; truncation keeps them and
/// nothing is moved over them.
package struct DocumentEdges: Sendable, Equatable {
  package var before = 0
  package var after = 0

  package init(before: Int = 0, after: Int = 0) {
    precondition(before >= 0 && after >= 0, "edges of negative length")
    self.before = before
    self.after = after
  }

  package var count: Int { before + after }
}

/// Columns that ways of packing can write beside the ids.
package struct PackingColumns: OptionSet, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// `position_ids`: from 0 in every sample and again in every document in it; 0 for padding.
  package static let positions = PackingColumns(rawValue: 1)
  /// `segment_ids`: the number of the document in the sample, from 1; 0 for padding.
  package static let segments = PackingColumns(rawValue: 2)
  /// `loss_mask`: 1 for ids, or for those that are marked; 0 for padding.
  package static let lossMask = PackingColumns(rawValue: 4)

  var columns: [SampleColumn] {
    var columns: [SampleColumn] = []
    if contains(.positions) { columns.append(SampleColumn("position_ids", .numbers)) }
    if contains(.segments) { columns.append(SampleColumn("segment_ids", .numbers)) }
    if contains(.lossMask) { columns.append(SampleColumn("loss_mask", .mask)) }
    return columns
  }
}

// MARK: - Checks

extension PackingPlan {
  /// The longest sample there may be: what is held for one is 16 bytes an id.
  package static let maximumLength = 1 << 26

  /// Whether some samples are padded.
  package var pads: Bool {
    switch way {
    case .documents: false
    case .concatenation(let settings): settings.tail == .padded
    case .bestFit, .fixedLength, .sentencePairs: true
    }
  }

  /// Refuses settings that contradict each other or the vocabulary.
  ///
  /// - Parameter vocabularySize: Every id there may be is below it.
  /// - Throws: `invalidArgument`.
  package func check(vocabularySize: Int) throws(TextError) {
    if let fault = fault(vocabularySize: vocabularySize) {
      throw TextError(.invalidArgument, fault.what, remedy: fault.remedy)
    }
  }

  /// What is wrong with the settings, if anything.
  private func fault(vocabularySize: Int) -> PackingFault? {
    if let length = sampleLength {
      guard (1...Self.maximumLength).contains(length) else {
        return PackingFault(
          "samples of \(length) tokens", "choose from 1 to \(Self.maximumLength)")
      }
    }
    if pads {
      guard let padding else {
        return PackingFault("samples are padded, but there is no padding token", "name one")
      }
      if padding >= vocabularySize { return .id(padding, "padding", vocabularySize) }
    }
    if extraColumns != [] {
      if case .sentencePairs = way {
        return PackingFault("sentence pairs have columns of their own", "ask for no others")
      }
    }
    return lossFault(vocabularySize) ?? fillInTheMiddle?.fault(vocabularySize: vocabularySize)
      ?? wayFault(vocabularySize)
  }

  private func lossFault(_ vocabularySize: Int) -> PackingFault? {
    guard marksLoss else { return nil }
    if vocabularySize > LossMark.maximumVocabularySize {
      return PackingFault("ids that have no room for a mark", "train a smaller vocabulary")
    }
    if !extraColumns.contains(.lossMask) {
      return PackingFault("what counts in the loss has no column", "add loss_mask")
    }
    return fillInTheMiddle == nil
      ? nil
      : PackingFault("what counts in the loss cannot be moved", "leave out --fim-rate")
  }

  private func wayFault(_ vocabularySize: Int) -> PackingFault? {
    switch way {
    case .documents(let maximum?), .fixedLength(let maximum):
      maximum < max(edges.count, 1)
        ? PackingFault(
          "documents of at most \(maximum) tokens have no room for the \(edges.count) at their edges",
          "choose a larger length") : nil
    case .documents(nil): nil
    case .concatenation(let settings): settings.fault
    case .bestFit(let settings): settings.fault
    case .sentencePairs(let settings):
      edges.count > 0 || fillInTheMiddle != nil
        ? PackingFault(
          "sentence pairs are marked by [CLS] and [SEP] alone",
          "leave out what marks documents or moves their middle")
        : settings.fault(vocabularySize: vocabularySize)
    }
  }
}

/// Why settings are refused.
struct PackingFault {
  var what: String
  var remedy: String

  init(_ what: String, _ remedy: String) {
    self.what = what
    self.remedy = remedy
  }

  /// An id that is not in the vocabulary.
  static func id(_ id: UInt32, _ name: String, _ vocabularySize: Int) -> PackingFault {
    PackingFault(
      "the \(name) id \(id) is not below the vocabulary's size \(vocabularySize)",
      "name a token of the tokenizer")
  }

  /// A share that is none.
  static func share(_ value: Double, _ name: String) -> PackingFault? {
    value >= 0 && value <= 1
      ? nil : PackingFault("a \(name) of \(value)", "choose from 0 to 1")
  }
}

// MARK: - In manifests

extension PackingPlan {
  /// The settings that decide the samples, as manifests hold them.
  package var manifestOptions: [(String, JSON)] {
    let way: (name: String, fields: [(String, JSON)]) =
      switch way {
      case .documents(let maximum):
        ("documents", [("maximum_tokens", maximum.map { .integer($0) } ?? .null)])
      case .concatenation(let settings): ("concatenation", settings.fields)
      case .bestFit(let settings): ("best_fit", settings.fields)
      case .fixedLength(let length): ("fixed_length", [("length", .integer(length))])
      case .sentencePairs(let settings): ("sentence_pairs", settings.fields)
      }
    let fields: [(String, JSON)] =
      [("way", .string(way.name))] + way.fields + [
        ("columns", .array(columns.map { .string($0.name) })),
        ("padding", padding.map { .integer(Int($0)) } ?? .null),
        ("edges", .array([.integer(edges.before), .integer(edges.after)])),
        ("fill_in_the_middle", fillInTheMiddle.map { .object($0.fields) } ?? .null),
      ] + (marksLoss ? [("marks_loss", .bool(true))] : [])
    return [("packing", .object(fields))]
  }
}
