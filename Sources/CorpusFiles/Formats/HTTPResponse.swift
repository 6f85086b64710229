// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The header of an HTTP response (RFC 9112), as web archives keep it.
struct HTTPResponse {
  private let status: Int
  private let bodyStart: Int
  private var isChunked = false
  private(set) var contentType: Range<Int>?
  /// How the body is compressed, if it is.
  private(set) var contentCoding: String?

  /// The response that `bytes` are; nil if they are none.
  init?(_ bytes: Span<UInt8>) {
    guard matches(bytes, at: 0, "HTTP/") else { return nil }
    var start = endOfLine(bytes, from: 0)
    var digits = 0
    while digits < start, bytes[digits] != 0x20 { digits += 1 }
    guard digits + 4 <= start, let status = decimal(bytes, digits + 1..<digits + 4) else {
      return nil
    }
    self.status = status
    start += 1
    var bodyStart = bytes.count
    while start < bytes.count {
      let end = endOfLine(bytes, from: start)
      if isBlank(bytes, start..<end) {
        bodyStart = min(end + 1, bytes.count)
        break
      }
      if let field = HeaderField(bytes, start..<end) {
        if field.isNamed("content-type", bytes) {
          contentType = field.value
        } else if field.isNamed("transfer-encoding", bytes) {
          isChunked = equalsIgnoringCase(bytes, field.value, "chunked")
        } else if field.isNamed("content-encoding", bytes),
          !equalsIgnoringCase(bytes, field.value, "identity"), !field.value.isEmpty
        {
          contentCoding = String(decodingUTF8: bytes.extracting(field.value))
        }
      }
      start = end + 1
    }
    self.bodyStart = bodyStart
    // Many crawlers keep the header of a body that they have decompressed.
    if let coding = contentCoding, !isCompressed(bytes.extracting(bodyStart..<bytes.count), coding)
    {
      contentCoding = nil
    }
  }

  /// Whether the server gave what was asked for.
  var isDelivered: Bool { 200..<300 ~= status }

  /// Appends the body of the response `bytes` to `output`, chunks put together.
  ///
  /// A body that is said to be in chunks and is not is taken as it is: crawlers often put them together.
  func appendBody(of bytes: Span<UInt8>, to output: inout ByteBuffer) {
    let body = bytes.extracting(bodyStart..<bytes.count)
    let before = output.count
    if isChunked, appendChunks(body, to: &output) { return }
    output.truncate(to: before)
    output.append(copying: body)
  }
}

/// Whether `body` begins as what `coding` makes; what cannot be known by its beginning is believed.
private func isCompressed(_ body: Span<UInt8>, _ coding: String) -> Bool {
  guard body.count >= 4 else { return false }
  switch coding.lowercased() {
  case "gzip", "x-gzip": return body[0] == 0x1F && body[1] == 0x8B
  case "zstd": return body[0] == 0x28 && body[1] == 0xB5
  case "deflate": return body[0] & 0x0F == 8 && (Int(body[0]) << 8 | Int(body[1])) % 31 == 0
  default: return !isWellFormedUTF8(body) && !looksLikeHTML(body)
  }
}

/// Appends the chunks of `body`; false if it is not made of chunks.
private func appendChunks(_ body: Span<UInt8>, to output: inout ByteBuffer) -> Bool {
  var offset = 0
  while offset < body.count {
    let lineEnd = endOfLine(body, from: offset)
    var size = 0
    var digits = 0
    while offset + digits < lineEnd, let digit = hexadecimalValue(body[offset + digits]), digits < 8
    {
      size = size << 4 | Int(digit)
      digits += 1
    }
    guard digits > 0, lineEnd < body.count else { return false }
    if size == 0 { return true }
    let start = lineEnd + 1
    output.append(copying: body.extracting(start..<min(start + size, body.count)))
    offset = start + size
    // The line end behind the chunk.
    if offset < body.count, body[offset] == carriageReturn { offset += 1 }
    if offset < body.count, body[offset] == lineFeed { offset += 1 }
  }
  // Torn, but made of chunks.
  return true
}
