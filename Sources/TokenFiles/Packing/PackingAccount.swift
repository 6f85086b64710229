// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Where every token went between documents and samples.
///
/// `tokensIn` + added = `tokensOut` + dropped, once everything is packed.
package struct PackingAccount: Sendable, Equatable {
  /// What makes the numbers of tokens differ; the raw values are the names in manifests.
  package enum Kind: String, Sendable, CaseIterable {
    /// Marks of moved middles, added.
    case sentinels
    /// [CLS] and [SEP], added.
    case marks
    /// Tokens that a sample has in common with the one before it, added.
    case overlap
    /// Documents used again with other masks, added.
    case repetition
    /// Sentences of other documents that stand where the next sentence could, added.
    case randomNext = "random_next"
    /// Padding, added.
    case padding
    /// Tokens of documents or pairs that were too long, dropped.
    case truncated
    /// Tokens at the end that fill no sample, dropped.
    case remainder
    /// Separators of sentences, dropped.
    case separators

    /// Whether samples have more tokens by it, not fewer.
    package var isAdded: Bool {
      switch self {
      case .sentinels, .marks, .overlap, .repetition, .randomNext, .padding: true
      case .truncated, .remainder, .separators: false
      }
    }

    var index: Int {
      switch self {
      case .sentinels: 0
      case .marks: 1
      case .overlap: 2
      case .repetition: 3
      case .randomNext: 4
      case .padding: 5
      case .truncated: 6
      case .remainder: 7
      case .separators: 8
      }
    }
  }

  package var documentsIn = 0
  package var tokensIn = 0
  package var samplesOut = 0
  /// Values of the samples' first column.
  package var tokensOut = 0
  /// Documents without a token.
  package var emptyDocuments = 0
  /// Documents that were truncated, or cut into pieces because they are longer than a sample.
  package var cutDocuments = 0
  /// Documents whose middle was moved.
  package var movedMiddles = 0
  /// Of `tokensIn` and `tokensOut`, those that count in the loss; nil where they are not told apart.
  package var lossTokens: (into: Int, outOf: Int)? {
    marksLoss ? (lossTokensIn, lossTokensOut) : nil
  }
  var marksLoss = false
  var lossTokensIn = 0
  var lossTokensOut = 0
  private var counts = [Int](repeating: 0, count: Kind.allCases.count)

  package init() {}

  /// How many tokens were added or dropped by `kind`.
  package subscript(kind: Kind) -> Int { counts[kind.index] }

  mutating func add(_ kind: Kind, _ count: Int) { counts[kind.index] += count }

  /// Whether no token is unaccounted for.
  package var isBalanced: Bool {
    tokensIn + sum { $0.isAdded } == tokensOut + sum { !$0.isAdded }
  }

  private func sum(_ isWanted: (Kind) -> Bool) -> Int {
    Kind.allCases.filter(isWanted).reduce(0) { $0 + self[$1] }
  }

  /// The counts as manifests hold them.
  package var fields: [(String, JSON)] {
    func list(_ isWanted: (Kind) -> Bool) -> JSON {
      .object(
        Kind.allCases.filter { isWanted($0) && self[$0] > 0 }.map { kind in
          (kind.rawValue, .integer(self[kind]))
        })
    }
    return [
      ("documents_in", .integer(documentsIn)), ("tokens_in", .integer(tokensIn)),
      ("samples_out", .integer(samplesOut)), ("tokens_out", .integer(tokensOut)),
      ("added", list { $0.isAdded }), ("dropped", list { !$0.isAdded }),
      ("empty_documents", .integer(emptyDocuments)), ("cut_documents", .integer(cutDocuments)),
      ("moved_middles", .integer(movedMiddles)),
    ]
      + (marksLoss
        ? [
          ("loss_tokens_in", .integer(lossTokensIn)),
          ("loss_tokens_out", .integer(lossTokensOut)),
        ] : [])
  }
}

// MARK: - Of parts

extension PackingAccount {
  /// The account that ``fields`` are in `object`; nil if one is missing.
  package init?(_ object: JSONValue) {
    self.init()
    let counts = Kind.allCases.map { kind in
      object[kind.isAdded ? "added" : "dropped"]?[kind.rawValue]?.integer ?? 0
    }
    let lossIn = object["loss_tokens_in"]?.integer
    guard let documentsIn = object["documents_in"]?.integer,
      let tokensIn = object["tokens_in"]?.integer,
      let samplesOut = object["samples_out"]?.integer,
      let tokensOut = object["tokens_out"]?.integer,
      let emptyDocuments = object["empty_documents"]?.integer,
      let cutDocuments = object["cut_documents"]?.integer,
      let movedMiddles = object["moved_middles"]?.integer
    else { return nil }
    self.init(
      numbers: [
        documentsIn, tokensIn, samplesOut, tokensOut, emptyDocuments, cutDocuments, movedMiddles,
        lossIn == nil ? 0 : 1, lossIn ?? 0, object["loss_tokens_out"]?.integer ?? 0,
      ] + counts)
  }

  /// Adds the account of other documents that were packed in the same way.
  package static func += (total: inout PackingAccount, more: PackingAccount) {
    let marksLoss = total.marksLoss || more.marksLoss
    guard let sum = PackingAccount(numbers: zip(total.numbers, more.numbers).map { $0 + $1 })
    else { preconditionFailure("accounts have as many numbers") }
    total = sum
    total.marksLoss = marksLoss
  }
}

// MARK: - In checkpoints

extension PackingAccount {
  /// All numbers, in a fixed order.
  var numbers: [Int] {
    [
      documentsIn, tokensIn, samplesOut, tokensOut, emptyDocuments, cutDocuments, movedMiddles,
      marksLoss ? 1 : 0, lossTokensIn, lossTokensOut,
    ] + counts
  }

  /// The account whose ``numbers`` are `numbers`, nil if there are too few or too many.
  init?(numbers: [Int]) {
    guard numbers.count == 10 + Kind.allCases.count else { return nil }
    documentsIn = numbers[0]
    tokensIn = numbers[1]
    samplesOut = numbers[2]
    tokensOut = numbers[3]
    emptyDocuments = numbers[4]
    cutDocuments = numbers[5]
    movedMiddles = numbers[6]
    marksLoss = numbers[7] == 1
    lossTokensIn = numbers[8]
    lossTokensOut = numbers[9]
    counts = Array(numbers[10...])
  }
}
