// SPDX-License-Identifier: Apache-2.0

internal import CSimdJSON

/// A way through JSON values: field names and, as `[]`, all elements of an array.
///
/// `document[].paragraph[].form` leads to the `form` of every paragraph of every document. A backslash
/// takes the next character for itself: `a\.b` is the one field "a.b".
package struct JSONPath: Hashable, Sendable {
  package enum Step: Hashable, Sendable {
    case field([UInt8])
    case each
  }

  package private(set) var steps: [Step] = []
  /// The path as it was written.
  package let text: String

  /// The path that `text` spells; nil if a name is missing, or a bracket is not that of `[]`.
  package init?(_ text: String) {
    self.text = text
    var name: [UInt8] = []
    var isOpen = true
    let bytes = Array(text.utf8)
    var index = 0
    func isName() -> Bool { isOpen && !name.isEmpty }
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\\") where index + 1 < bytes.count:
        guard isOpen else { return nil }
        index += 1
        name.append(bytes[index])
      case UInt8(ascii: "."):
        if isName() { steps.append(.field(name)) } else if isOpen { return nil }
        (name, isOpen) = ([], true)
      case UInt8(ascii: "["):
        guard index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "]") else { return nil }
        if isName() { steps.append(.field(name)) } else if isOpen, !steps.isEmpty { return nil }
        (name, isOpen) = ([], false)
        steps.append(.each)
        index += 1
      case UInt8(ascii: "]"): return nil
      case let byte:
        guard isOpen else { return nil }
        name.append(byte)
      }
      index += 1
    }
    if isName() { steps.append(.field(name)) } else if isOpen { return nil }
  }

  /// The path of `steps`, which `text` describes.
  package init(_ steps: some Sequence<Step>, text: String) {
    self.steps = Array(steps)
    self.text = text
  }

  /// The path that leads to the value it starts from.
  package static let root = JSONPath([], text: "")
}

/// A value of the text that a ``JSONPathReader`` parsed last.
@safe
package struct JSONNode {
  fileprivate let raw: csj_value
  fileprivate let generation: Int

  fileprivate init(_ raw: csj_value, _ generation: Int) {
    unsafe self.raw = raw
    self.generation = generation
  }
}

