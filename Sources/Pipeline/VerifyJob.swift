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

  package init(path: String, tokenizerPath: String? = nil) {
    self.path = path
    self.tokenizerPath = tokenizerPath
  }

  /// What was found sound.
  package enum Report: Sendable {
    case tokenizer(vocabularySize: Int, files: Int)
    case tokenFiles(TokenFileSummary)
    case counts(rows: Int, pretokens: Int, sources: Int)
  }

  /// Runs the job.
  ///
  /// - Throws: `damagedArtefact` for the first fault; `fileNotFound`, `readFailed`.
  package func run() throws(TextError) -> Report {
    if CountFileReader.recognises(path) { return try verifyCounts() }
    let manifestPath = isTokenizerDirectory ? path + "/manifest.json" : path
    if manifestPath.hasSuffix("manifest.json"), !manifestPath.hasSuffix(".manifest.json") {
      return try verifyTokenizer(try StoredManifest(path: manifestPath))
    }
    let reader = try TokenFileReader(path)
    var size = reader.manifest?.root["options"]?["vocabulary_size"]?.integer
    if let tokenizerPath { size = try Tokenizer.loadForDecoding(tokenizerPath).vocabularySize }
    return .tokenFiles(try verifyTokenFiles(reader, vocabularySize: size))
  }

  private func verifyCounts() throws(TextError) -> Report {
    let reader = try CountFileReader(path)
    while try reader.advance() {}
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
