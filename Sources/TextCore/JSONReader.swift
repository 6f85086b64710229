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

  /// The elements of an array; empty for other kinds.
  package var elements: [JSONValue] { kind == .array ? members.map { $0.value } : [] }

  /// The fields of an object in the file's order; empty for other kinds.
  package var fields: [(name: String, value: JSONValue)] { kind == .object ? members : [] }

  private var members: [(name: String, value: JSONValue)] {
    final class Collector {
      let document: JSONDocument
      var found: [(name: String, value: JSONValue)] = []
      init(_ document: JSONDocument) { self.document = document }
    }
    let collector = Collector(document)
    // Safe: csj_each calls back before it returns, while `collector` is alive.
    unsafe csj_each(
      raw,
      { context, name, nameCount, value in
        guard let context = unsafe context else { return false }
        let collector = unsafe Unmanaged<Collector>.fromOpaque(context).takeUnretainedValue()
        let bytes = unsafe UnsafeBufferPointer(start: name, count: nameCount)
        let text = unsafe String(decoding: bytes, as: UTF8.self)
        unsafe collector.found.append(
          (text, JSONValue(document: collector.document, raw: value)))
        return true
      }, Unmanaged.passUnretained(collector).toOpaque())
    return withExtendedLifetime(collector) { collector.found }
  }
}

/// Takes one string field out of JSON lines, reusing its parser from line to line.
@safe
package struct JSONFieldReader: ~Copyable, @unchecked Sendable {
  // Invariant: `parser` is owned by this value alone.
  private let parser: OpaquePointer
  private let field: String

  /// What became of a line.
  package enum Outcome: Equatable {
    case appended
    case malformed(String)
    case notAnObject
    case missing
    case notAString
  }

  /// A reader of the top-level field `field`.
  package init(field: String) {
    guard let parser = unsafe csj_parser_new() else {
      preconditionFailure("no memory for a JSON parser")
    }
    unsafe self.parser = parser
    self.field = field
  }

  deinit { unsafe csj_parser_free(parser) }

  /// Parses the line at `range` of `text` and appends its field's string to `output`.
  ///
  /// - Complexity: O(n) in the line, all of which is checked.
  package func appendField(
    of text: borrowing ByteBuffer, _ range: Range<Int>, to output: inout ByteBuffer
  ) -> Outcome {
    precondition(range.lowerBound >= 0 && range.upperBound <= text.count)
    var root = unsafe csj_value()
    // Safe: the line lies inside the buffer, which has CSJ_PADDING readable bytes behind its end.
    let message = unsafe csj_parse(parser, text.elements + range.lowerBound, range.count, &root)
    if let message = unsafe message { return .malformed(unsafe String(cString: message)) }
    guard unsafe csj_kind_of(root) == CSJ_OBJECT else { return .notAnObject }
    var value = unsafe csj_value()
    let found = unsafe field.utf8.span.withUnsafeBufferPointer {
      unsafe csj_field(root, $0.baseAddress, $0.count, &value)
    }
    guard found else { return .missing }
    var count = 0
    guard let bytes = unsafe csj_string(value, &count) else { return .notAString }
    unsafe output.append(copying: Span(_unsafeStart: bytes, count: count))
    return .appended
  }
}
