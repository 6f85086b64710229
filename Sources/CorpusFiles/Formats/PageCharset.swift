// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Appends the bytes of a web page in UTF-8 to `output`.
///
/// Well-formed UTF-8 is that, whatever the page says: no other charset looks like it by chance. Else the
/// charset is that of a byte order mark, of the HTTP header, of a `meta` tag in the first 4 KiB, or
/// CP949, in this order; a name that iconv does not know counts for nothing.
///
/// - Returns: How many U+FFFD stand for bytes without a meaning.
func appendPageInUTF8(
  _ page: Span<UInt8>, contentType: Span<UInt8>, to output: inout ByteBuffer
) -> Int {
  if page.count >= 2, page[0] == 0xFF && page[1] == 0xFE || page[0] == 0xFE && page[1] == 0xFF {
    return appendTranscoded(page, from: "UTF-16", to: &output) ?? 0
  }
  var body = page
  if matches(page, at: 0, "\u{FEFF}") { body = page.extracting(3..<page.count) }
  if isWellFormedUTF8(body) {
    output.append(copying: body)
    return 0
  }
  let beginning = body.extracting(0..<min(body.count, 4096))
  for name in [charsetName(in: contentType), charsetName(in: beginning)] {
    guard let name else { continue }
    if name == "UTF-8" { return appendReplacingIllFormed(body, to: &output) }
    let before = output.count
    if let replaced = appendTranscoded(body, from: name, to: &output) { return replaced }
    output.truncate(to: before)
  }
  return appendTranscoded(body, from: "CP949", to: &output) ?? 0
}

/// What iconv calls the charset that `charset=` names in `text`; nil if there is none.
private func charsetName(in text: Span<UInt8>) -> String? {
  let mark = "charset="
  var offset = 0
  while true {
    offset = firstOffset(of: UInt8(ascii: "c"), or: UInt8(ascii: "C"), in: text, from: offset)
    guard text.count - offset > mark.utf8.count else { return nil }
    if equalsIgnoringCase(text, offset..<offset + mark.utf8.count, mark) { break }
    offset += 1
  }
  offset += mark.utf8.count
  var name = ""
  while offset < text.count, name.utf8.count < 40 {
    let byte = lowercased(text[offset])
    offset += 1
    let isNamed =
      0x61...0x7A ~= byte || 0x30...0x39 ~= byte || [0x2D, 0x5F, 0x2E, 0x3A].contains(byte)
    if isNamed {
      name.unicodeScalars.append(Unicode.Scalar(byte))
    } else if !name.isEmpty || byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "'") {
      break
    }
  }
  return name.isEmpty ? nil : iconvName(name)
}

/// Browsers read these charsets as supersets of what their names say (WHATWG Encoding Standard).
private func iconvName(_ name: String) -> String {
  switch name {
  case "utf-8", "utf8": "UTF-8"
  case "euc-kr", "euckr", "ks_c_5601-1987", "ks_c_5601-1989", "ksc5601", "ksc_5601", "korean",
    "ks_c_5601", "windows-949", "x-windows-949", "ms949", "cp949", "uhc", "iso-ir-149":
    "CP949"
  case "iso-8859-1", "latin1", "us-ascii", "ascii": "CP1252"
  case "shift_jis", "sjis", "x-sjis": "CP932"
  case "gb2312", "gbk", "x-gbk": "GB18030"
  case "x-johab", "ms1361": "JOHAB"
  default: name
  }
}
