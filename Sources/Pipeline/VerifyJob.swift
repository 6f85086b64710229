// SPDX-License-Identifier: Apache-2.0

internal import CountFiles
package import TextCore
package import TokenFiles
internal import Tokenization
internal import VocabularyFiles

/// Checks an artefact against its manifest.
package struct VerifyJob {
  /// A tokenizer's directory, a prefix of token files, the manifest of either, or a count file.
  package var path: String
  /// Where given, every id of token files must be below its size.
  package var tokenizerPath: String?
  /// The id that ends every document, of files of ids alone.
  package var endOfDocument: UInt32?

  package init(path: String, tokenizerPath: String? = nil, endOfDocument: UInt32? = nil) {
    self.path = path
    self.endOfDocument = endOfDocument
    self.tokenizerPath = tokenizerPath
  }

  /// What was found sound.
  package enum Report: Sendable {
    case tokenizer(vocabularySize: Int, files: Int)
    /// With the text of the first document that has any, where a tokenizer is given.
    case tokenFiles(TokenFileSummary, sample: String?)
    case counts(rows: Int, pretokens: Int, sources: Int)
  }

  /// Runs the job.
  ///
  /// - Throws: `damagedArtefact` for the first fault; `fileNotFound`, `readFailed`.
  package func run() throws(TextError) -> Report {
    if CountFileReader.recognises(path) { return try verifyCounts() }
    if TokenFileReader.directory(of: path) != nil {
      return try verifyTokens(try TokenFileReader(path))
    }
    let manifestPath = isTokenizerDirectory ? path + "/manifest.json" : path
    if manifestPath.hasSuffix("manifest.json"), !manifestPath.hasSuffix(".manifest.json") {
      return try verifyTokenizer(try StoredManifest(path: manifestPath))
    }
    return try verifyTokens(try TokenFileReader(path, endOfDocument: endOfDocument))
  }

  private func verifyTokens(_ reader: TokenFileReader) throws(TextError) -> Report {
    var size = reader.manifest?.root["options"]?["vocabulary_size"]?.integer
    var tokenizer: Tokenizer?
    if let tokenizerPath {
      let loaded = try Tokenizer.loadForDecoding(tokenizerPath)
      try checkSame(loaded, reader.manifest)
      size = loaded.vocabularySize
      tokenizer = loaded
    }
    var sample: [UInt32] = []
    let summary = try verifyTokenFiles(reader, vocabularySize: size) { _, ids in
      if sample.isEmpty { sample = ids.indices.prefix(Self.sampleTokens).map { ids[$0] } }
    }
    return .tokenFiles(summary, sample: try tokenizer?.decode(sample))
  }

  /// Enough to see whether the text is that of the corpus.
  private static let sampleTokens = 40

  /// Refuses a tokenizer that is not the one that has made the files.
  private func checkSame(
    _ tokenizer: Tokenizer, _ manifest: StoredManifest?
  ) throws(TextError) {
    guard let manifest, let stated = manifest.root["options"]?["tokenizer_sha256"]?.string,
      stated != tokenizer.sourceSHA256
    else { return }
    throw TextError(
      .damagedArtefact,
      "made by the tokenizer whose SHA-256 is \(stated), not by this one (\(tokenizer.sourceSHA256))",
      at: .init(path: manifest.path), remedy: "name the tokenizer that has made the files")
  }

  private func verifyCounts() throws(TextError) -> Report {
    let reader = try CountFileReader(path)
    var row = CountRow()
    while try reader.next(&row) {}
    let totals = reader.manifest.totals
    return .counts(
      rows: totals.rows, pretokens: totals.occurrences.reduce(0, &+),
      sources: reader.manifest.sources.count)
  }

  /// Whether the path is a directory, and not the prefix of token files beside it that share its
  /// name.
  private var isTokenizerDirectory: Bool {
    guard kind(ofPath: path) == .directory else { return false }
    return kind(ofPath: path + "/manifest.json") == .file
      || kind(ofPath: path + ".manifest.json") != .file
  }

  private func verifyTokenizer(_ manifest: StoredManifest) throws(TextError) -> Report {
    func damaged(_ path: String, _ what: String) -> TextError {
      TextError(.damagedArtefact, what, at: .init(path: path), remedy: "train it again")
    }
    guard manifest.kind == "tokenizer" else {
      throw damaged(manifest.path, "the manifest is of \(manifest.kind), not of a tokenizer")
    }
    for output in manifest.outputs {
      let path = manifest.directoryPrefix + output.name
      let contents = try readFile(path)
      guard contents.count == output.byteCount else {
        throw damaged(
          path, "\(contents.count) bytes long, where the manifest states \(output.byteCount)")
      }
      guard "sha256:" + SHA256.hash(contents.span) == output.checksum else {
        throw damaged(path, "its SHA-256 is not the one that the manifest states")
      }
    }
    let path = manifest.directoryPrefix + VocabularyFileNames.tokenizerJSON
    let tokenizer = try Tokenizer.load(path)
    let stated = manifest.root["results"]?["vocabulary_size"]?.integer
    guard stated == tokenizer.vocabularySize else {
      throw damaged(
        path, "holds \(tokenizer.vocabularySize) ids, not as many as the manifest states")
    }
    return .tokenizer(vocabularySize: tokenizer.vocabularySize, files: manifest.outputs.count)
  }
}
