// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import CSimdJSON

/// Takes one string field, and others beside it, out of JSON lines, reusing its parser from line to
/// line.
///
/// Runs of lines of the usual shape, strings and numbers in one object, are read by a kernel, several
/// times as fast as by simdjson; all others, and so all that are not valid, one by one by simdjson.
@safe
package struct JSONFieldReader: ~Copyable, @unchecked Sendable {
  // Invariants: `parser`, `names`, `values`, `plainNames`, `plainValues` and `heads` are owned by this
  // value alone; the names point into `nameBytes`, which never changes. `values` belong to the line that
  // simdjson read last; `plainValues`, of each line all names, to the lines that the kernel read last,
  // into whose text they point.
  private let parser: OpaquePointer
  private let nameBytes: ByteBuffer
  private let names: UnsafeMutablePointer<csj_step>
  private let values: UnsafeMutablePointer<csj_value>
  private let plainNames: UnsafeMutablePointer<ck_json_name>
  private let plainValues: UnsafeMutablePointer<ck_json_value>
  private let heads: UnsafeMutablePointer<ck_json_heads>
  private let nameCount: Int
  private let kernel: Kernel
  /// A bit for each of `values` that the line has.
  private var found: UInt64 = 0
  /// Where the lines of the last run end, before their line feeds.
  package private(set) var lineEnds = GrowableBuffer<Int>(capacity: maximumRun)
  /// Where their texts end, counted from the end of the output before.
  package private(set) var textEnds = GrowableBuffer<Int>(capacity: maximumRun)

  /// Lines that are read at once: enough that a call costs nothing, few enough that what is known of
  /// them stays in the first cache.
  package static let maximumRun = 128

  /// Which instructions read runs of lines; tests compare.
  package enum Kernel { case fastest, portable, none }

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
  ///   - kernel: What reads runs of lines.
  package init(field: String, others: [String] = [], kernel: Kernel = .fastest) {
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
    unsafe plainValues = .allocate(capacity: all.count * Self.maximumRun)
    unsafe plainValues.initialize(repeating: ck_json_value(), count: all.count * Self.maximumRun)
    unsafe heads = .allocate(capacity: 1)
    unsafe heads.initialize(to: ck_json_heads())
    // The kernel gives a field to one of its names.
    self.kernel = Set(all).count == all.count ? kernel : .none
    var offset = 0
    for (index, name) in all.enumerated() {
      unsafe (names + index).initialize(
        to: csj_step(name: bytes.elements + offset, count: name.utf8.count))
      unsafe (values + index).initialize(to: csj_value())
      unsafe (plainNames + index).initialize(
        to: ck_json_name(name: bytes.elements + offset, count: name.utf8.count))
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
    unsafe heads.deallocate()
  }

  // MARK: - Runs of lines

  /// Appends the fields of lines of `text` from `start` on, of `limit` and ``maximumRun`` at most, to
  /// `output`; returns their number, and sets ``lineEnds`` and ``textEnds``.
  ///
  /// The run ends before the first line that ``appendField(of:_:to:)`` is to read: because its text is
  /// not UTF-8, because it is not plain, because nothing stands in it. It may be empty.
  ///
  /// - Complexity: O(n) in the lines.
  package mutating func appendRun(
    of text: borrowing ByteBuffer, from start: Int, limit: Int, to output: inout ByteBuffer
  ) -> Int {
    precondition(start >= 0 && start <= text.count)
    lineEnds.removeAll()
    textEnds.removeAll()
    let capacity = min(limit, Self.maximumRun)
    if kernel == .none || capacity <= 0 { return 0 }
    let read = unsafe kernel == .fastest ? ck_json_lines : ck_json_lines_portable
    var run = 0
    // Safe: 64 bytes behind the text's last are readable; the room is what the kernel asks for.
    unsafe output.append(room: text.count - start + 64) { spare in
      unsafe lineEnds.append(room: capacity) { lineEnds in
        unsafe textEnds.append(room: capacity) { textEnds in
          run = unsafe read(
            heads, text.elements, start, text.count, plainNames, nameCount, lineEnds, textEnds,
            plainValues, capacity, spare)
          return run
        }
        return run
      }
      return run == 0 ? 0 : textEnds[run - 1]
    }
    return run
  }

  /// Appends what field `index` of the others says in line `line` of the last run, if it is a string or
  /// an integer; the text that was read must still be there.
  package func appendOther(_ index: Int, ofLine line: Int, to output: inout ByteBuffer) {
    precondition(line >= 0 && line < lineEnds.count && index >= 0 && index + 1 < nameCount)
    let value = unsafe plainValues[line * nameCount + index + 1]
    guard unsafe value.kind == CK_JSON_STRING || value.kind == CK_JSON_INTEGER else { return }
    unsafe output.append(copying: Span(_unsafeStart: value.start, count: value.count))
  }

  // MARK: - Lines one by one

  /// Parses the line at `range` of `text`, well-formed UTF-8 that stays until the other fields are taken,
  /// and appends its field's string to `output`.
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
