// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Where a document comes from, as dolma's side files have it: its own id, the file, and the place of
/// its record there.
///
/// Written as the fields `id,src,loc` of a CSV row (RFC 4180), which is how it travels from the
/// encoder to the side file.
package struct DocumentOrigin: Sendable, Equatable {
  /// The id that the corpus gives the document, empty where it gives none.
  package var id: String
  /// The path of the corpus file, or of the set of token files where nothing else is known.
  package var source: String
  /// The line of the record in that file, counted from 1, or the document's number in that set.
  package var location: Int

  package init(id: String, source: String, location: Int) {
    self.id = id
    self.source = source
    self.location = location
  }

  /// Appends the fields of a row to the values of `batch`, a byte each, and ends the run.
  package static func append(
    id: Span<UInt8>, source: Span<UInt8>, location: Int, to batch: inout SampleBatch
  ) {
    appendField(id, to: &batch.values)
    batch.values.append(comma)
    appendField(source, to: &batch.values)
    batch.values.append(comma)
    for digit in String(location).utf8 { batch.values.append(UInt32(digit)) }
    batch.endRun()
  }

  /// Quotes what holds a comma, a quotation mark or the end of a line, and nothing else.
  private static func appendField(_ field: Span<UInt8>, to values: inout TokenBuffer) {
    let isQuoted = field.indices.contains { isSpecial(field[$0]) }
    if isQuoted { values.append(quote) }
    for index in field.indices {
      values.append(UInt32(field[index]))
      if field[index] == quote { values.append(quote) }
    }
    if isQuoted { values.append(quote) }
  }

  private static func isSpecial(_ byte: UInt8) -> Bool {
    byte == comma || byte == quote || byte == 0x0A || byte == 0x0D
  }

  private static let comma: UInt32 = 0x2C
  private static let quote: UInt32 = 0x22
}

extension DocumentOrigin {
  /// The origin that the fields of a row say; nil if they are not three, or the last is no number.
  package init?(row: Span<UInt8>) {
    var fields = CSVFields(row)
    var found: [String] = []
    while let field = fields.next() { found.append(field) }
    guard found.count == 3, let location = Int(found[2].isEmpty ? "0" : found[2]) else {
      return nil
    }
    self.init(id: found[0], source: found[1], location: location)
  }
}

/// The fields of one CSV row, quotation marks undone.
private struct CSVFields: ~Escapable {
  private let row: Span<UInt8>
  /// Where the next field begins; behind the end there is none.
  private var start = 0

  @_lifetime(copy row)
  init(_ row: Span<UInt8>) { self.row = row }

  @_lifetime(self: copy self)
  mutating func next() -> String? {
    guard start <= row.count else { return nil }
    var field = ByteBuffer()
    var isQuoted = false
    while start < row.count {
      let byte = row[start]
      if byte == 0x22 {
        // A doubled mark within quotes stands for one.
        if isQuoted, start + 1 < row.count, row[start + 1] == 0x22 {
          field.append(byte)
          start += 1
        } else {
          isQuoted.toggle()
        }
      } else if byte == 0x2C, !isQuoted {
        break
      } else {
        field.append(byte)
      }
      start += 1
    }
    start += 1
    return field.makeString()
  }
}
