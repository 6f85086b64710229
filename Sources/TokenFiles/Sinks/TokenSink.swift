// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Where samples go: one set of shards in one format.
///
/// Everything has a partial name until its publication is carried out. A sink that is dropped
/// before leaves nothing behind, unless a checkpoint was taken: then it leaves what the checkpoint
/// needs.
package protocol TokenSink: AnyObject {
  /// The paths of the set.
  var names: TokenFileNames { get }
  /// The stored type of ids.
  var type: TokenType { get }
  /// Bytes of ids so far, in all shards.
  var tokenByteCount: Int { get }

  /// Appends samples.
  ///
  /// - Throws: `writeFailed`; `badRecord` for a sample too long for the format.
  func append(_ samples: borrowing SampleBatch) throws(TextError)

  /// Ends the shard that is being filled, empty or not; what is appended next begins another.
  ///
  /// - Throws: `writeFailed`.
  func endShard() throws(TextError)

  /// Makes all samples so far durable; the value is what ``makeTokenSink`` needs to go on.
  ///
  /// - Throws: `writeFailed`.
  func checkpoint() throws(TextError) -> JSON

  /// Completes `manifest` with results and outputs, and makes all files durable under partial names.
  ///
  /// The disk can run full here, and not later.
  ///
  /// - Throws: `writeFailed`.
  func finish(
    manifest: consuming Manifest
  ) throws(TextError) -> (summary: TokenFileSummary, publication: Publication)

  /// Leaves all partial files where they are, because a journal tells what becomes of them.
  func keep()
}

/// What a sink writes and how it divides it.
package struct SinkSettings: Sendable {
  package var output: SinkOutput
  package var shards: ShardSettings
  package var limits: ShardLimits

  package init(output: SinkOutput, shards: ShardSettings, limits: ShardLimits = ShardLimits()) {
    self.output = output
    self.shards = shards
    self.limits = limits
  }
}

/// A format and where its files go, as `--sink FORMAT:PATH` says.
package struct SinkOutput: Sendable, Equatable {
  package var format: TokenFileFormat
  /// A directory, or a prefix of file names, as the format wants.
  package var path: String

  package init(format: TokenFileFormat, path: String) {
    self.format = format
    self.path = path
  }

  /// Reads `FORMAT:PATH`.
  ///
  /// - Throws: `invalidArgument`.
  package init(parsing text: String) throws(TextError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let known = TokenFileFormat.allCases.map(\.rawValue).joined(separator: ", ")
    guard parts.count == 2, !parts[1].isEmpty else {
      throw TextError(
        .invalidArgument, "\"\(text)\" is no sink",
        remedy: "write FORMAT:PATH, FORMAT one of \(known)"
      )
    }
    guard let format = TokenFileFormat(rawValue: String(parts[0])) else {
      throw TextError(
        .invalidArgument, "there is no format \"\(parts[0])\"", remedy: "choose one of \(known)")
    }
    self.init(format: format, path: String(parts[1]))
  }

  package var names: TokenFileNames { TokenFileNames(format: format, path: path) }
}

/// When a shard is full.
package struct ShardLimits: Sendable, Equatable {
  /// The most tokens of a shard, unless a single sample has more.
  package var tokens: Int?
  /// The most bytes of a shard's main file, unless a single sample has more.
  package var bytes: Int?
  /// The stored bytes of input files with which a shard ends, beside the other limits; whoever reads the
  /// inputs says where that is, by ``TokenSink/endShard()``.
  package var inputBytes: Int?
  /// Like shares of a known whole, instead of limits.
  package var shares: Shares?
  /// So many shards that are filled at once, each with about as many tokens, instead of limits.
  package var balanced: Int?

  /// So many shards of about as many tokens each, in the order of the samples.
  package struct Shares: Sendable, Equatable {
    /// Tokens of all shards.
    package var tokens: Int
    package var count: Int

    package init(tokens: Int, count: Int) {
      precondition(tokens >= 0 && count > 0, "shares of nothing")
      self.tokens = tokens
      self.count = count
    }

    /// How many tokens there are up to the end of shard `number`.
    func end(of number: Int) -> Int {
      // Not tokens * (number + 1), which could overflow.
      tokens / count * (number + 1) + tokens % count * (number + 1) / count
    }
  }

  package init(tokens: Int? = nil, bytes: Int? = nil) {
    precondition(tokens ?? 1 > 0 && bytes ?? 1 > 0, "a shard of nothing")
    self.tokens = tokens
    self.bytes = bytes
  }

  /// Whether there may be more than one shard, so that they are numbered.
  package var isLimited: Bool { hasLimit || inputBytes != nil }

  /// Whether a shard has a limit of its own, whatever the inputs are.
  private var hasLimit: Bool {
    tokens != nil || bytes != nil || shares != nil || balanced != nil
  }

  /// The limits as manifests hold them.
  package var fields: [(String, JSON)] {
    [
      ("shard_tokens", tokens.map { .integer($0) } ?? .null),
      ("shard_bytes", bytes.map { .integer($0) } ?? .null),
    ] + (inputBytes.map { [("shard_input_bytes", .integer($0))] } ?? [])
      + (shares.map { [("shards", .integer($0.count))] } ?? [])
      + (balanced.map { [("balanced_shards", .integer($0))] } ?? [])
  }

  /// These limits with those that `format` has of itself.
  ///
  /// - Throws: `invalidArgument` for one that the format cannot reach.
  package func completed(for format: TokenFileFormat) throws(TextError) -> ShardLimits {
    var limits = self
    if balanced != nil, format.family == .chunks {
      throw TextError(
        .invalidArgument,
        "shards of \(format.rawValue) wait in memory until they are full, so that only one can be filled",
        remedy: "leave out --shards, and divide the finished set with \"malmoi split --shards\"")
    }
    if let most = format.maximumShardBytes, let bytes, bytes > most {
      throw TextError(
        .invalidArgument,
        "shards of \(bytes) bytes, where \(format.rawValue) files have at most \(most)",
        remedy: "choose a smaller --shard-bytes")
    }
    if let most = format.maximumShardTokens, let tokens, tokens > most {
      throw TextError(
        .invalidArgument,
        "shards of \(tokens) tokens, where \(format.rawValue) files have at most \(most)",
        remedy: "choose a smaller --shard-tokens")
    }
    if !hasLimit {
      limits.bytes = format.usualShardBytes
      limits.tokens = format.usualShardTokens
    }
    // Whatever else divides the shards, none may reach what the format cannot hold.
    if limits.tokens == nil { limits.tokens = format.maximumShardTokens }
    if limits.bytes == nil { limits.bytes = format.maximumShardBytes }
    return limits
  }
}

/// A sink of the settings' format, new or, with the state of a checkpoint, as it was then.
///
/// - Throws: `writeFailed`, `invalidArgument`; with a state `damagedArtefact` if the partial files
///   are not what it says.
package func makeTokenSink(
  _ settings: SinkSettings, continuing state: JSONValue? = nil
) throws(TextError) -> any TokenSink {
  switch settings.shards.format.family {
  case .flat: try ShardSet<FlatShardWriter>(settings, continuing: state)
  case .chunks: try ShardSet<ChunkShardWriter>(settings, continuing: state)
  case .records: try ShardSet<RecordShardWriter>(settings, continuing: state)
  }
}
