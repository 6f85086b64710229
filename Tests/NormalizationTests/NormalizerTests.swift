// SPDX-License-Identifier: Apache-2.0

import CICU
import Normalization
import TestSupport
import Testing
import TextCore

@Suite struct NormalizerTests {
  /// ICU over the whole text: the oracle.
  private func reference(_ text: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    let status = unsafe withUnsafeMutablePointer(to: &output) { context in
      unsafe text.span.withUnsafeBufferPointer { source in
        unsafe cicu_normalize(
          cicu_nfc, source.baseAddress, source.count,
          { context, bytes, count in
            if let context = unsafe context {
              unsafe context.assumingMemoryBound(to: [UInt8].self).pointee.append(
                contentsOf: UnsafeBufferPointer(start: bytes, count: count))
            }
          }, context)
      }
    }
    #expect(status == 0)
    return output
  }

  private func nfc(_ text: [UInt8]) throws -> [UInt8] {
    var output = ByteBuffer()
    try Normalizer.nfc.append(text.span, to: &output)
    return output.makeArray()
  }

  @Test("windows give what ICU gives over the whole text")
  func likeICU() throws {
    for seed in 0..<8000 {
      var generator = SeededGenerator(seed: seed)
      let text = RandomText.wellFormed(1 + seed % 24, using: &generator)
      let expected = reference(text)
      #expect(try nfc(text) == expected, "seed \(seed)")
      #expect(try nfc(expected) == expected, "seed \(seed): not idempotent")
    }
  }

  @Test("every code point, between letters and after a combining mark, is as ICU has it")
  func everyCodePoint() throws {
    for plane in 0..<17 {
      var text: [UInt8] = []
      for point in plane << 16..<(plane + 1) << 16 {
        guard let scalar = Unicode.Scalar(UInt32(point)) else { continue }
        text += Array("a\(scalar)가\(scalar)\u{301}\(scalar)ᄀ\(scalar)".utf8)
      }
      guard try nfc(text) == reference(text) else {
        Issue.record("plane \(plane)")
        continue
      }
    }
  }

  @Test(
    "every code point of the first plane amid long text, where blocks are skipped, is as ICU has it"
  )
  func blocks() throws {
    let before = [UInt8](repeating: UInt8(ascii: "a"), count: 200)
    let after = Array("\u{301}".utf8) + [UInt8](repeating: UInt8(ascii: "a"), count: 90)
    for point in UInt32(0x80)..<0x1_0000 {
      guard let scalar = Unicode.Scalar(point) else { continue }
      let text = before + Array(String(scalar).utf8) + after
      guard try nfc(text) == reference(text) else {
        Issue.record("U+\(String(point, radix: 16))")
        continue
      }
    }
  }

  @Test("marks anywhere in long text are as ICU has them")
  func longTexts() throws {
    let plain = Array("가힣각나 a1é·“”、한漢ぁ".unicodeScalars)
    let special = Array("\u{301}\u{11A8}\u{1161}\u{3099}\u{2000}\u{302A}😀\u{D7B0}ꥠ".unicodeScalars)
    for seed in 0..<3000 {
      var generator = SeededGenerator(seed: seed)
      var scalars = String.UnicodeScalarView()
      for _ in 0..<(40 + seed % 300) {
        let pool = Int.random(in: 0..<(20 + seed % 90), using: &generator) == 0 ? special : plain
        if let scalar = pool.randomElement(using: &generator) { scalars.append(scalar) }
      }
      let text = Array(String(scalars).utf8)
      #expect(try nfc(text) == reference(text), "seed \(seed)")
      // ---- With a byte that is not UTF-8 in the middle ----
      let place = String(scalars.prefix(scalars.count / 2)).utf8.count
      let broken = text[..<place] + [0x80] + text[place...]
      #expect(
        try nfc(Array(broken)) == reference(Array(text[..<place])) + [0x80]
          + reference(Array(text[place...])), "seed \(seed), broken")
    }
  }

  @Test("runs of combining marks of any length and order are as ICU has them")
  func longRuns() throws {
    // Marks of many classes, some that decompose to two, letters that compose, and starters that
    // decompose to marks alone.
    let points =
      Array(
        "\u{301}\u{323}\u{327}\u{338}\u{345}\u{344}\u{340}\u{315}\u{5B0}\u{64B}\u{93C}\u{F71}\u{F72}"
          .unicodeScalars)
      + Array("\u{F73}\u{F75}\u{F81}\u{3099}\u{302A}\u{1D165}aeか\u{1E69}각".unicodeScalars)
    for seed in 0..<200 {
      var generator = SeededGenerator(seed: seed)
      let kinds = points.indices.shuffled(using: &generator).prefix(1 + seed % points.count)
      var scalars = String.UnicodeScalarView()
      for _ in 0..<[60, 120, 130, 300, 900][seed % 5] {
        if let kind = kinds.randomElement(using: &generator) { scalars.append(points[kind]) }
      }
      let text = Array(String(scalars).utf8)
      #expect(try nfc(text) == reference(text), "seed \(seed)")
    }
  }

  @Test("a megabyte of combining marks that change places is normalised")
  func hostileMarks() throws {
    let marks = [UInt8](repeating: 0, count: 1 << 18)
    let text = Array("a".utf8) + marks.flatMap { _ in Array("\u{301}\u{323}".utf8) }
    let expected =
      Array("\u{1EA1}".utf8) + marks.dropFirst().flatMap { _ in Array("\u{323}".utf8) }
      + marks.flatMap { _ in Array("\u{301}".utf8) }
    #expect(try nfc(text) == expected)
  }

  @Test("conjoining jamo become syllables; old Hangul and compatibility jamo stay")
  func hangul() throws {
    func text(_ text: String) throws -> String {
      String(decoding: try nfc(Array(text.utf8)), as: UTF8.self)
    }
    #expect(
      Array(try text("\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF}").unicodeScalars) == [
        "한", "글",
      ])
    #expect(Array(try text("ᄒᆞᆫ").unicodeScalars) == ["\u{1112}", "\u{119E}", "\u{11AB}"])
    #expect(try text("ㅋㅋㅋ ㈜ ①").unicodeScalars.elementsEqual("ㅋㅋㅋ ㈜ ①".unicodeScalars))
  }

  @Test("bytes that are not UTF-8 pass through, and the text around them is normalised")
  func illFormed() throws {
    for seed in 0..<3000 {
      var generator = SeededGenerator(seed: seed)
      let bytes = RandomText.illFormed(10, using: &generator)
      // The oracle: each well-formed stretch by itself.
      var expected: [UInt8] = []
      var start = 0
      var offset = 0
      while offset < bytes.count {
        let scalar = decodeUTF8(bytes.span, at: offset)
        if !scalar.isWellFormed {
          expected += reference(Array(bytes[start..<offset]))
          expected += bytes[offset..<offset + scalar.byteCount]
          start = offset + scalar.byteCount
        }
        offset += scalar.byteCount
      }
      expected += reference(Array(bytes[start...]))
      #expect(try nfc(bytes) == expected, "seed \(seed)")
    }
  }

  @Test("none leaves any bytes as they are")
  func none() throws {
    var output = ByteBuffer()
    let bytes = Array(UInt8.min...UInt8.max)
    try Normalizer.none.append(bytes.span, to: &output)
    #expect(output.makeArray() == bytes)
  }
}
