// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Text of another charset on its way to UTF-8, piece by piece.
///
/// Pieces of charsets of single bytes and pairs are lines, so that a line that is in UTF-8 all the same
/// stays as it is; a line longer than ``longestLine`` is cut there. Where pieces end depends on the
/// bytes alone, never on how they arrive. A byte without a meaning becomes ``undecodable``.
struct Transcoder: Sendable {
  let charset: Charset
  /// Whether lines that are UTF-8 are left alone.
  private let keepsUTF8: Bool
  /// Bytes of the source taken so far.
  private(set) var consumed = 0
  /// Lines that were in UTF-8.
  private(set) var utf8Lines = 0
  /// Whether ISO-2022-KR text is between a shift out and a shift in.
  private var isShifted = false

  /// 1 MiB.
  private static let longestLine = 1 << 20

  init(_ charset: Charset, keepsUTF8: Bool) {
    self.charset = charset
    self.keepsUTF8 = keepsUTF8
  }

  /// Appends the UTF-8 of whole pieces of `source` to `output`, and anchors to `map`; returns how many
  /// bytes of `source` that took, 0 if there is no whole piece yet.
  mutating func transcode(
    _ source: Span<UInt8>, isEnd: Bool, to output: inout ByteBuffer, _ map: inout OffsetMap
  ) -> Int {
    var taken = 0
    if consumed == 0, let mark = byteOrderMark(source) { taken = mark }
    if charset == .utf16le || charset == .utf16be {
      taken += transcodeUnits(source, from: taken, isEnd: isEnd, to: &output, &map)
    } else {
      while let end = endOfPiece(source, from: taken, isEnd: isEnd) {
        let piece = source.extracting(taken..<end)
        let used = transcodePiece(piece, isEnd: isEnd, at: consumed + taken, to: &output, &map)
        taken += used
        if used < piece.count { break }
      }
    }
    consumed += taken
    return taken
  }

  private func byteOrderMark(_ source: Span<UInt8>) -> Int? {
    switch charset {
    case .utf16le: source.begins(with: [0xFF, 0xFE]) ? 2 : nil
    case .utf16be: source.begins(with: [0xFE, 0xFF]) ? 2 : nil
    case .utf8, .cp949, .johab, .iso2022kr: nil
    }
  }

  private func endOfPiece(_ source: Span<UInt8>, from start: Int, isEnd: Bool) -> Int? {
    let limit = min(source.count, start + Self.longestLine)
    let end = endOfLine(source.extracting(0..<limit), from: start)
    if end < limit { return end + 1 }
    if limit - start == Self.longestLine || isEnd && limit > start { return limit }
    return nil
  }

  /// Transcodes a line, or a part of one; returns how many of its bytes were used.
  private mutating func transcodePiece(
    _ piece: Span<UInt8>, isEnd: Bool, at place: Int, to output: inout ByteBuffer,
    _ map: inout OffsetMap
  ) -> Int {
    if let table = charset.doubleByte {
      if keepsUTF8, isRatherUTF8(piece, table) {
        utf8Lines += 1
        map.add(output.count, place, .same)
        output.append(copying: piece)
        return piece.count
      }
      // The first byte of a pair whose second one is to come waits for it.
      let isWhole = isEnd || piece[piece.count - 1] == lineFeed
      return table.transcode(piece, isWhole: isWhole, at: place, to: &output, &map)
    }
    return transcodeShifted(piece, isEnd: isEnd, at: place, to: &output, &map)
  }

  /// Whether a line in a file of another charset is UTF-8: it is well-formed, and has more frequent
  /// syllables than its bytes have in the other charset.
  private func isRatherUTF8(_ line: Span<UInt8>, _ table: DoubleByteCharset) -> Bool {
    var offset = 0
    var isASCII = true
    while offset < line.count {
      if line[offset] < 0x80 {
        offset += 1
        continue
      }
      isASCII = false
      let scalar = decodeUTF8(line, at: offset)
      if !scalar.isWellFormed { return false }
      offset += scalar.byteCount
    }
    if isASCII { return false }
    let other = CodeUnits(of: line, in: charset)
    return other.bad > 0 || CodeUnits(of: line, in: .utf8).share > other.share
  }

