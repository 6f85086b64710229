// SPDX-License-Identifier: Apache-2.0

package import TextCore
internal import Tokenization
internal import VocabularyFiles

/// A tokenizer of the playground, by name and place; read when it is first used.
package struct PlaygroundTokenizer: Sendable, Equatable {
  /// What the page and its requests call it.
  package var name: String
  /// A directory, a tokenizer.json or a .tiktoken file.
  package var path: String
  /// How text is cut, for a .tiktoken file that does not say.
  package var preTokenizer: String?

  package init(name: String, path: String, preTokenizer: String? = nil) {
    self.name = name
    self.path = path
    self.preTokenizer = preTokenizer
  }

  /// Reads it.
  ///
  /// - Throws: What ``Tokenizer/load(_:preTokenizer:)`` throws.
  func load() throws(TextError) -> Tokenizer {
    do {
      return try Tokenizer.load(path)
    } catch  where error.code == .invalidArgument && preTokenizer != nil {
      // The file does not say how text is cut.
      return try Tokenizer.load(path, preTokenizer: preTokenizer)
    }
  }
}

extension PlaygroundTokenizer {
  /// The tokenizers that arguments name, each as `PATH` or `NAME=PATH`.
  ///
  /// A path alone gives its name: that of the directory, or of the file without `.tiktoken`.
  ///
  /// - Throws: `fileNotFound`, `invalidArgument`.
  package static func named(
    by arguments: [String]
  ) throws(TextError) -> [PlaygroundTokenizer] {
    var found: [PlaygroundTokenizer] = []
    for argument in arguments {
      let (name, path) = parts(of: argument)
      if kind(ofPath: path) == .missing {
        throw TextError(
          .fileNotFound, "no such file", at: .init(path: path),
          remedy: "name a tokenizer's directory or file, or NAME=PATH")
      }
      let tokenizer = PlaygroundTokenizer(name: name ?? self.name(ofPath: path), path: path)
      if found.contains(where: { $0.name == tokenizer.name }) {
        throw TextError(
          .invalidArgument, "two tokenizers are named \"\(tokenizer.name)\"",
          remedy: "call one of them otherwise, as in NAME=\(path)")
      }
      found.append(tokenizer)
    }
    return found
  }

  /// `tokenizers` with the pre-tokenizers that `arguments` name: `NAME=RULE` for the tokenizer of that
  /// name, `RULE` for all others; either counts where a file does not say how text is cut.
  ///
  /// - Throws: `invalidArgument`.
  package static func apply(
    _ arguments: [String], to tokenizers: [PlaygroundTokenizer]
  ) throws(TextError) -> [PlaygroundTokenizer] {
    var tokenizers = tokenizers
    for argument in arguments { try apply(argument, to: &tokenizers) }
    return tokenizers
  }

  /// The tokenizers that are shipped in the directory `vocabulary`, in the order of their names.
  ///
  /// - Throws: `readFailed`.
  package static func shipped(in vocabulary: String) throws(TextError) -> [PlaygroundTokenizer] {
    try directoryEntries(vocabulary).sorted().compactMap { name in
      let path = "\(vocabulary)/\(name)"
      guard kind(ofPath: "\(path)/\(VocabularyFileNames.tokenizerJSON)") == .file else {
        return nil
      }
      return PlaygroundTokenizer(name: name, path: path)
    }
  }

  private static func apply(
    _ argument: String, to tokenizers: inout [PlaygroundTokenizer]
  ) throws(TextError) {
    guard let mark = argument.firstIndex(of: "=") else {
      for index in tokenizers.indices where tokenizers[index].preTokenizer == nil {
        tokenizers[index].preTokenizer = argument
      }
      return
    }
    let name = argument[..<mark]
    guard let index = tokenizers.firstIndex(where: { $0.name == name }) else {
      throw TextError(
        .invalidArgument, "--pre-tokenizer is for \"\(name)\", which is no tokenizer here",
        remedy: "the tokenizers are \(tokenizers.map(\.name).joined(separator: ", "))")
    }
    tokenizers[index].preTokenizer = String(argument[argument.index(after: mark)...])
  }

  /// The name and the path of `NAME=PATH`; an existing path may hold a `=` itself.
  private static func parts(of argument: String) -> (name: String?, path: String) {
    guard kind(ofPath: argument) == .missing, let mark = argument.firstIndex(of: "="),
      mark > argument.startIndex
    else { return (nil, argument) }
    return (String(argument[..<mark]), String(argument[argument.index(after: mark)...]))
  }

  private static func name(ofPath path: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    let name = baseName(path)
    if name.hasSuffix(".tiktoken") { return String(name.dropLast(".tiktoken".count)) }
    guard name == VocabularyFileNames.tokenizerJSON else { return name }
    let directory = String(directoryPrefix(ofPath: path).dropLast())
    return directory.isEmpty ? name : baseName(directory)
  }
}
