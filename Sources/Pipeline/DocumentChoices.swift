// SPDX-License-Identifier: Apache-2.0

package import TextCore
package import TokenFiles

/// Which documents of a corpus are written, how often, for what and in which order; nothing said,
/// each once, in the order of the corpus.
package struct DocumentChoices: Sendable {
  /// Whether a document whose id, or text without one, was there before is left out.
  package var deduplicates = false
  /// How documents are divided among training, validation and test.
  package var split: SplitRule?
  /// How much is taken of each source; empty for all of everything.
  package var sources: [SourceMix.Source] = []
  /// For each file of the corpus the number of its source.
  package var sourceOfFile: [Int] = []
  /// The seed of the splits' and weights' hashes.
  package var seed: UInt64 = 0
  /// Puts documents into a random order, where given.
  package var shuffleSeed: UInt64?
  /// What shuffling may take, and as much again for the ids seen; never changes the result.
  package var memoryBytes = 1 << 30

  package init() {}

  /// Whether each document's identity matters.
  var needsIdentities: Bool { deduplicates || split != nil || !sources.isEmpty }

  /// The splits that get documents; one without a name where nothing is split.
  package var splits: [DocumentSplit?] {
    guard let split else { return [nil] }
    return DocumentSplit.allCases.filter { split.shares[$0.rawValue] > 0 }
  }

  /// Where each output goes: `PATH` for all documents, or `PATH-train` and so on; those of one split
  /// stand together.
  package func outputs(_ outputs: [SinkOutput]) -> [SinkOutput] {
    splits.flatMap { split in
      outputs.map { output in
        guard let split else { return output }
        return SinkOutput(
          format: output.format, path: "\(output.names.path)-\(split.name)")
      }
    }
  }

  /// The choices as manifests hold them, fractions as they are written: no field where nothing is
  /// chosen.
  var fields: [(String, JSON)] {
    var fields: [(String, JSON)] = []
    if deduplicates { fields.append(("deduplicate_ids", .bool(true))) }
    if let split {
      fields.append(("split", .string(split.text)))
    }
    if !sources.isEmpty {
      fields.append(
        (
          "sources",
          .array(
            sources.map { source in
              .object([
                ("name", .string(source.name)), ("weight", .string("\(source.weight)")),
                ("quota_tokens", source.quotaTokens.map { .integer($0) } ?? .null),
              ])
            })
        ))
    }
    if needsIdentities { fields.append(("choice_seed", .string(String(seed)))) }
    if let shuffleSeed { fields.append(("shuffle_seed", .string(String(shuffleSeed)))) }
    return fields
  }

  /// The sources that weights and quotas by name make of `names`.
  ///
  /// - Throws: `invalidArgument` for a name that is none.
  package mutating func setSources(
    _ names: SourceNames, weights: [String: Double], quotas: [String: Int]
  ) throws(TextError) {
    if weights.isEmpty && quotas.isEmpty { return }
    try names.check(Array(weights.keys) + Array(quotas.keys))
    for name in names.names {
      sources.append(
        try SourceMix.Source(name, weight: weights[name] ?? 1, quotaTokens: quotas[name]))
    }
    sourceOfFile = names.ofFile
  }
}

/// What was chosen.
package struct ChoiceAccount: Sendable, Equatable {
  /// Documents left out because they were there before.
  package var duplicates = 0
  /// Documents and tokens of each split, train first; all of them are "train" where nothing is split.
  package var documents = [0, 0, 0]
  package var tokens = [0, 0, 0]
  package var sources: [SourceMix.Account] = []

  package init() {}

  /// The account as manifests and journals hold it.
  package func fields(_ choices: DocumentChoices) -> [(String, JSON)] {
    var fields: [(String, JSON)] = []
    if choices.deduplicates { fields.append(("duplicate_documents", .integer(duplicates))) }
    if choices.split != nil {
      fields.append(
        (
          "splits",
          .object(
            DocumentSplit.allCases.map { split in
              (
                split.name,
                .object([
                  ("documents", .integer(documents[split.rawValue])),
                  ("tokens", .integer(tokens[split.rawValue])),
                ])
              )
            })
        ))
    }
    if !choices.sources.isEmpty {
      let named = zip(choices.sources, sources).map { source, account in
        JSON.object([("name", .string(source.name))] + account.fields)
      }
      fields.append(("source_documents", .array(named)))
    }
    return fields
  }

  /// The account that ``fields(_:)`` are in `object`.
  init(_ object: JSONValue?, _ choices: DocumentChoices) {
    duplicates = object?["duplicate_documents"]?.integer ?? 0
    for split in DocumentSplit.allCases {
      let counts = object?["splits"]?[split.name]
      documents[split.rawValue] = counts?["documents"]?.integer ?? 0
      tokens[split.rawValue] = counts?["tokens"]?.integer ?? 0
    }
    let stored = object?["source_documents"]?.elements ?? []
    sources = choices.sources.indices.map { index in
      index < stored.count ? SourceMix.Account(stored[index]) : SourceMix.Account()
    }
  }
}
