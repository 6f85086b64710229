// SPDX-License-Identifier: Apache-2.0

internal import CSimdJSON

/// A parsed JSON document, by simdjson; its values keep it alive.
@safe
package final class JSONDocument {
  // Invariant: `parser` is owned by this object and parsed exactly once, so every csj_value made
  // from it stays valid as long as the object.
  private let parser: OpaquePointer

  /// The outermost value.
  package var root: JSONValue { unsafe JSONValue(document: self, raw: rawRoot) }
  private var rawRoot: csj_value

  /// Parses `text`, a whole JSON document.
  ///
  /// - Throws: a `malformedVocabulary` error at `path`, unless `code` says otherwise.
  package init(
    _ text: borrowing ByteBuffer, path: String, code: TextError.Code = .malformedVocabulary
  ) throws(TextError) {
    guard let parser = unsafe csj_parser_new() else {
      preconditionFailure("no memory for a JSON parser")
    }
    unsafe self.parser = parser
    unsafe rawRoot = csj_value()
    // Safe: a buffer has CSJ_PADDING readable bytes behind its last element.
    let message = unsafe csj_parse(parser, text.elements, text.count, &rawRoot)
    if let message = unsafe message {
      throw TextError(
        code, "not valid JSON: \(unsafe String(cString: message))", at: .init(path: path),
        remedy: "check that the file is complete")
    }
  }

  deinit { unsafe csj_parser_free(parser) }
}

/// A value inside a ``JSONDocument``.
@safe
package struct JSONValue {
  private let document: JSONDocument
  private let raw: csj_value

  fileprivate init(document: JSONDocument, raw: csj_value) {
    self.document = document
    unsafe self.raw = raw
  }

  package enum Kind { case null, bool, number, string, array, object }

  package var kind: Kind {
    switch unsafe csj_kind_of(raw) {
    case CSJ_FALSE, CSJ_TRUE: .bool
    case CSJ_INTEGER, CSJ_DOUBLE: .number
    case CSJ_STRING: .string
    case CSJ_ARRAY: .array
    case CSJ_OBJECT: .object
    default: .null
    }
  }

  package var isNull: Bool { kind == .null }

  package var string: String? {
    var count = 0
    guard let bytes = unsafe csj_string(raw, &count) else { return nil }
    return unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  }

  package var integer: Int? {
    var value: Int64 = 0
    return unsafe csj_integer(raw, &value) ? Int(value) : nil
  }

  /// The value of any number.
  package var double: Double? {
    var value: Double = 0
    return unsafe csj_double(raw, &value) ? value : nil
  }

  package var bool: Bool? {
    switch unsafe csj_kind_of(raw) {
    case CSJ_TRUE: true
    case CSJ_FALSE: false
    default: nil
    }
  }

  /// The field `name` of an object; of several fields of that name the last.
  package subscript(name: String) -> JSONValue? {
    var value = unsafe csj_value()
    let found = unsafe name.utf8.span.withUnsafeBufferPointer {
      unsafe csj_field(raw, $0.baseAddress, $0.count, &value)
    }
    return found ? unsafe JSONValue(document: document, raw: value) : nil
  }

  /// The element `index` of an array, or nil.
  ///
  /// - Complexity: O(`index`).
  package subscript(index: Int) -> JSONValue? {
    var value = unsafe csj_value()
    let found = unsafe csj_element(raw, index, &value)
    return found ? unsafe JSONValue(document: document, raw: value) : nil
  }

  /// Calls `body` with the UTF-8 of a string, or with nil for other kinds.
  package func withString<Result>(_ body: (Span<UInt8>?) -> Result) -> Result {
    var count = 0
    guard let bytes = unsafe csj_string(raw, &count) else { return body(nil) }
    // Safe: the document owns the bytes, and this value keeps it alive.
    return withExtendedLifetime(document) {
      unsafe body(Span(_unsafeStart: bytes, count: count))
    }
  }

  /// Calls `body` with each element of an array, in order; not at all for other kinds.
  package func forEachElement(
    _ body: (JSONValue) throws(TextError) -> Void
  ) throws(TextError) {
    if kind != .array { return }
    let members = unsafe members
    for index in unsafe 0..<members.count {
      try body(unsafe JSONValue(document: document, raw: members[index].value))
    }
  }

  /// Calls `body` with the name and value of each field of an object, in the file's order; not at all
  /// for other kinds.
  package func forEachField(
    _ body: (Span<UInt8>, JSONValue) throws(TextError) -> Void
  ) throws(TextError) {
    if kind != .object { return }
    let members = unsafe members
    for index in unsafe 0..<members.count {
      let member = unsafe members[index]
      // Safe: the document owns the bytes, and this value keeps it alive.
      try body(
        unsafe Span(_unsafeStart: member.name, count: member.nameCount),
        unsafe JSONValue(document: document, raw: member.value))
    }
  }

  /// The elements of an array; empty for other kinds.
  package var elements: [JSONValue] {
    var elements: [JSONValue] = []
    try? forEachElement { elements.append($0) }
    return elements
  }

  /// The fields of an object in the file's order; empty for other kinds.
  package var fields: [(name: String, value: JSONValue)] {
    var fields: [(name: String, value: JSONValue)] = []
    try? forEachField { fields.append((String(decodingUTF8: $0), $1)) }
    return fields
  }

  /// A field, or an element, which has no name.
  @unsafe
  fileprivate struct Member: BitwiseCopyable {
    var name: UnsafePointer<UInt8>
    var nameCount: Int
    var value: csj_value
  }

  private var members: GrowableBuffer<Member> {
    var found = unsafe GrowableBuffer<Member>()
    // Safe: csj_each calls back before it returns, while `found` is alive; an element's lack of a
    // name is never looked at.
    unsafe withUnsafeMutablePointer(to: &found) { found in
      unsafe csj_each(
        raw,
        { context, name, nameCount, value in
          guard let context = unsafe context, let name = unsafe name else { return false }
          let found = unsafe context.assumingMemoryBound(to: GrowableBuffer<Member>.self)
          unsafe found.pointee.append(Member(name: name, nameCount: nameCount, value: value))
          return true
        }, found)
    }
    return unsafe found
  }
}

extension JSON {
  /// `value`, independent of the document that it is of.
  package init(copying value: JSONValue) {
    switch value.kind {
    case .null: self = .null
    case .bool: self = .bool(value.bool ?? false)
    case .number: self = value.integer.map { .integer($0) } ?? .double(value.double ?? .nan)
    case .string: self = .string(value.string ?? "")
    case .array: self = .array(value.elements.map { JSON(copying: $0) })
    case .object: self = .object(value.fields.map { ($0.name, JSON(copying: $0.value)) })
    }
  }
}
