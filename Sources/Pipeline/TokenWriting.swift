// SPDX-License-Identifier: Apache-2.0

package import TextCore
package import TokenFiles
package import Tokenization

/// Writes ids that somebody hands over as one set of token files.
///
/// A writer that is dropped before it is finished leaves nothing behind.
package final class TokenWriting {
  private let settings: SinkSettings
  private var options: [(String, JSON)] = [("job", .string("write"))]
  private var output: TokenOutput?
  private var tokenCount = 0
  /// No higher id may come.
  package let maximumID: UInt32

  /// Starts a set.
  ///
  /// - Parameters:
  ///   - sink: Its format and path.
  ///   - tokenizer: Whose ids they are, where that is known.
  ///   - maximumID: The highest id that may come, where there is no tokenizer.
  ///   - limits: When a shard is full.
  ///   - overwrites: Whether an existing set is replaced.
  /// - Throws: `outputExists`, `tokenTypeOverflow`, `writeFailed`.
  package init(
    _ sink: SinkOutput, tokenizer: Tokenizer?, maximumID: UInt32, limits: ShardLimits,
    overwrites: Bool
  ) throws(TextError) {
    self.maximumID = tokenizer.map { UInt32($0.vocabularySize - 1) } ?? maximumID
    let type = try TokenType.choose(
      maximumID: self.maximumID, requested: .auto, format: sink.format)
    settings = SinkSettings(
      output: sink,
      shards: ShardSettings(format: sink.format, type: type, maximumID: self.maximumID),
      limits: try limits.completed(for: sink.format))
    if let tokenizer {
      options += [
        ("tokenizer_sha256", .string(tokenizer.sourceSHA256)),
        ("vocabulary_size", .integer(tokenizer.vocabularySize)),
      ]
    }
    options += [("format", .string(sink.format.rawValue))] + settings.limits.fields
    output = try TokenOutput(
      [settings], identity: nil, overwrites: overwrites, restarts: true)
  }

  /// Appends documents, whose ids are checked before any is written.
  ///
  /// - Throws: `tokenTypeOverflow` for an id that is too high; `writeFailed`, `badRecord`.
  package func append(_ documents: borrowing SampleBatch) throws(TextError) {
    let ids = documents.values.span
    for index in ids.indices where ids[index] > maximumID {
      throw TextError(
        .tokenTypeOverflow, "id \(ids[index]) is above \(maximumID), the highest that may come",
        remedy: "name the tokenizer of these ids, or a higher maximum")
    }
    guard output != nil else { preconditionFailure("ids for a writer that is finished") }
    try output?.append(documents)
    tokenCount += ids.count
  }

  /// Completes the set and gives its files their names; nothing can be appended afterwards.
  ///
  /// - Throws: `emptyCorpus` if there was no id, `writeFailed`.
  package func finish() throws(TextError) -> TokenFileSummary {
    guard tokenCount > 0 else {
      // Token files of no tokens at all cannot be mapped by their readers.
      throw TextError(.emptyCorpus, "no ids to write", remedy: "append some documents first")
    }
    guard var output = output.take() else {
      preconditionFailure("a writer that is finished twice")
    }
    var manifest = Manifest(kind: "token-files", toolVersion: toolVersion)
    manifest.options = options
    return try output.publish(manifest: { _ in manifest })[0]
  }
}
