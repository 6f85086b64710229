// SPDX-License-Identifier: Apache-2.0

internal import TextCore

// Charsets are told apart by trying: a byte order mark, ISO-2022-KR's escape, strict UTF-8; then strict
// CP949, Johab and UTF-16 of either order, of which the one with the largest share of frequent syllables
// among what is not ASCII wins. On Korean sentences this was never wrong, where ICU's detector and
// uchardet each miss charsets (measured on 2,000 texts a charset of 1, 3 and 20 sentences).

extension Charset {
  /// How much of a file is looked at: 64 KiB, so that no file of ASCII headers is taken for its header.
  static let sampleBytes = 1 << 16
  /// Less than this share of frequent syllables is not Korean: right decodings have 0.6 and more, wrong
  /// ones below 0.1.
  static let leastShare = 0.3

  /// The charset of a file that begins with `sample`, which is all of it if `isWhole`.
  ///
  /// - Complexity: O(n).
  init(of sample: Span<UInt8>, isWhole: Bool) {
    let whole = isWhole ? sample.count : countBeforeTornEnd(sample)
    self =
      Charset(markOf: sample) ?? Charset(zerosOf: sample)
      ?? (isWellFormedUTF8(sample.extracting(0..<whole)) ? Charset.utf8 : nil)
      ?? Charset(bestOf: sample, isWhole: isWhole) ?? Charset(linesOf: sample)
  }

  /// The charset that a byte order mark or an escape tells.
  private init?(markOf sample: Span<UInt8>) {
    if sample.begins(with: [0xEF, 0xBB, 0xBF]) {
      self = .utf8
    } else if sample.begins(with: [0xFF, 0xFE]) {
      self = .utf16le
    } else if sample.begins(with: [0xFE, 0xFF]) {
      self = .utf16be
    } else if hasKoreanEscape(sample) {
      self = .iso2022kr
    } else {
      return nil
    }
  }

  /// UTF-16 of text that is mostly ASCII: each other byte is zero.
  private init?(zerosOf sample: Span<UInt8>) {
    guard sample.count >= 4 else { return nil }
    var zeros = (even: 0, odd: 0)
    for offset in sample.indices where sample[offset] == 0 {
      if offset & 1 == 0 { zeros.even += 1 } else { zeros.odd += 1 }
    }
    let most = sample.count / 2 * 9 / 10
    if zeros.odd >= most, zeros.even == 0 {
      self = .utf16le
    } else if zeros.even >= most, zeros.odd == 0 {
      self = .utf16be
    } else {
      return nil
    }
  }

  /// The charset in which all of `sample` can be read, with the largest share of frequent syllables.
  private init?(bestOf sample: Span<UInt8>, isWhole: Bool) {
    var best: (share: Double, charset: Charset)?
    for charset in [Charset.cp949, .johab, .utf16le, .utf16be] {
      let units = CodeUnits(of: sample, in: charset)
      // The last character may be torn by the end of the sample. What is mixed or damaged is told by its
      // lines, where there are lines of bytes.
      let isFitting = units.bad == 0 || !isWhole && units.bad == 1 && units.isBadAtEnd
      let isDamaged = charset.doubleByte == nil && units.bad * 100 <= units.nonASCII
      guard isFitting || isDamaged else { continue }
      if units.share >= best?.share ?? Self.leastShare { best = (units.share, charset) }
    }
    guard let best else { return nil }
    self = best.charset
  }

  /// The charset of most bytes that are not ASCII, line by line: of mixed and of broken files.
  private init(linesOf sample: Span<UInt8>) {
    var bytes: [Charset: Int] = [:]
    var start = 0
    while start < sample.count {
      let end = endOfLine(sample, from: start)
      let line = sample.extracting(start..<end)
      if let charset = Charset(ofLine: line) { bytes[charset, default: 0] += line.count }
      start = end + 1
    }
    let best = bytes.max { ($0.value, $1.key) < ($1.value, $0.key) }
    self = best?.key ?? .utf8
  }

  /// The charset of a line alone; nil if it is ASCII or of none.
  private init?(ofLine line: Span<UInt8>) {
    if isWellFormedUTF8(line) {
      guard isASCII(line) else {
        self = .utf8
        return
      }
      return nil
    }
    let shares = [Charset.cp949, .johab].map { ($0, CodeUnits(of: line, in: $0)) }
      .filter { $0.1.bad == 0 && $0.1.share >= Self.leastShare }
    guard let best = shares.max(by: { $0.1.share < $1.1.share }) else { return nil }
    self = best.0
  }
}

