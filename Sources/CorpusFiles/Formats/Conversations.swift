// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// How a conversation stands in a document's text.
///
/// Each message is ``mark``, the number of its role, and its content, which is well-formed UTF-8 and so
/// never holds the mark.
package enum ConversationText {
  /// No byte of UTF-8.
  package static let mark: UInt8 = 0xFF
  /// The bytes before each content.
  package static let headBytes = 2
  /// Numbers of roles are a byte.
  package static let maximumRoles = 128

  /// The message that begins at `offset` of `text`, nil at `end`, where the document ends; `offset`
  /// moves behind it.
  ///
  /// - Returns: The number of its role, and where its content stands in `text`.
  /// - Complexity: O(n).
  package static func nextMessage(
    of text: Span<UInt8>, at offset: inout Int, end: Int
  ) -> (role: Int, content: Range<Int>)? {
    if offset == end { return nil }
    precondition(text[offset] == mark, "a document that is no conversation")
    let role = Int(text[offset + 1])
    let start = offset + headBytes
    offset = firstOffset(of: mark, or: mark, in: text.extracting(0..<end), from: start)
    return (role, start..<offset)
  }
}

/// Makes documents of JSON records that are conversations:
/// `{"messages": [{"role": …, "content": …}, …]}`, or, as ShareGPT has them,
/// `{"conversations": [{"from": …, "value": …}, …]}`.
struct ConversationDocuments: ~Copyable {
  /// The roles there are; messages have the places of theirs.
  private let roles: [String]
  private let metadata: [Int]
  private var reader: JSONPathReader

  /// The paths of the reader, behind which those of metadata come.
  private enum Path {
    static let messages = 0
    static let conversations = 1
    static let each = 2
    static let role = 3
    static let content = 4
    static let from = 5
    static let value = 6
    /// What templates do not render, and nobody should lose without a word.
    static let calls = 7...8

    static let texts = [
      "messages", "conversations", "[]", "role", "content", "from", "value", "tool_calls",
      "function_call",
    ]
  }

  init(roles: [String], _ options: CorpusOptions) {
    self.roles = roles
    var paths = Path.texts.compactMap { JSONPath($0) }
    precondition(paths.count == Path.texts.count, "a fixed path that cannot be understood")
    var metadata: [Int] = []
    if options.keepsMetadata {
      for field in MetadataField.allCases {
        metadata.append(paths.count)
        paths.append(JSONPath(options.metadataFields[field] ?? field.name) ?? .root)
      }
    }
    self.metadata = metadata
    reader = JSONPathReader(paths)
  }

  /// Appends the conversation of the JSON text at `range` of `text`, or its reject.
  ///
  /// - Returns: What is wrong with the JSON, if that is why there is no document.
  mutating func append(
    _ text: borrowing ByteBuffer, _ range: Range<Int>, _ record: Record,
    to batch: inout DocumentBatch
  ) -> String? {
    switch reader.parse(text, range) {
    case .failure(let fault): return fault.message
    case .success(let node):
      if let fault = appendMessages(of: node, to: &batch) {
        batch.reject(record, fault)
      } else {
        appendMetadata(of: node, to: &batch)
        batch.endDocument(line: record.line, byteOffset: record.byteOffset)
      }
      return nil
    }
  }

  /// Appends the messages of `node`; nil, or why it is no conversation.
  private func appendMessages(of node: JSONNode, to batch: inout DocumentBatch) -> String? {
    if reader.kind(of: node) != .object { return "not a JSON object" }
    var isShareGPT = false
    var array = reader.nodes(at: Path.messages, from: node).first
    if array == nil {
      isShareGPT = true
      array = reader.nodes(at: Path.conversations, from: node).first
    }
    guard let array else { return "no field \"messages\" or \"conversations\"" }
    let name = isShareGPT ? "conversations" : "messages"
    if reader.kind(of: array) != .array { return "field \"\(name)\" is not an array" }
    let messages = reader.nodes(at: Path.each, from: array)
    if messages.isEmpty { return "no messages in \"\(name)\"" }
    for (index, message) in messages.enumerated() {
      if let fault = append(message, isShareGPT: isShareGPT, to: &batch) {
        return "message \(index + 1): \(fault)"
      }
    }
    return nil
  }

  private func append(
    _ message: JSONNode, isShareGPT: Bool, to batch: inout DocumentBatch
  ) -> String? {
    if reader.kind(of: message) != .object { return "not a JSON object" }
    let rolePath = isShareGPT ? Path.from : Path.role
    let contentPath = isShareGPT ? Path.value : Path.content
    // ---- The role ----
    guard let roleNode = reader.nodes(at: rolePath, from: message).first else {
      return "no field \"\(Path.texts[rolePath])\""
    }
    var name = ByteBuffer()
    guard reader.appendString(roleNode, to: &name) else {
      return "field \"\(Path.texts[rolePath])\" is not a string"
    }
    let role = name.makeString()
    guard let number = number(ofRole: role, isShareGPT: isShareGPT) else {
      return "unknown role \"\(role)\"; the template has \(roles.joined(separator: ", "))"
    }
    // ---- The content ----
    for path in Path.calls where holdsSomething(path, message) {
      return "field \"\(Path.texts[path])\", which templates do not write"
    }
    guard let content = reader.nodes(at: contentPath, from: message).first else {
      return "no field \"\(Path.texts[contentPath])\""
    }
    batch.text.append(ConversationText.mark)
    batch.text.append(UInt8(number))
    return reader.appendString(content, to: &batch.text)
      ? nil : "field \"\(Path.texts[contentPath])\" is not a string"
  }

  /// Whether the field at `path` is there, and neither null nor an empty array.
  private func holdsSomething(_ path: Int, _ message: JSONNode) -> Bool {
    guard let value = reader.nodes(at: path, from: message).first else { return false }
    switch reader.kind(of: value) {
    case .null: return false
    case .array: return !reader.nodes(at: Path.each, from: value).isEmpty
    default: return true
    }
  }

  private func number(ofRole name: String, isShareGPT: Bool) -> Int? {
    if let number = roles.firstIndex(of: name) { return number }
    guard isShareGPT else { return nil }
    return switch name {
    case "human": roles.firstIndex(of: "user")
    case "gpt": roles.firstIndex(of: "assistant")
    default: nil
    }
  }

  private func appendMetadata(of node: JSONNode, to batch: inout DocumentBatch) {
    for (field, path) in zip(MetadataField.allCases, metadata) {
      batch.setMetadata(field) { output in
        for value in reader.nodes(at: path, from: node) {
          if reader.appendScalar(value, to: &output) { return }
        }
      }
    }
  }
}

extension RecordParser {
  /// Refuses files that cannot hold conversations where these are wanted.
  func checkHoldsConversations(_ block: borrowing RecordBlock) throws(TextError) {
    guard options.chatRoles != nil, block.format != .jsonl, block.format != .json,
      !block.bytes.isEmpty
    else { return }
    throw TextError(
      .invalidArgument,
      "conversations are read from JSON, and this is taken for \(block.format.rawValue)",
      at: .init(path: block.path, line: block.firstLine, byteOffset: block.sourceOffset(of: 0)),
      remedy: "leave it out, or say --input-format jsonl if it is")
  }
}
