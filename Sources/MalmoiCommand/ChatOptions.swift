// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CorpusFiles
import Pipeline
import TextCore
import Tokenization

/// How conversations are written for training.
struct ChatOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Each record is a conversation, {"messages": [{"role": …, "content": …}]} or ShareGPT's \
      {"conversations": [{"from": …, "value": …}]}, written in the template chatml, llama3 or exaone, or \
      in that of a JSON file (see docs/packing.md). Special tokens come from the template alone: \
      messages that spell one out are plain text. The column loss_mask is 1 for what the assistant \
      says and the token that ends it; formats without columns are refused.
      """, valueName: "template"))
  var chat: String?

  @Flag(help: "Of --chat: write the ids alone, without telling which of them count in the loss.")
  var noLossMask = false

  func check(_ reading: ReadingOptions) throws {
    if chat == nil {
      if noLossMask { throw ValidationError("--no-loss-mask needs --chat.") }
      return
    }
    let layout = reading.layout
    let others: [(String, Bool)] = [
      ("--field", layout.field != nil), ("--record", layout.record != nil),
      ("--template", layout.template != nil), ("--recipe", layout.recipe != nil),
      ("--documents", layout.documents != nil), ("--repair-mojibake", reading.repairMojibake),
    ]
    for (name, isGiven) in others where isGiven {
      throw ValidationError("\(name) says nothing about conversations; leave it or --chat out.")
    }
    switch layout.inputFormat {
    case nil, .auto, .json, .jsonl: break
    case .some(let format):
      throw ValidationError("--chat reads json and jsonl, not --input-format \(format.rawValue).")
    }
  }

  /// The template for `tokenizer`, nil without one.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `invalidArgument`.
  func layout(for tokenizer: Tokenizer) throws(TextError) -> ChatLayout? {
    guard let chat else { return nil }
    if let name = ChatTemplate.Name(rawValue: chat) {
      return try ChatLayout(ChatTemplate(name), tokenizer)
    }
    guard chat.hasSuffix(".json") else {
      let names = ChatTemplate.Name.allCases.map(\.rawValue).joined(separator: ", ")
      throw TextError(
        .invalidArgument, "there is no chat template \"\(chat)\"",
        remedy: "choose one of \(names), or name a .json file")
    }
    return try ChatLayout(ChatTemplate(path: chat), tokenizer)
  }
}
