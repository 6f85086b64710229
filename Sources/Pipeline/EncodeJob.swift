// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
package import Normalization
package import TextCore
package import TokenFiles
package import Tokenization
internal import VocabularyFiles

/// Encodes a corpus into token files.
package struct EncodeJob: Sendable {
  package var source: CorpusSource
  package var tokenizer: Tokenizer
  /// Replaces the tokenizer's own normaliser, where given.
  package var normalizer: Normalizer?
  /// The path of the token files up to their extension or shard number.
  package var prefix: String
  /// The id that ends every document, where wanted.
  package var endOfDocument: UInt32?
  package var parsesSpecialTokens = false
  /// Whether documents get the special tokens that the tokenizer puts around a text.
  package var addsSpecialTokens = false
  package var shardTokens: Int?
  package var tokenType = TokenTypeRequest.auto
  package var overwrites = false
  /// The most that the pretoken cache of a worker may take; never changes the ids.
  package var cacheBytes = Encoder.defaultCacheBytes

  package init(source: CorpusSource, tokenizer: Tokenizer, prefix: String) {
    self.source = source
    self.tokenizer = tokenizer
    self.prefix = prefix
  }

  /// What a run made.
  package struct Report: Sendable {
    package var account: CorpusAccount
    package var files: TokenFileSummary
    package var tokenType: TokenType
    /// UTF-8 bytes of the documents as read.
    package var documentBytes: Int
  }

  /// The id that ends documents: of the special token `name`, or, without a name, of a well-known
  /// one.
  ///
  /// - Throws: `invalidArgument` if the tokenizer has none.
  package static func endOfDocument(
    named name: String?, of tokenizer: Tokenizer
  ) throws(TextError) -> UInt32 {
    if let name {
      if let id = tokenizer.addedTokens.id(of: name) { return id }
      throw TextError(
        .invalidArgument, "the tokenizer has no special token \"\(name)\"",
        remedy: "see \"malmoi inspect tokenizer\" for those it has")
    }
    if let token = TokenizerConfig.endOfDocument(tokenizer.definition) { return token.id }
    throw TextError(
      .invalidArgument, "the tokenizer has no end-of-document token such as <|endoftext|>",
      remedy: "name one with --eod-token, or train with --special-token '<|endoftext|>'")
  }

  /// Runs the job.
  ///
  /// - Throws: An existing output and a token type that is too narrow before anything is read; then
  ///   what reading, encoding and writing throw. Nothing is left behind in that case.
  package func run(_ context: JobContext) throws(TextError) -> Report {
    let maximumID = UInt32(tokenizer.vocabularySize - 1)
    let type = try TokenType.choose(maximumID: maximumID, requested: tokenType)
    try TokenFileWriter.checkOutput(prefix: prefix, overwrite: overwrites)
    let source = try source.decidingSample(context)
    var writer = try TokenFileWriter(
      prefix: prefix, type: type, maximumID: maximumID, endOfDocument: endOfDocument,
      shardTokens: shardTokens)
    var documentBytes = 0
    // A cache larger than the input would only have its pages cleared.
    let cacheBytes = min(cacheBytes, source.estimatedTextBytes ?? cacheBytes)
    let account = try passOver(
      source, context,
      makeWorker: { recorder in
        Encoder(
          tokenizer, normalizer: normalizer, parsingSpecialTokens: parsesSpecialTokens,
          addingSpecialTokens: addsSpecialTokens, cacheBytes: cacheBytes, recorder: recorder)
      },
      work: { (encoder, batch) throws(TextError) in
        var encoded = EncodedBatch(byteCount: batch.text.count, documentCount: batch.count)
        try encoder.encode(
          batch.text.span, documentEnds: batch.ends.span, to: &encoded.ids, idEnds: &encoded.ends)
        return encoded
      },
      emit: { (encoded) throws(TextError) in
        documentBytes += encoded.byteCount
        try writer.append(documents: encoded.ids.span, ends: encoded.ends.span)
      })
    // Token files of no tokens at all cannot be mapped by their readers.
    let addsTokens = addsSpecialTokens && !tokenizer.definition.template.isEmpty
    try account.checkHasText(documentBytes > 0 || endOfDocument != nil || addsTokens)
    let files = try writer.publish(manifest: manifest(account, source))
    return Report(
      account: account, files: files, tokenType: type, documentBytes: documentBytes)
  }

  private func manifest(_ account: CorpusAccount, _ source: CorpusSource) -> Manifest {
    var manifest = Manifest(kind: "token-files", toolVersion: toolVersion)
    // The order of the inputs is the order of the documents.
    manifest.inputs = account.inputs
    manifest.options =
      source.manifestOptions
      + (normalizer ?? tokenizer.definition.normalizer).manifestOptions
      + tokenizer.definition.preTokenizer.manifestOptions + [
        ("tokenizer_sha256", .string(tokenizer.sourceSHA256)),
        ("vocabulary_size", .integer(tokenizer.vocabularySize)),
        ("format", .string("megatron")),
        ("end_of_document", endOfDocument.map { .integer(Int($0)) } ?? .null),
        ("parse_special_tokens", .bool(parsesSpecialTokens)),
        ("tokens_before", addedIDs(tokenizer.definition.template.before)),
        ("tokens_after", addedIDs(tokenizer.definition.template.after)),
        ("shard_tokens", shardTokens.map { .integer($0) } ?? .null),
      ]
    // The writer adds the documents and tokens it wrote.
    let results = account.results(normalizer ?? tokenizer.definition.normalizer)
    manifest.results =
      results.filter { $0.0 != "documents" } + [
        (
          "documents_with",
          .object(
            MetadataField.allCases.map {
              ($0.name, .integer(account.metadataCounts[$0.rawValue]))
            })
        )
      ]
    return manifest
  }
}

extension EncodeJob {
  /// The ids that every document gets from the template, as manifests hold them.
  private func addedIDs(_ ids: [UInt32]) -> JSON {
    .array(addsSpecialTokens ? ids.map { .integer(Int($0)) } : [])
  }
}

/// The ids of a batch of documents.
private struct EncodedBatch: ~Copyable, Sendable {
  var ids: TokenBuffer
  var ends: GrowableBuffer<Int>
  var byteCount: Int

  /// Room for Korean text at about 4 bytes a token; more is found if it is needed.
  init(byteCount: Int, documentCount: Int) {
    ids = TokenBuffer(capacity: byteCount / 4)
    ends = GrowableBuffer(capacity: documentCount)
    self.byteCount = byteCount
  }
}