  // MARK: - ISO-2022-KR

  private mutating func transcodeShifted(
    _ piece: Span<UInt8>, isEnd: Bool, at place: Int, to output: inout ByteBuffer,
    _ map: inout OffsetMap
  ) -> Int {
    map.add(output.count, place, .pairs)
    var offset = 0
    while offset < piece.count {
      let byte = piece[offset]
      if byte == 0x0E || byte == 0x0F {
        isShifted = byte == 0x0E
        offset += 1
        map.add(output.count, place + offset, .pairs)
      } else if byte == 0x1B, piece.count - offset >= 4,
        piece.extracting(offset..<offset + 4).elementsEqual(koreanEscape.span)
      {
        offset += 4
        map.add(output.count, place + offset, .pairs)
      } else if isShifted, 0x21...0x7E ~= byte {
        guard offset + 1 < piece.count else {
          if !isEnd { return offset }
          output.append(undecodable)
          return piece.count
        }
        let unit = DoubleByteCharset.cp949.unit(byte | 0x80, piece[offset + 1] | 0x80)
        let isPair = unit != 0 && 0x21...0x7E ~= piece[offset + 1]
        if isPair { appendUTF8Unit(unit, to: &output) } else { output.append(undecodable) }
        offset += isPair ? 2 : 1
      } else {
        output.append(byte < 0x80 ? byte : undecodable)
        offset += 1
        // Each line begins unshifted.
        if byte == lineFeed { isShifted = false }
      }
    }
    return offset
  }

  // MARK: - UTF-16

  private func transcodeUnits(
    _ source: Span<UInt8>, from start: Int, isEnd: Bool, to output: inout ByteBuffer,
    _ map: inout OffsetMap
  ) -> Int {
    map.add(output.count, consumed + start, .units)
    let high = charset == .utf16le ? 1 : 0
    func unit(_ offset: Int) -> UInt16 {
      UInt16(source[offset + high]) << 8 | UInt16(source[offset + 1 - high])
    }
    output.reserve((source.count - start) / 2 * 3 + 1)
    var offset = start
    while source.count - offset >= 2 {
      let first = unit(offset)
      if 0xD800...0xDFFF ~= first {
        guard source.count - offset >= 4 || isEnd else { break }
        if first < 0xDC00, source.count - offset >= 4, 0xDC00...0xDFFF ~= unit(offset + 2) {
          let low = UInt32(unit(offset + 2) & 0x3FF)
          appendUTF8(0x1_0000 + UInt32(first & 0x3FF) << 10 + low, to: &output)
          offset += 4
          continue
        }
        output.append(undecodable)
      } else {
        appendUTF8Unit(first, to: &output)
      }
      offset += 2
      if first == UInt16(lineFeed) { map.addRegular(output.count, consumed + offset, .units) }
    }
    if isEnd, offset < source.count {
      output.append(undecodable)
      offset = source.count
    }
    return offset - start
  }
}

extension DoubleByteCharset {
  /// Appends the UTF-8 of `piece` to `output`; returns how many of its bytes were used.
  ///
  /// The first byte of a pair at the end of the piece is left, unless the piece is whole.
  fileprivate func transcode(
    _ piece: Span<UInt8>, isWhole: Bool, at place: Int, to output: inout ByteBuffer,
    _ map: inout OffsetMap
  ) -> Int {
    map.addRegular(output.count, place, .pairs)
    let end = isWhole ? piece.count : wholePairs(piece)
    appendUTF8(piece.extracting(0..<end), to: &output)
    return end
  }

  /// `piece` up to the first byte of a pair at its end whose second one is missing.
  private func wholePairs(_ piece: Span<UInt8>) -> Int {
    var offset = 0
    while offset < piece.count {
      if piece[offset] < 0x80 {
        offset += 1
      } else if offset + 1 == piece.count {
        return offset
      } else {
        offset += unit(piece[offset], piece[offset + 1]) == 0 ? 1 : 2
      }
    }
    return offset
  }
}
