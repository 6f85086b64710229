// SPDX-License-Identifier: Apache-2.0

import CKernels
import PreTokenization
import TestSupport
import Testing
import TextCore

@Suite struct BlockClassTests {
  private typealias Kernel = (
    UnsafePointer<UInt8>, Int, UnsafeMutablePointer<ck_block_classes>
  ) -> Void

  /// All words of the blocks of `text`, and one more block that the kernel must leave as it is.
  private func words(_ text: [UInt8], by kernel: Kernel) -> [UInt64] {
    let padded = text + [UInt8](repeating: 0x80, count: 64)
    let untouched = ck_block_classes(
      letters: 1, upper: 1, digits: 1, spaces: 1, blanks: 1, uncommon: 1, apostrophes: 1,
      ascii_letters: 1, line_ends: 1, slashes: 1, controls: 1)
    var blocks = [ck_block_classes](repeating: untouched, count: (text.count + 63) / 64 + 1)
    unsafe kernel(padded, text.count, &blocks)
    return blocks.flatMap {
      [
        $0.letters, $0.upper, $0.digits, $0.spaces, $0.blanks, $0.uncommon, $0.apostrophes,
        $0.ascii_letters, $0.line_ends, $0.slashes, $0.controls,
      ]
    }
  }

  @Test("vectors and the portable kernel say the same, and of no more blocks than there are")
  func kernels() {
    for seed in 0..<4000 {
      var generator = SeededGenerator(seed: seed)
      // Bytes around the borders of all classes, of the Hangul syllables and of UTF-8.
      let alphabet: [UInt8] = [
        0x00, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x1F, 0x20, 0x21, 0x27, 0x2E, 0x2F, 0x30,
        0x39,
        0x3A,
        0x40, 0x41, 0x5A,
        0x5B, 0x60, 0x61, 0x7A, 0x7B, 0x7E, 0x7F, 0x80, 0x9D, 0x9E, 0xAF, 0xB0, 0xBF, 0xC0, 0xE0,
        0xEA,
        0xEA, 0xEB, 0xEC, 0xED, 0xED, 0xEE, 0xF0, 0xFF,
      ]
      let text = (0..<seed % 260).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
      let fast = unsafe words(text) { unsafe ck_classify($0, $1, $2) }
      let portable = unsafe words(text) { unsafe ck_classify_portable($0, $1, $2) }
      #expect(fast == portable, "seed \(seed)")
      for width in [Int32(16), 32, 64] {
        var isSupported = false
        let wide = unsafe words(text) {
          isSupported = unsafe ck_classify_by(width, $0, $1, $2) != 0
        }
        #expect(!isSupported || wide == portable, "seed \(seed), \(width) bytes")
      }
      #expect(fast.suffix(11) == [UInt64](repeating: 1, count: 11))
    }
  }

  @Test("every syllable and every letter is marked, and nothing else")
  func everyCodePoint() {
    for point in 0..<UInt32(0x11_0000) {
      guard let scalar = Unicode.Scalar(point) else { continue }
      let bytes = Array(String(Character(scalar)).utf8)
      let expected =
        (0xAC00..<0xD780).contains(point) || scalar.isASCII && scalar.properties.isAlphabetic
      let found = unsafe words(bytes) { unsafe ck_classify($0, $1, $2) }
      let all: UInt64 = (1 << UInt64(bytes.count)) - 1
      if found[0] != (expected ? all : 0) || found[5] != (expected || scalar.isASCII ? 0 : all) {
        Issue.record("U+\(String(point, radix: 16))")
      }
    }
  }

  @Test("a syllable that two documents share is none in either")
  func documentBorders() {
    let syllable = Array("가".utf8)
    for cut in 1...2 {
      let text = Array("나".utf8) + syllable + Array("다".utf8)
      var buffer = ByteBuffer()
      buffer.append(copying: text.span)
      var cutter = PretokenCutter(.gpt2)
      var ends = PretokenEnds()
      var documentPretokens = GrowableBuffer<Int>()
      cutter.appendEnds(
        of: buffer, documentEnds: [3 + cut, text.count].span, to: &ends,
        documentPretokens: &documentPretokens)
      let head = Array(text[..<(3 + cut)])
      let tail = Array(text[(3 + cut)...])
      let first = PreTokenizer.gpt2.referenceEnds(of: head.span)
      let second = PreTokenizer.gpt2.referenceEnds(of: tail.span)
      #expect(ends.makeArray().map(Int.init) == first + second.map { $0 + 3 + cut })
    }
  }
}