/// A text as counts of UTF-16 code units.
struct CodeUnits {
  /// Bytes, or surrogates, without a meaning.
  private(set) var bad = 0
  private(set) var isBadAtEnd = false
  private(set) var nonASCII = 0
  private(set) var frequent = 0

  /// The share of frequent syllables among what is not ASCII.
  var share: Double { nonASCII == 0 ? 0 : Double(frequent) / Double(nonASCII) }

  /// Counts the code units of `bytes` in `charset`, which must not be ISO-2022-KR.
  init(of bytes: Span<UInt8>, in charset: Charset) {
    switch charset {
    case .cp949, .johab: if let table = charset.doubleByte { countPairs(bytes, table) }
    case .utf16le: countUnits(bytes, high: 1)
    case .utf16be: countUnits(bytes, high: 0)
    case .utf8: countUTF8(bytes)
    case .iso2022kr: preconditionFailure("ISO-2022-KR is known by its escape")
    }
  }

  private mutating func count(_ unit: UInt16) {
    if unit < 0x80 { return }
    nonASCII += 1
    if isFrequentSyllable[Int(unit)] { frequent += 1 }
  }

  private mutating func countPairs(_ bytes: Span<UInt8>, _ table: DoubleByteCharset) {
    var offset = 0
    while offset < bytes.count {
      let byte = bytes[offset]
      offset += 1
      if byte < 0x80 { continue }
      let unit = offset < bytes.count ? table.unit(byte, bytes[offset]) : 0
      if unit == 0 {
        bad += 1
        isBadAtEnd = offset == bytes.count
      } else {
        count(unit)
        offset += 1
      }
    }
  }

  private mutating func countUnits(_ bytes: Span<UInt8>, high: Int) {
    var openSurrogate = false
    for index in 0..<bytes.count / 2 {
      let unit = UInt16(bytes[2 * index + high]) << 8 | UInt16(bytes[2 * index + 1 - high])
      let isTrail = 0xDC00...0xDFFF ~= unit
      // Text holds no zeros and no code points that never will be characters.
      if openSurrogate != isTrail || unit == 0 || unit >= 0xFFFE { bad += 1 }
      openSurrogate = 0xD800...0xDBFF ~= unit
      if !isTrail { count(unit) }
    }
    if openSurrogate || bytes.count & 1 == 1 {
      bad += 1
      isBadAtEnd = true
    }
  }

  private mutating func countUTF8(_ bytes: Span<UInt8>) {
    var offset = 0
    while offset < bytes.count {
      let scalar = decodeUTF8(bytes, at: offset)
      offset += scalar.byteCount
      if !scalar.isWellFormed { bad += 1 } else { count(UInt16(clamping: scalar.value)) }
    }
  }
}

/// Whether seven-bit text announces Korean, "ESC $ ) C" (RFC 1557).
private func hasKoreanEscape(_ bytes: Span<UInt8>) -> Bool {
  var hasEscape = false
  for offset in bytes.indices {
    if bytes[offset] >= 0x80 { return false }
    if bytes[offset] == 0x1B, bytes.count - offset >= 4 {
      let next = bytes.extracting(offset..<offset + 4)
      hasEscape = hasEscape || next.elementsEqual(koreanEscape.span)
    }
  }
  return hasEscape
}

let koreanEscape: [UInt8] = [0x1B, 0x24, 0x29, 0x43]

/// The length of `sample` without the beginning of a UTF-8 sequence at its end.
private func countBeforeTornEnd(_ sample: Span<UInt8>) -> Int {
  var start = sample.count
  while start > 0, sample.count - start < 3, sample[start - 1] & 0xC0 == 0x80 { start -= 1 }
  return start > 0 && sample[start - 1] >= 0xC0 ? start - 1 : sample.count
}

/// Whether all bytes are below 0x80.
func isASCII(_ bytes: Span<UInt8>) -> Bool {
  var all: UInt8 = 0
  for offset in bytes.indices { all |= bytes[offset] }
  return all < 0x80
}
