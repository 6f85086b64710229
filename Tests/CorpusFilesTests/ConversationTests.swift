// SPDX-License-Identifier: Apache-2.0

import CorpusFiles
import TestSupport
import Testing
import TextCore

@Suite("Conversations")
struct ConversationTests {
  private static let lines = [
    #"{"id": "a", "messages": [{"role": "user", "content": "안녕\n하세요"}, {"content": "", "role": "assistant"}]}"#,
    #"{"messages": [{"role": "robot", "content": "x"}]}"#,
    "",
    #"{"conversations": [{"from": "human", "value": "\ud55c \uD800 글"}, {"from": "gpt", "value": "네"}]}"#,
    #"{"messages": 3}"#,
    #"{"messages": [{"role": "user", "content": ["x"]}, {"role": "user", "content": "y"}]}"#,
    #"{"title": 7, "messages": [{"role": "user", "content": "끝", "tool_calls": null, "function_call": []}]}"#,
  ]

  /// The role and the content of each message of a document.
  private func messages(_ document: [UInt8]) -> [String] {
    var offset = 0
    var found: [String] = []
    while let message = ConversationText.nextMessage(
      of: document.span, at: &offset, end: document.count)
    {
      found.append("\(message.role) \(String(decoding: document[message.content], as: UTF8.self))")
    }
    return found
  }

  @Test("blocks of every size give the same conversations and rejects")
  func everyBlockSize() throws {
    let bytes = Array((Self.lines.joined(separator: "\n") + "\n").utf8)
    for block in 1...bytes.count {
      var options = CorpusOptions(format: .jsonl, blockBytes: block)
      options.chatRoles = ["user", "assistant"]
      let reading = try Reading(bytes: bytes, options)
      #expect(
        reading.documents.map { messages($0) } == [
          ["0 안녕\n하세요", "1 "], ["0 한 \u{FFFD} 글", "1 네"], ["0 끝"],
        ])
      #expect(reading.lines == [1, 4, 7])
      #expect(reading.metadata.map { $0[0] } == ["a", "", ""])
      #expect(reading.metadata[2][1] == "7")
      #expect(reading.replacedSequences == 1)
      #expect(reading.plainRejects.map(\.line) == [2, 5, 6])
      #expect(
        reading.plainRejects.map(\.reason) == [
          "message 1: unknown role \"robot\"; the template has user, assistant",
          "field \"messages\" is not an array", "message 1: field \"content\" is not a string",
        ])
    }
  }

  @Test("bytes that are not UTF-8 never look like the mark between messages")
  func illFormed() throws {
    let head = #"{"messages": [{"role": "user", "content": "a"#
    let bytes = Array(head.utf8) + [0xFF, 0x01] + Array(#"b"}]}"#.utf8)
    for policy in [InvalidUTF8Policy.replace, .keep] {
      var options = CorpusOptions(format: .jsonl, invalidUTF8: policy)
      options.chatRoles = ["user", "assistant"]
      var clean = bytes
      clean.removeAll { $0 == 0x01 }
      let reading = try Reading(bytes: clean, options)
      #expect(reading.documents.map { messages($0) } == [["0 a\u{FFFD}b"]])
      // A control character is no JSON.
      #expect(try Reading(bytes: bytes, options).rejects.count == 1)
    }
  }
}
