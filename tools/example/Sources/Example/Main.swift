// SPDX-License-Identifier: Apache-2.0

import Malmoi

/// Shows how a text is cut: each token with its id, then the text again, made of the ids.
///
///     swift run Example TOKENIZER TEXT
@main
struct Example {
  static func main() {
    let arguments = CommandLine.arguments
    guard arguments.count == 3 else {
      print("usage: Example TOKENIZER TEXT")
      return
    }
    do {
      try show(arguments[2], cutBy: arguments[1])
    } catch {
      // One line: where, what, remedy.
      print(error)
    }
  }

  static func show(_ text: String, cutBy path: String) throws(TextError) {
    // A directory of malmoi train, a tokenizer.json or a .tiktoken file.
    let tokenizer = try Tokenizer.load(path)
    print("\(tokenizer.vocabularySize) ids")

    let ids = try tokenizer.encode(text)
    for id in ids {
      // A token may be part of a character; then it is no text of its own.
      let bytes = try tokenizer.decodeBytes([id])
      print(id, String(validating: bytes, as: UTF8.self) ?? "\(bytes)", separator: "\t")
    }
    print(try tokenizer.decode(ids))
  }
}
