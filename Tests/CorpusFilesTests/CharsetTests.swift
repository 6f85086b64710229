// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import TestSupport
internal import Testing
internal import TextCore

@Suite("Charsets")
struct CharsetTests {
  private static let syllables = (0xAC00...0xD7A3).compactMap { Unicode.Scalar($0) }

  /// The bytes of each syllable in a charset of pairs, found by reading all pairs.
  private func pairs(_ charset: DoubleByteCharset) -> [Unicode.Scalar: [UInt8]] {
    var found: [Unicode.Scalar: [UInt8]] = [:]
    for lead in UInt8(0x80)...0xFE {
      for trail in UInt8(0x31)...0xFE {
        var text = ByteBuffer()
        guard charset.appendUTF8([lead, trail].span, to: &text) == 0 else { continue }
        let scalars = text.makeString().unicodeScalars
        if scalars.count == 1, let scalar = scalars.first { found[scalar] = [lead, trail] }
      }
    }
    return found
  }

  @Test("CP949 and Johab have all 11,172 syllables, each at one place")
  func syllables() {
    for charset in [DoubleByteCharset.cp949, .johab] {
      let pairs = pairs(charset)
      #expect(Self.syllables.count { pairs[$0] != nil } == 11_172)
    }
  }

  private static let prose = "오늘은 날씨가 좋아서 친구와 함께 학교에 가는 길에 책을 샀다."

  /// A text in the charset: lines, an empty one, one in UTF-8, one with a byte of no meaning.
  private func mixed(_ charset: Charset) -> (bytes: [UInt8], texts: [String]) {
    let table = pairs(charset == .johab ? .johab : .cp949)
    func encoded(_ text: String) -> [UInt8] {
      text.unicodeScalars.flatMap { $0.isASCII ? [UInt8($0.value)] : table[$0] ?? [] }
    }
    let bytes =
      encoded(Self.prose + "\n\n" + Self.prose + "a\n") + Array((Self.prose + "\n").utf8)
      + encoded(Self.prose) + [0xFF, 0x0A] + encoded(Self.prose)
    return (
      bytes,
      [Self.prose, "", Self.prose + "a", Self.prose, Self.prose + "\u{FFFD}", Self.prose]
    )
  }

  @Test(
    "documents, rejects and their bytes are the same whatever the blocks and the pieces that come")
  func blocks() throws {
    for charset in [Charset.cp949, .johab] {
      let (bytes, texts) = mixed(charset)
      let bad = bytes.firstIndex(of: 0xFF) ?? 0
      for block in Array(1...60) + [bytes.count, 1 << 20] {
        var options = CorpusOptions(blockBytes: block)
        let reading = try Reading(bytes: bytes, options)
        #expect(reading.texts == texts, "\(charset), blocks of \(block)")
        #expect(reading.replacedSequences == 1)
        options.invalidUTF8 = .skip
        #expect(
          try Reading(bytes: bytes, options).plainRejects == [
            Reject(5, bad, "invalid \(charset.rawValue) at byte \(bad) of the file")
          ])
      }
    }
  }

  @Test("UTF-16 in both orders, with and without a mark, surrogates and a torn end")
  func utf16() throws {
    let text = Self.prose + "\n😀가\n\n" + Self.prose
    for (isLittle, hasMark) in [(true, true), (true, false), (false, true), (false, false)] {
      func bytes(_ units: [UInt16]) -> [UInt8] {
        units.flatMap { unit in
          let pair = [UInt8(unit >> 8), UInt8(unit & 0xFF)]
          return isLittle ? pair.reversed() : pair
        }
      }
      let stored = bytes((hasMark ? [0xFEFF] : []) + Array(text.utf16))
      for block in [1, 2, 3, 7, 64, 1 << 20] {
        let reading = try Reading(bytes: stored, CorpusOptions(blockBytes: block))
        #expect(
          reading.texts
            == text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
        #expect(reading.rejects.isEmpty && reading.replacedSequences == 0)
      }
      var options = CorpusOptions(invalidUTF8: .skip, blockBytes: 9)
      options.charset = isLittle ? .utf16le : .utf16be
      let place = stored.count + 2
      let lone = stored + bytes([0x0A, 0xD800, 0x0A, 0x61]) + [0x62]
      #expect(
        try Reading(bytes: lone, options).plainRejects.map(\.byteOffset) == [
          place, place + 6,
        ])
    }
  }

  @Test("ISO-2022-KR: escapes and shifts leave the bytes of what follows in place")
  func iso2022() throws {
    let shifted: [UInt8] = [0x0E, 0x30, 0x21, 0x33, 0x2A, 0x0F]
    let line = shifted + Array(" a\n".utf8)
    let bytes =
      [0x1B, 0x24, 0x29, 0x43] + line + line + Array("b".utf8) + [0x0E, 0x30, 0x0A] + line
    for block in 1...bytes.count {
      let reading = try Reading(
        bytes: bytes, CorpusOptions(invalidUTF8: .skip, blockBytes: block))
      #expect(reading.texts == ["가나 a", "가나 a", "가나 a"])
      #expect(
        reading.plainRejects == [
          Reject(3, 4 + 18 + 2, "invalid iso-2022-kr at byte 24 of the file")
        ])
    }
  }

  @Test("records in another charset are converted, but not where the charset is given")
  func fallback() throws {
    let table = pairs(.cp949)
    let line = Self.prose.unicodeScalars.flatMap {
      $0.isASCII ? [UInt8($0.value)] : table[$0] ?? []
    }
    let utf8 = Array((Self.prose + "\n").utf8)
    let bytes = utf8 + utf8 + line + [0x0A] + utf8
    let reading = try Reading(bytes: bytes, CorpusOptions())
    #expect(reading.texts == Array(repeating: Self.prose, count: 4))
    var options = CorpusOptions(invalidUTF8: .skip)
    options.charset = .utf8
    #expect(try Reading(bytes: bytes, options).plainRejects.count == 1)
  }
}
