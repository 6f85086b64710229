// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
package import CountFiles
package import Normalization
package import PreTokenization
internal import TextCore

extension CorpusSource {
  /// The options of reading as manifests hold them.
  var manifestOptions: [(String, JSON)] {
    [
      ("input_format", .string(options.format.rawValue)),
      ("field", .string(options.field)),
      ("record", .string(options.record?.text ?? "")),
      ("template", .string(options.template?.text ?? "")),
      ("quoting", .string(options.quoting.rawValue)),
      ("header", .string(options.hasHeader ? "first record" : "none")),
      ("sample", .string(sampleDescription)),
      ("documents", .string(options.documents.rawValue)),
      ("charset", .string(options.charset?.rawValue ?? "auto")),
      ("invalid_utf8", .string(options.invalidUTF8.rawValue)),
      ("repair_mojibake", .bool(options.repairsMojibake)),
      ("max_document_bytes", .integer(options.maximumRecordBytes)),
      ("max_expansion", .integer(options.maximumExpansion)),
      ("exclude", .array(options.excluded.patterns.map { .string($0) })),
    ]
  }
}

extension CorpusSource {
  private var sampleDescription: String {
    guard let sample = options.sample else { return "all" }
    let limit = String(sample.limit, radix: 16)
    return "seed \(sample.seed), ranks below 0x\(limit)"
  }
}

extension Normalizer {
  /// The normaliser as manifests hold it, with the Unicode version of its data.
  var manifestOptions: [(String, JSON)] {
    [
      ("normalizer", .string(rawValue)),
      (
        "normalizer_unicode",
        self == .none ? .null : .string(Normalizer.unicodeVersion)
      ),
    ]
  }
}

extension PreTokenizer {
  /// The pre-tokenizer as manifests hold it, with the Unicode version of its character classes.
  var manifestOptions: [(String, JSON)] {
    [
      ("pre_tokenizer", .string(rawValue)),
      (
        "pre_tokenizer_pattern",
        patterns.count == 1 ? .string(patterns[0]) : .array(patterns.map { .string($0) })
      ),
      ("pre_tokenizer_unicode", .string(CharacterClasses.unicodeVersion)),
    ]
  }
}

extension CountSettings {
  /// How `normalizer` and `preTokenizer` of this version make pretokens.
  package init(_ normalizer: Normalizer, _ preTokenizer: PreTokenizer) {
    let options = normalizer.manifestOptions + preTokenizer.manifestOptions
    self.init(
      options: options.map { name, value in
        switch value {
        case .string(let text): (name, text)
        case .null: (name, nil)
        default: (name, value.serialized(indent: nil).makeString())
        }
      })
  }

  /// The normaliser of these settings, if this version has it.
  var normalizer: Normalizer? { self["normalizer"].flatMap(Normalizer.init(rawValue:)) }

  /// The pre-tokenizer of these settings, if this version has it.
  var preTokenizer: PreTokenizer? { self["pre_tokenizer"].flatMap(PreTokenizer.init(rawValue:)) }
}
