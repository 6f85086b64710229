// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
package import Normalization
internal import PreTokenization
package import TextCore
package import Tokenization
internal import VocabularyFiles

/// How a corpus was inspected: what parts of it must agree in to be added up.
package struct InspectionSettings: Sendable {
  /// A tokenizer, known by its bytes.
  package struct StatedTokenizer: Sendable, Equatable {
    /// What it is called beside others.
    package var name: String
    /// As given.
    package var path: String
    /// SHA-256 of its file.
    package var sha256: String
    package var preTokenizer: String
    package var vocabularySize: Int

    package init(_ tokenizer: Tokenizer, name: String, path: String) {
      self.name = name
      self.path = path
      sha256 = tokenizer.sourceSHA256
      preTokenizer = tokenizer.definition.preTokenizer.rawValue
      vocabularySize = tokenizer.vocabularySize
    }
  }

  /// The options of reading and normalising: names and values, as text.
  private(set) var options: [(name: String, value: String)]
  package let grouping: DocumentGrouping
  package let tokenizers: [StatedTokenizer]
  /// What text was normalised by in place of the tokenizers' own.
  package let normalizer: Normalizer?

  /// The settings of `job`, whose tokenizers go by other names than their own.
  package init(_ job: InspectCorpusJob, _ tokenizers: [StatedTokenizer]) {
    self.tokenizers = tokenizers
    grouping = job.grouping
    normalizer = job.normalizer
    let metadata = job.source.options.metadataFields.map { "\($0.key.name)=\($0.value)" }
    let options =
      job.source.manifestOptions
      + [
        ("metadata", .array(metadata.sorted().map { .string($0) })),
        ("normalizer", job.normalizer.map { .string($0.rawValue) } ?? .null),
        ("unicode", .string(Normalizer.unicodeVersion)),
      ]
    self.options = options.map { ($0.0, $0.1.serialized(indent: nil).makeString()) }
  }

  /// Throws if what was found with `other`, of the file `path`, cannot be added to what was found with
  /// these settings, of the file `own`.
  ///
  /// - Throws: `invalidArgument`, which names the first difference.
  package func check(
    _ other: InspectionSettings, of path: String, against own: String
  ) throws(TextError) {
    let stated = other.stated
    for (index, fact) in self.stated.enumerated() {
      let found = index < stated.count ? stated[index] : ("", "none")
      if fact == found { continue }
      throw TextError(
        .invalidArgument,
        "is no part of the same inspection as \(own): its \(fact.name) is \(found.1), not \(fact.value)",
        at: .init(path: path), remedy: "merge parts that are made with the same options")
    }
  }

  /// All that must be the same, names and values in their order.
  private var stated: [(name: String, value: String)] {
    options + [("grouping", grouping.isEmpty ? "none" : grouping.fields.joined(separator: ", "))]
      + [("number of tokenizers", String(tokenizers.count))]
      + tokenizers.enumerated().flatMap { index, each in
        [
          ("tokenizer \(index + 1)", "SHA-256 \(each.sha256)"),
          ("pre-tokenizer of tokenizer \(index + 1)", each.preTokenizer),
          ("name of tokenizer \(index + 1)", each.name),
          ("vocabulary size of tokenizer \(index + 1)", String(each.vocabularySize)),
        ]
      }
  }
}

// MARK: - As JSON

extension InspectionSettings {
  /// The largest vocabulary that is believed; `malmoi train` makes none that is larger.
  private static let largestVocabulary = 1 << 24

  var storedFields: [(String, JSON)] {
    [
      ("options", .object(options.map { ($0.name, .string($0.value)) })),
      ("by", .array(grouping.fields.map { .string($0) })),
      ("normalizer", normalizer.map { .string($0.rawValue) } ?? .null),
      (
        "tokenizers",
        .array(
          tokenizers.map { each in
            .object([
              ("name", .string(each.name)), ("path", .string(each.path)),
              ("sha256", .string(each.sha256)), ("pre_tokenizer", .string(each.preTokenizer)),
              ("vocabulary_size", .integer(each.vocabularySize)),
            ])
          })
      ),
    ]
  }

  /// The settings that ``storedFields`` gave; nil if `root` has none.
  init?(stored root: JSONValue) {
    guard let options = root["options"], options.kind == .object,
      let fields = root["by"]?.list({ $0.string }),
      let grouping = try? DocumentGrouping(fields),
      let tokenizers = root["tokenizers"]?.list({ StatedTokenizer(stored: $0) }),
      let normalizer = root["normalizer"]
    else { return nil }
    self.options = []
    for (name, value) in options.fields {
      guard let value = value.string else { return nil }
      self.options.append((name, value))
    }
    self.grouping = grouping
    self.tokenizers = tokenizers
    self.normalizer = normalizer.string.flatMap(Normalizer.init(rawValue:))
    if !normalizer.isNull, self.normalizer == nil { return nil }
    guard tokenizers.allSatisfy({ (1...Self.largestVocabulary).contains($0.vocabularySize) })
    else { return nil }
  }
}

extension InspectionSettings.StatedTokenizer {
  fileprivate init?(stored value: JSONValue) {
    guard let name = value["name"]?.string, let path = value["path"]?.string,
      let sha256 = value["sha256"]?.string, let rule = value["pre_tokenizer"]?.string,
      let size = value["vocabulary_size"]?.integer
    else { return nil }
    (self.name, self.path, self.sha256) = (name, path, sha256)
    (preTokenizer, vocabularySize) = (rule, size)
  }
}
