// SPDX-License-Identifier: Apache-2.0

internal import CSimdJSON

/// Takes one string field, and others beside it, out of JSON lines, reusing its parser from line to
/// line.
@safe
package struct JSONFieldReader: ~Copyable, @unchecked Sendable {
  // Invariants: `parser`, `names` and `values` are owned by this value alone; the names point into
  // `nameBytes`, which never changes. `values` belong to the line parsed last.
  private let parser: OpaquePointer
  private let nameBytes: ByteBuffer
  private let names: UnsafeMutablePointer<csj_step>
  private let values: UnsafeMutablePointer<csj_value>
  private let nameCount: Int
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
  package init(field: String, others: [String] = []) {
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
    var offset = 0
    for (index, name) in all.enumerated() {
      unsafe (names + index).initialize(
        to: csj_step(name: bytes.elements + offset, count: name.utf8.count))
      unsafe (values + index).initialize(to: csj_value())
      offset += name.utf8.count
    }
    nameBytes = bytes
  }

  deinit {
    unsafe csj_parser_free(parser)
    unsafe names.deallocate()
    unsafe values.deallocate()
  }

  /// Parses the line at `range` of `text` and appends its field's string to `output`.
  ///
  /// - Complexity: O(n) in the line, all of which is checked.
  package mutating func appendField(
    of text: borrowing ByteBuffer, _ range: Range<Int>, to output: inout ByteBuffer
  ) -> Outcome {
    precondition(range.lowerBound >= 0 && range.upperBound <= text.count)
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

  /// Appends what field `index` of the others says in the line last parsed, if it is a string or an
  /// integer.
  package func appendOther(_ index: Int, to output: inout ByteBuffer) {
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