/// Follows fixed paths through one JSON text after the other, reusing its parser.
@safe
package struct JSONPathReader: ~Copyable, @unchecked Sendable {
  // Invariants: `parser` and the steps and names behind them are owned by this value alone. A node is
  // used only while `generation` is its own: until the next parse.
  private let parser: OpaquePointer
  private let steps: UnsafeMutablePointer<csj_step>
  private let names: ByteBuffer
  private let ranges: [Range<Int>]
  private var generation = 0

  /// A reader of `paths`, which go by their place in the list.
  package init(_ paths: [JSONPath]) {
    guard let parser = unsafe csj_parser_new() else {
      preconditionFailure("no memory for a JSON parser")
    }
    unsafe self.parser = parser
    var names = ByteBuffer()
    for case .field(let name) in paths.flatMap(\.steps) {
      names.append(copying: name.span)
      names.append(0)
    }
    let total = paths.reduce(0) { $0 + $1.steps.count }
    unsafe steps = .allocate(capacity: max(total, 1))
    var ranges: [Range<Int>] = []
    var next = 0
    var offset = 0
    for path in paths {
      ranges.append(next..<next + path.steps.count)
      for step in path.steps {
        switch step {
        case .each: unsafe (steps + next).initialize(to: csj_step(name: nil, count: 0))
        case .field(let name):
          unsafe (steps + next).initialize(
            to: csj_step(name: names.elements + offset, count: name.count))
          offset += name.count + 1
        }
        next += 1
      }
    }
    self.names = names
    self.ranges = ranges
  }

  deinit {
    unsafe csj_parser_free(parser)
    unsafe steps.deallocate()
  }

  /// Parses the JSON text at `range` of `text`.
  ///
  /// - Returns: Its value, or simdjson's message of what is wrong.
  /// - Complexity: O(n), all of which is checked.
  package mutating func parse(
    _ text: borrowing ByteBuffer, _ range: Range<Int>
  ) -> Result<JSONNode, JSONFault> {
    precondition(range.lowerBound >= 0 && range.upperBound <= text.count)
    generation += 1
    var root = unsafe csj_value()
    // Safe: the text lies inside the buffer, which has CSJ_PADDING readable bytes behind its end.
    let message = unsafe csj_parse(parser, text.elements + range.lowerBound, range.count, &root)
    if let message = unsafe message {
      return .failure(JSONFault(message: unsafe String(cString: message)))
    }
    return .success(unsafe JSONNode(root, generation))
  }

  /// The kind of `node`.
  package func kind(of node: JSONNode) -> JSONValue.Kind {
    precondition(node.generation == generation, "a JSON node is used after its text")
    return switch unsafe csj_kind_of(node.raw) {
    case CSJ_FALSE, CSJ_TRUE: .bool
    case CSJ_INTEGER, CSJ_DOUBLE: .number
    case CSJ_STRING: .string
    case CSJ_ARRAY: .array
    case CSJ_OBJECT: .object
    default: .null
    }
  }

  /// The values that path `index` leads to from `node`, in order.
  package func nodes(at index: Int, from node: JSONNode) -> [JSONNode] {
    precondition(node.generation == generation, "a JSON node is used after its text")
    let range = ranges[index]
    var found = unsafe FoundNodes(nodes: [], generation: generation)
    // Safe: csj_each_at calls back before it returns, while `found` is alive.
    unsafe withUnsafeMutablePointer(to: &found) { found in
      unsafe csj_each_at(
        node.raw, steps + range.lowerBound, range.count,
        { context, _, _, value in
          guard let context = unsafe context else { return false }
          let found = unsafe context.assumingMemoryBound(to: FoundNodes.self)
          let node = unsafe JSONNode(value, found.pointee.generation)
          unsafe found.pointee.nodes.append(node)
          return true
        }, found)
    }
    return unsafe found.nodes
  }

  /// Appends the string that `node` is to `output`; false for other kinds.
  package func appendString(_ node: JSONNode, to output: inout ByteBuffer) -> Bool {
    precondition(node.generation == generation, "a JSON node is used after its text")
    var count = 0
    guard let bytes = unsafe csj_string(node.raw, &count) else { return false }
    unsafe output.append(copying: Span(_unsafeStart: bytes, count: count))
    return true
  }

  /// Appends what `node` says if it is a string or an integer; false for other kinds.
  package func appendScalar(_ node: JSONNode, to output: inout ByteBuffer) -> Bool {
    if appendString(node, to: &output) { return true }
    var value: Int64 = 0
    guard unsafe csj_integer(node.raw, &value) else { return false }
    output.append(String(value))
    return true
  }
}

/// What is wrong with a JSON text.
package struct JSONFault: Error {
  package let message: String
}

@unsafe
private struct FoundNodes {
  var nodes: [JSONNode]
  let generation: Int
}

/// Overwrites the escapes of lone surrogates in the JSON `text` by `\uFFFD`, in place.
///
/// JSON allows them (RFC 8259, section 8.2); UTF-8 has no form for them.
///
/// - Returns: How many there were.
/// - Complexity: O(n).
package func replaceLoneSurrogates(in text: inout ByteBuffer) -> Int {
  var replaced = 0
  var index = 0
  while index + 1 < text.count {
    guard text[index] == UInt8(ascii: "\\") else {
      index += 1
      continue
    }
    guard let unit = escapedUnit(text, at: index), 0xD800...0xDFFF ~= unit else {
      index += 2
      continue
    }
    if unit < 0xDC00, let low = escapedUnit(text, at: index + 6), 0xDC00...0xDFFF ~= low {
      index += 12
      continue
    }
    for (offset, byte) in "FFFD".utf8.enumerated() { text[index + 2 + offset] = byte }
    replaced += 1
    index += 6
  }
  return replaced
}

/// The code unit that the escape `\uXXXX` at `index` spells, nil if there is none.
private func escapedUnit(_ text: borrowing ByteBuffer, at index: Int) -> UInt32? {
  guard index + 6 <= text.count, text[index] == UInt8(ascii: "\\"),
    text[index + 1] == UInt8(ascii: "u")
  else { return nil }
  var unit: UInt32 = 0
  for offset in 2..<6 {
    guard let digit = hexadecimalValue(text[index + offset]) else { return nil }
    unit = unit << 4 | UInt32(digit)
  }
  return unit
}

/// The value of a hexadecimal digit, nil for other bytes.
package func hexadecimalValue(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}
