// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import CSimdJSON

/// Takes one string field, and others beside it, out of JSON lines, reusing its parser from line to
/// line.
///
/// Lines of the usual shape, strings and integers in one object, are read by a kernel in one pass, three
/// times as fast as by simdjson; all others, and so all that are not valid, by simdjson.
@safe
package struct JSONFieldReader: ~Copyable, @unchecked Sendable {
  // Invariants: `parser`, and names and values of both ways, are owned by this value alone; the names
  // point into `nameBytes`, which never changes. The values belong to the line read last, by simdjson
  // or by the kernel as `isPlain` says; those of the kernel point into the line.
  private let parser: OpaquePointer
  private let nameBytes: ByteBuffer
  private let names: UnsafeMutablePointer<csj_step>
  private let values: UnsafeMutablePointer<csj_value>
  private let plainNames: UnsafeMutablePointer<ck_json_name>
  private let plainValues: UnsafeMutablePointer<ck_json_value>
  private let nameCount: Int
  private let triesKernel: Bool
  private var isPlain = false
  /// A bit for each of `values` that the line has.
  private var found: UInt64 = 0

  /// What became of a line.
  package enum Outcome: Equatable {
    case appended
    case malformed(String)
    case notAnObject
    case missing
    case notAString
  }

  /// A reader of the top-level field `field`, and of `others`, 63 at most.
  ///
  /// - Parameters:
  ///   - field: The name of the field with the text.
  ///   - others: The names of the fields beside it.
  ///   - triesKernel: Whether the kernel is used at all; tests compare.
  package init(field: String, others: [String] = [], triesKernel: Bool = true) {
    guard let parser = unsafe csj_parser_new() else {
      preconditionFailure("no memory for a JSON parser")
    }
    unsafe self.parser = parser
    let all = [field] + others
    precondition(all.count <= 64, "a bit for each field")
    nameCount = all.count
    var bytes = ByteBuffer()
    for name in all { bytes.append(name) }
    unsafe names = .allocate(capacity: all.count)
    unsafe values = .allocate(capacity: all.count)
    unsafe plainNames = .allocate(capacity: all.count)
    unsafe plainValues = .allocate(capacity: all.count)
    // The kernel gives a field to one of its names.
    self.triesKernel = triesKernel && Set(all).count == all.count
    var offset = 0
    for (index, name) in all.enumerated() {
      unsafe (names + index).initialize(
        to: csj_step(name: bytes.elements + offset, count: name.utf8.count))
      unsafe (values + index).initialize(to: csj_value())
      unsafe (plainNames + index).initialize(
        to: ck_json_name(name: bytes.elements + offset, count: name.utf8.count))
      unsafe (plainValues + index).initialize(to: ck_json_value())
      offset += name.utf8.count
    }
    nameBytes = bytes
  }

  deinit {
    unsafe csj_parser_free(parser)
    unsafe names.deallocate()
    unsafe values.deallocate()
    unsafe plainNames.deallocate()
    unsafe plainValues.deallocate()
  }

  /// Parses the line at `range` of `text`, well-formed UTF-8 that stays until the other fields are taken,
  /// and appends its field's string to `output`.
  ///
  /// - Complexity: O(n) in the line, all of which is checked.
  package mutating func appendField(
    of text: borrowing ByteBuffer, _ range: Range<Int>, to output: inout ByteBuffer
  ) -> Outcome {
    precondition(range.lowerBound >= 0 && range.upperBound <= text.count)
    if triesKernel, let outcome = appendPlainField(of: text, range, to: &output) { return outcome }
    isPlain = false
    found = 0
    var root = unsafe csj_value()
    // Safe: the line lies inside the buffer, which has CSJ_PADDING readable bytes behind its end.
    let message = unsafe csj_parse(parser, text.elements + range.lowerBound, range.count, &root)
    if let message = unsafe message { return .malformed(unsafe String(cString: message)) }
    guard unsafe csj_kind_of(root) == CSJ_OBJECT else { return .notAnObject }
    found = unsafe csj_fields(root, names, nameCount, values)
    guard found & 1 == 1 else { return .missing }
    return unsafe appendString(values[0], to: &output) ? .appended : .notAString
  }

  /// The same by the kernel; nil if that leaves the line to simdjson.
  private mutating func appendPlainField(
    of text: borrowing ByteBuffer, _ range: Range<Int>, to output: inout ByteBuffer
  ) -> Outcome? {
    let room = range.count + 32
    // Safe: 64 bytes behind the buffer's last are readable, and `room` is what the kernel asks for.
    unsafe output.append(room: room) { spare in
      isPlain = unsafe ck_json_fields(
        text.elements + range.lowerBound, range.count, plainNames, nameCount, plainValues, spare)
      guard isPlain, unsafe plainValues[0].kind == CK_JSON_STRING else { return 0 }
      return unsafe plainValues[0].count
    }
    guard isPlain else { return nil }
    switch unsafe plainValues[0].kind {
    case CK_JSON_STRING: return .appended
    case CK_JSON_ABSENT: return .missing
    default: return .notAString
    }
  }

  /// Appends what field `index` of the others says in the line last parsed, if it is a string or an
  /// integer.
  package func appendOther(_ index: Int, to output: inout ByteBuffer) {
    if isPlain {
      let value = unsafe plainValues[index + 1]
      guard unsafe value.kind == CK_JSON_STRING || value.kind == CK_JSON_INTEGER else { return }
      return unsafe output.append(copying: Span(_unsafeStart: value.start, count: value.count))
    }
    guard found >> UInt64(index + 1) & 1 == 1 else { return }
    let value = unsafe values[index + 1]
    if unsafe appendString(value, to: &output) { return }
    var number: Int64 = 0
    if unsafe csj_integer(value, &number) { output.append(String(number)) }
  }

  private func appendString(_ value: csj_value, to output: inout ByteBuffer) -> Bool {
    var count = 0
    guard let bytes = unsafe csj_string(value, &count) else { return false }
    unsafe output.append(copying: Span(_unsafeStart: bytes, count: count))
    return true
  }
}
