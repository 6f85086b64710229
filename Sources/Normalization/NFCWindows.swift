// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore

/// Appends the NFC of `text` to `output`, showing ICU only what a scan cannot decide.
///
/// A code point is *inert* if it has NFC_Quick_Check=Yes and combining class 0. A run of inert code
/// points is in NFC, and normalisation never reaches across a position before an inert one (Unicode
/// Standard Annex 15, section 9). So at a code point that is not inert, the window from the inert
/// code point before it (with which it may compose) to the next inert one is normalised alone.
func appendNFC(_ text: Span<UInt8>, to output: inout ByteBuffer) throws(TextError) {
  let inert = try InertCodePoints.shared.get()
  output.reserve(text.count)
  // In ill-formed text the bytes inside characters could be anything's.
  let isWellFormed = text.count >= InertCodePoints.skippedBytes && isWellFormedUTF8(text)
  var copied = 0
  var offset = 0
  while true {
    let run = inert.endOfRun(in: text, from: offset, isWellFormed: isWellFormed)
    guard run.end < text.count else { break }
    // ---- The window: one inert code point back, on to the next inert one ----
    var windowEnd = run.end
    while windowEnd < text.count, !inert.contains(text, at: windowEnd) {
      let scalar = decodeUTF8(text, at: windowEnd)
      guard scalar.isWellFormed else { break }
      windowEnd += scalar.byteCount
    }
    output.append(copying: text.extracting(copied..<run.lastStart))
    try ICU.appendNFC(text.extracting(run.lastStart..<windowEnd), to: &output)
    // ---- Ill-formed bytes are a border of their own and pass through ----
    copied = windowEnd
    if windowEnd < text.count, case let scalar = decodeUTF8(text, at: windowEnd),
      !scalar.isWellFormed
    {
      windowEnd += scalar.byteCount
    }
    offset = windowEnd
  }
  output.append(copying: text.extracting(copied..<text.count))
}

/// The inert code points of the Basic Multilingual Plane, 8 KiB, as ICU's own data has them.
///
/// The other planes hold less than one code point in ten thousand of Korean text: emoji among them
/// go to ICU with their neighbours.
struct InertCodePoints: Sendable {
  static let shared: Result<InertCodePoints, TextError> = Result { () throws(TextError) in
    InertCodePoints(bits: try ICU.inertBMP())
  }

  private let bits: [UInt8]

  private func contains(_ point: Int) -> Bool { bits[point >> 3] >> UInt8(point & 7) & 1 != 0 }

  /// Whether the code point at `offset` is inert; ill-formed bytes are not.
  func contains(_ text: Span<UInt8>, at offset: Int) -> Bool {
    let scalar = decodeUTF8(text, at: offset)
    return scalar.isWellFormed && scalar.value < 0x1_0000 && contains(Int(scalar.value))
  }

  /// Texts and stretches of text shorter than this are looked at one code point at a time: a block of
  /// 64 bytes costs as much as a few of them.
  static let skippedBytes = 128

  /// The end of the run of inert code points from `start`, and where its last code point starts
  /// (`start` itself for an empty run).
  func endOfRun(
    in text: Span<UInt8>, from start: Int, isWellFormed: Bool
  ) -> (end: Int, lastStart: Int) {
    var run = (end: start, lastStart: start)
    while true {
      // ---- Code point by code point, for a stretch ----
      let stretch = isWellFormed ? min(run.end + Self.skippedBytes, text.count) : text.count
      let next = endOfRun(in: text, from: run, to: stretch)
      if next.end < stretch || next.end == text.count { return next }
      // ---- Block by block ----
      let skipped = unsafe text.extracting(next.end..<text.count).withUnsafeBufferPointer {
        unsafe ck_skip_inert($0.baseAddress, $0.count)
      }
      run = skipped == 0 ? next : (next.end + skipped, next.end + skipped - 1)
      while text[run.lastStart] & 0xC0 == 0x80 { run.lastStart -= 1 }
    }
  }

  /// As above, from the run so far on, up to `limit` or a little further.
  private func endOfRun(
    in text: Span<UInt8>, from run: (end: Int, lastStart: Int), to limit: Int
  ) -> (end: Int, lastStart: Int) {
    var offset = run.end
    var last = run.lastStart
    let count = text.count
    let bits = bits.span
    while offset < limit {
      guard count &- offset >= 8 else {
        guard contains(text, at: offset) else { break }
        last = offset
        offset &+= decodeUTF8(text, at: offset).byteCount
        continue
      }
      // Safe: eight bytes from `offset` on lie inside the text.
      let word = unsafe text.bytes.unsafeLoadUnaligned(
        fromUncheckedByteOffset: offset, as: UInt64.self
      ).littleEndian
      if word & 0x80 == 0 {
        // ---- ASCII, all of it in the word at once ----
        let length = (word & 0x8080_8080_8080_8080).trailingZeroBitCount / 8
        last = offset &+ length &- 1
        offset &+= length
      } else if word & 0x00C0_C0F0 == 0x0080_80E0 {
        // ---- Three bytes: Hangul syllables, Han, most punctuation ----
        // Safe: at most 4 + 6 + 6 bits; overlong forms give points below U+0800 and surrogates
        // have no bit set, so both are sorted out here.
        let point = Int(
          truncatingIfNeeded: (word & 0x0F) << 12 | (word >> 8 & 0x3F) << 6
            | word >> 16 & 0x3F)
        if point &- 0xAC00 >= 11_172 || point < 0xAC00 {
          guard point >= 0x800, bits[point >> 3] >> UInt8(point & 7) & 1 != 0 else { break }
        }
        last = offset
        offset &+= 3
      } else {
        guard contains(text, at: offset) else { break }
        last = offset
        offset &+= decodeUTF8(text, at: offset).byteCount
      }
    }
    return (offset, last)
  }
}
