// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Makes documents of the records of one file of separated values.
struct SeparatedDocuments: ~Copyable, Sendable {
  private let format: RecordFormat
  private let header: [UInt8]
  private let syntax: SeparatedSyntax
  private let parts: [Template.Part]
  private let names: [String]
  /// The column of each of `names`; nil where there is none.
  private let columns: [Int?]
  private let metadataColumns: [Int?]
  private let columnNames: [String]
  /// The fields of a record, back to back, and the end of each.
  private var fields = ByteBuffer()
  private var ends = GrowableBuffer<Int>()

  /// A maker for a file whose first record is `header`.
  init(_ format: RecordFormat, _ header: [UInt8], _ options: CorpusOptions) {
    self.format = format
    self.header = header
    syntax = SeparatedSyntax(format, options)
    parts = options.template?.parts ?? [.field(0)]
    names = options.template?.fields ?? [options.field]
    var found: [String] = []
    var fields = ByteBuffer()
    var ends = GrowableBuffer<Int>()
    splitFields(header.span, SeparatedSyntax(format, options), &fields, &ends)
    for index in 0..<ends.count {
      let start = index == 0 ? 0 : ends[index - 1]
      found.append(String(decodingUTF8: fields.span.extracting(start..<ends[index])))
    }
    columnNames = options.hasHeader ? found : []
    columns = names.map { column($0, of: found, options) }
    metadataColumns = MetadataField.allCases.map { field in
      guard options.keepsMetadata else { return nil }
      return column(options.metadataFields[field] ?? field.name, of: found, options)
    }
  }

  /// Whether this is a maker for a file whose first record is `header`.
  func isFor(_ format: RecordFormat, _ header: [UInt8]) -> Bool {
    self.format == format && self.header == header
  }

  /// Appends the document of the record `bytes`.
  mutating func append(_ bytes: Span<UInt8>, _ record: Record, to batch: inout DocumentBatch) {
    fields.removeAll()
    ends.removeAll()
    splitFields(bytes, syntax, &fields, &ends)
    for (name, column) in zip(names, columns) {
      guard let column else {
        let known =
          columnNames.isEmpty ? "" : "; the columns are \(columnNames.joined(separator: ", "))"
        return batch.reject(record, "no column \"\(name)\"\(known)")
      }
      if column >= ends.count {
        return batch.reject(record, "\(ends.count) columns, none of them \"\(name)\"")
      }
    }
    for part in parts {
      switch part {
      case .text(let text): batch.text.append(copying: text.span)
      case .field(let number):
        if let column = columns[number] { batch.text.append(copying: field(column)) }
      }
    }
    for (index, column) in metadataColumns.enumerated() {
      guard let column, column < ends.count, let field = MetadataField(rawValue: index) else {
        continue
      }
      batch.setMetadata(field, self.field(column))
    }
    batch.endDocument(line: record.line, byteOffset: record.byteOffset)
  }

  @_lifetime(borrow self)
  private func field(_ column: Int) -> Span<UInt8> {
    fields.span.extracting((column == 0 ? 0 : ends[column - 1])..<ends[column])
  }
}

/// The number of the column `name`, from 0; without a header names are numbers from 1.
private func column(_ name: String, of names: [String], _ options: CorpusOptions) -> Int? {
  if options.hasHeader { return names.firstIndex(of: name) }
  guard let number = Int(name), number > 0 else { return nil }
  return number - 1
}

/// Appends the fields of the record `bytes` to `fields`, and the end of each to `ends`.
private func splitFields(
  _ bytes: Span<UInt8>, _ syntax: SeparatedSyntax, _ fields: inout ByteBuffer,
  _ ends: inout GrowableBuffer<Int>
) {
  let quote = UInt8(ascii: "\"")
  var offset = 0
  while true {
    if syntax.isQuoted, offset < bytes.count, bytes[offset] == quote {
      offset += 1
      while offset < bytes.count {
        let end = firstOffset(of: quote, in: bytes, from: offset)
        fields.append(copying: bytes.extracting(offset..<end))
        offset = end + 1
        // Two quotes are one, and the field goes on.
        guard offset < bytes.count, bytes[offset] == quote else { break }
        fields.append(quote)
        offset += 1
      }
    }
    let start = min(offset, bytes.count)
    let end = firstOffset(of: syntax.separator, in: bytes, from: start)
    fields.append(copying: bytes.extracting(start..<end))
    ends.append(fields.count)
    if end == bytes.count { return }
    offset = end + 1
  }
}
