// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Writes the side file that tells where the documents of a shard come from.
///
/// It is dolma's (`dolma/tokenizer/memmap_writer.py`): gzip of the CSV rows `start,end,id,src,loc`,
/// where `start..<end` are the document's tokens in the shard. The gzip members end at rows, after a
/// fixed number of bytes of text, wherever a run stops: the bytes do not depend on checkpoints.
struct ProvenanceWriter: ~Copyable {
  /// A member has the rows up to the first that ends behind so many bytes.
  private static let memberByteCount = 1 << 18

  private var file: ShardFile
  /// Rows that are in no member yet.
  private var rows = ByteBuffer()
  /// Tokens of all rows.
  private var position = 0

  /// Begins the file at `path`.
  ///
  /// - Throws: `writeFailed`.
  init(_ path: String) throws(TextError) {
    file = try ShardFile(path)
  }

  /// Goes on with the file at `path` as it was at `state`.
  ///
  /// - Throws: `readFailed`, `writeFailed`; `damagedArtefact` if less is there.
  init(_ path: String, at state: ProvenanceState) throws(TextError) {
    file = try ShardFile(path, keeping: state.byteCount)
    position = state.tokenCount
    rows.append(copying: state.rows.span)
  }

  /// Appends the row of a document of `tokenCount` tokens, with `origin` as its last fields, a byte each
  /// (``DocumentOrigin``); empty if nothing is known.
  ///
  /// - Throws: `writeFailed`.
  mutating func append(tokenCount: Int, origin: Span<UInt32>) throws(TextError) {
    // Numbers of up to 15 digits are strings without storage of their own.
    rows.append(String(position))
    rows.append(UInt8(ascii: ","))
    position += tokenCount
    rows.append(String(position))
    rows.append(UInt8(ascii: ","))
    for index in origin.indices { rows.append(UInt8(truncatingIfNeeded: origin[index])) }
    rows.append(origin.isEmpty ? ",,\r\n" : "\r\n")
    if rows.count >= Self.memberByteCount { try writeMember() }
  }

  private mutating func writeMember() throws(TextError) {
    var member = ByteBuffer()
    Gzip.append(rows.span, to: &member)
    rows.removeAll()
    try file.write(emptying: &member)
  }

  /// Makes what is in members durable; the value has the rest.
  ///
  /// - Throws: `writeFailed`.
  mutating func checkpoint() throws(TextError) -> ProvenanceState {
    try file.synchronize()
    file.keep()
    return ProvenanceState(
      byteCount: file.byteCount, tokenCount: position, rows: rows.makeArray())
  }

  /// Completes the file and makes it durable under its partial name.
  ///
  /// - Throws: `writeFailed`.
  mutating func finish() throws(TextError) -> Manifest.Output {
    // A file without a member would not be gzip.
    if !rows.isEmpty || file.byteCount == 0 { try writeMember() }
    try file.synchronize()
    return file.keptOutput()
  }
}

/// How far a file with the origins of documents is.
struct ProvenanceState {
  /// Bytes of whole members.
  var byteCount: Int
  /// Tokens of all documents so far.
  var tokenCount: Int
  /// Rows behind the last member.
  var rows: [UInt8]

  var json: JSON {
    .object([
      ("bytes", .integer(byteCount)), ("tokens", .integer(tokenCount)),
      ("rows", .string(String(decoding: Base64.encode(rows.span), as: UTF8.self))),
    ])
  }

  init(byteCount: Int, tokenCount: Int, rows: [UInt8]) {
    self.byteCount = byteCount
    self.tokenCount = tokenCount
    self.rows = rows
  }

  init?(_ value: JSONValue) {
    guard let byteCount = value["bytes"]?.integer, let tokenCount = value["tokens"]?.integer,
      let text = value["rows"]?.string,
      let rows = text.isEmpty ? [] : Base64.decode(text.utf8.span)
    else { return nil }
    self.init(byteCount: byteCount, tokenCount: tokenCount, rows: rows)
  }
}
