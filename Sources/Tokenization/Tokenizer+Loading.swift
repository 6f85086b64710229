// SPDX-License-Identifier: Apache-2.0

internal import PreTokenization
public import TextCore
internal import VocabularyFiles

extension Tokenizer {
  /// The tokenizer at `path`: a directory with a `tokenizer.json` (or one `.tiktoken` file), or
  /// such a file.
  ///
  /// A `.tiktoken` file does not say how text is cut. It is known for the files that OpenAI and Meta
  /// published, by their SHA-256, and for those that stand beside the manifest of their training;
  /// for others it must be named.
  ///
  /// - Parameters:
  ///   - path: The directory or file.
  ///   - preTokenizer: The pre-tokenizer's name, such as "cl100k"; where the file says itself how
  ///     text is cut, it must be that.
  /// - Returns: The tokenizer, ready to be shared between threads.
  /// - Throws: `fileNotFound`, `readFailed`, `malformedVocabulary`, `unsupportedTokenizer`,
  ///   `invalidArgument`.
  public static func load(
    _ path: String, preTokenizer: String? = nil
  ) throws(TextError) -> Tokenizer {
    try load(path, preTokenizer: preTokenizer, cutsText: true)
  }

  /// The tokenizer at `path`, only to turn ids into text: how text is cut need not be known.
  package static func loadForDecoding(
    _ path: String, preTokenizer: String? = nil
  ) throws(TextError) -> Tokenizer {
    try load(path, preTokenizer: preTokenizer, cutsText: false)
  }

  private static func load(
    _ path: String, preTokenizer name: String?, cutsText: Bool
  ) throws(TextError) -> Tokenizer {
    let file = try vocabularyFile(path)
    return try make(
      readFile(file), path: file, preTokenizer: name, cutsText: cutsText,
      trained: { trainedPreTokenizer(file, sha256: $0) })
  }

  /// The tokenizer in `contents`, those of a vocabulary file; see ``load(_:preTokenizer:)``.
  package static func load(
    contents: borrowing ByteBuffer, preTokenizer: String? = nil
  ) throws(TextError) -> Tokenizer {
    try make(
      contents, path: "the vocabulary given", preTokenizer: preTokenizer, cutsText: true,
      trained: { _ in nil })
  }

  // The tokenizer in `contents`, told as those of `file` in errors. `trained` tells how a rank file of that
  // SHA-256 cuts text, if a manifest does.
  private static func make(
    _ contents: borrowing ByteBuffer, path file: String, preTokenizer name: String?,
    cutsText: Bool, trained: (String) -> PreTokenizer?
  ) throws(TextError) -> Tokenizer {
    let named = try name.map { (name) throws(TextError) in try preTokenizer(named: name) }
    let hash = SHA256.hash(contents.span)
    let first = contents.span.indices.first { contents[$0] > 0x20 }
    if let first, contents[first] == UInt8(ascii: "{") {
      let definition = try TokenizerJSON.read(contents, path: file)
      try check(named, is: definition.preTokenizer, of: file)
      return Tokenizer(definition, sourceSHA256: hash)
    }
    let known = knownRankFiles[hash] ?? trained(hash)
    if let known { try check(named, is: known, of: file) }
    // A file that is no rank file is told as such first.
    var definition = try TiktokenFile.read(contents, path: file, preTokenizer: .gpt2)
    guard let rule = named ?? known ?? (cutsText ? nil : .gpt2) else {
      throw TextError(
        .invalidArgument, "a .tiktoken file does not say how text is cut", at: .init(path: file),
        remedy: "name its --pre-tokenizer: one of \(PreTokenizer.names)")
    }
    definition.preTokenizer = rule
    return Tokenizer(definition, sourceSHA256: hash)
  }

  private static func preTokenizer(named name: String) throws(TextError) -> PreTokenizer {
    if let found = PreTokenizer(rawValue: name) { return found }
    throw TextError(
      .invalidArgument, "no pre-tokenizer is named \"\(name)\"",
      remedy: "name one of \(PreTokenizer.names)")
  }

  private static func check(
    _ named: PreTokenizer?, is own: PreTokenizer, of file: String
  ) throws(TextError) {
    guard let named, named != own else { return }
    throw TextError(
      .invalidArgument,
      "its pre-tokenizer is \(own.rawValue), not the \(named.rawValue) that --pre-tokenizer names",
      at: .init(path: file), remedy: "leave the option out")
  }

  /// Rank files that were published, by their SHA-256: r50k_base and p50k_base, cl100k_base,
  /// o200k_base (tiktoken's `openai_public.py`), and the `tokenizer.model` of Llama 3.
  private static let knownRankFiles: [String: PreTokenizer] = [
    "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930": .gpt2,
    "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069": .gpt2,
    "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7": .cl100k,
    "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d": .o200k,
    "82e9d31979e92ab929cd544440f129d9ecd797b69e327f80f17e1c50d5551b55": .llama3,
  ]

  /// What the manifest beside `file` says, if it is of a tokenizer and lists just these bytes.
  private static func trainedPreTokenizer(_ file: String, sha256: String) -> PreTokenizer? {
    let path = directoryPrefix(ofPath: file) + VocabularyFileNames.manifest
    guard kind(ofPath: path) == .file, let manifest = try? StoredManifest(path: path),
      manifest.kind == "tokenizer",
      manifest.outputs.contains(where: { $0.checksum == "sha256:" + sha256 })
    else { return nil }
    return (manifest.root["options"]?["pre_tokenizer"]?.string).flatMap(
      PreTokenizer.init(rawValue:))
  }

  private static func vocabularyFile(_ path: String) throws(TextError) -> String {
    guard kind(ofPath: path) == .directory else { return path }
    let names = try directoryEntries(path)
    let tiktoken = names.filter { $0.hasSuffix(".tiktoken") }
    if names.contains(VocabularyFileNames.tokenizerJSON) {
      return path + "/" + VocabularyFileNames.tokenizerJSON
    }
    if tiktoken.count == 1 { return path + "/" + tiktoken[0] }
    throw TextError(
      .fileNotFound, "no tokenizer.json in it", at: .init(path: path),
      remedy: "name a directory made by \"malmoi train\" or a vocabulary file")
  }
}
