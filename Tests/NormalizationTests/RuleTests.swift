// SPDX-License-Identifier: Apache-2.0

import Normalization
import TestSupport
import Testing
import TextCore

@Suite struct RuleTests {
  @Test("windows give what the rules give over the whole text", arguments: TestTexts.normalizers)
  func windows(_ normalizer: Normalizer) throws {
    for seed in 0..<1500 {
      let text = TestTexts.random(seed)
      let made = try TestTexts.normalized(text, normalizer)
      let expected = try TestTexts.reference(text, normalizer)
      #expect(made == expected, "\(normalizer.rawValue), seed \(seed)")
      // SentencePiece's map is no projection.
      if normalizer.rules.contains(.nmtNFKC) { continue }
      let again = try TestTexts.normalized(made, normalizer)
      #expect(again == made, "\(normalizer.rawValue), seed \(seed): not idempotent")
    }
  }

  @Test(
    "every code point in contexts is as the rules have it",
    arguments: TestTexts.normalizers.prefix(7))
  func everyCodePoint(_ normalizer: Normalizer) throws {
    for plane in [0, 1, 2, 14] {
      for page in 0..<256 {
        var points: [UInt32] = []
        for low in UInt32(0)..<256 {
          let point = UInt32(plane << 16 | page << 8) + low
          guard Unicode.Scalar(point) != nil else { continue }
          points += [
            0x61, point, 0x1F469, point, 0x200D, point, 0x1100, point, 0x1161, point, 0x1160,
          ]
          points += [
            point, 0xAC00, point, 0x11A8, 0x200D, point, 0x0D, point, 0x301, point, 0x115F,
          ]
          points += [point, 0x200C, 0x62, 0x62]
        }
        let text = TestTexts.text(points)
        let made = try TestTexts.normalized(text, normalizer)
        guard try made == TestTexts.reference(text, normalizer) else {
          Issue.record("\(normalizer.rawValue), plane \(plane), page \(page)")
          continue
        }
        if normalizer.rules.contains(.nmtNFKC) { continue }
        guard try made == TestTexts.normalized(made, normalizer) else {
          Issue.record("\(normalizer.rawValue), plane \(plane), page \(page): not idempotent")
          continue
        }
      }
    }
  }

  @Test("long texts, where blocks are skipped, are as the rules have them")
  func longTexts() throws {
    let plain = Array("가힣각나 a1é·“”、한漢ぁ「」…\n\tㅋㅋㅠ".unicodeScalars.map(\.value))
    for normalizer in TestTexts.normalizers {
      for seed in 0..<150 {
        var generator = SeededGenerator(seed: seed)
        var points: [UInt32] = []
        for _ in 0..<(40 + seed) {
          let isPlain = Int.random(in: 0..<(5 + seed % 90), using: &generator) > 0
          points.append((isPlain ? plain : TestTexts.points).randomElement(using: &generator) ?? 0)
        }
        let text = TestTexts.text(points)
        #expect(
          try TestTexts.normalized(text, normalizer) == TestTexts.reference(text, normalizer),
          "\(normalizer.rawValue), seed \(seed)")
      }
    }
  }

  @Test("NFD Korean of any mixture becomes what ICU makes of it")
  func decomposed() throws {
    for seed in 0..<800 {
      var generator = SeededGenerator(seed: seed)
      var points: [UInt32] = []
      for _ in 0..<(1 + seed % 40) {
        switch Int.random(in: 0..<12, using: &generator) {
        case 0: points.append(UInt32.random(in: 0x20..<0x7F, using: &generator))
        case 1: points.append(TestTexts.points.randomElement(using: &generator) ?? 0)
        case 2: points.append(UInt32.random(in: 0xAC00..<0xD7A4, using: &generator))
        default:
          points.append(UInt32.random(in: 0x1100..<0x1113, using: &generator))
          points.append(UInt32.random(in: 0x1161..<0x1176, using: &generator))
          if Bool.random(using: &generator) {
            points.append(UInt32.random(in: 0x11A8..<0x11C3, using: &generator))
          }
        }
      }
      let text = TestTexts.text(points)
      for normalizer in TestTexts.normalizers {
        #expect(
          try TestTexts.normalized(text, normalizer) == TestTexts.reference(text, normalizer),
          "\(normalizer.rawValue), seed \(seed)")
      }
    }
  }

  /// What a rule is for, each by an example.
  @Test(arguments: [
    ("korean", "ＡＢＣ １２３！", "ABC 123!"),
    ("korean", "ﾡￂﾤ", "ㄱㅏㄴ"),
    ("korean", "가\u{3164}나\u{FFA0}", "가나"),
    (
      "korean", "\u{115F}\u{1161}\u{11A8} \u{1100}\u{1160}\u{11A8}",
      "\u{115F}\u{1161}\u{11A8} \u{1100}\u{1160}\u{11A8}"
    ),
    ("korean", "가\u{115F}나\u{1160}다", "가나다"),
    ("korean", "가\u{200B}나\u{FEFF}다\u{AD}라\u{200D}마", "가나다라마"),
    ("korean", "👩\u{200D}👩\u{200D}👧 ❤\u{FE0F}\u{200D}🔥", "👩\u{200D}👩\u{200D}👧 ❤\u{FE0F}\u{200D}🔥"),
    ("korean", "می\u{200C}خواهم क्\u{200D}ष", "می\u{200C}خواهم क्\u{200D}ष"),
    ("korean", "가\u{A0}나\u{3000}다\u{2003}라", "가 나 다 라"),
    ("korean", "가\r\n나\r다\u{2028}라\u{B}마", "가\n나\n다\n라\n마"),
    ("korean", "가\u{0}나\u{1B}[0m\u{9F}", "가나[0m"),
    ("korean", "\u{F914}\u{F95C}", "樂樂"),
    ("korean", "\u{1112}\u{1161}\u{200B}\u{11AB}", "한"),
    ("korean", "ㅋㅋㅋ ㈜ ① ᄒᆞᆫ", "ㅋㅋㅋ ㈜ ① ᄒᆞᆫ"),
    ("korean +cap-repeats=2", "ㅋㅋㅋㅋ ㅠㅠㅠ!!!! aaaa 1000", "ㅋㅋ ㅠㅠ!! aaaa 1000"),
    ("korean -width", "Ａﾡ\u{3164}", "Ａﾡ"),
    ("nfkc", "㈜ ①", "(주) 1"),
    ("nmt_nfkc", "가\t나\u{200B}다\u{1}", "가 나 다"),
  ])
  func examples(_ name: String, _ text: String, _ expected: String) throws {
    let normalizer = try #require(Normalizer(rawValue: name))
    let made = try TestTexts.normalized(Array(text.utf8), normalizer)
    #expect(
      String(decoding: made, as: UTF8.self).unicodeScalars.elementsEqual(expected.unicodeScalars))
  }

  @Test("a normaliser's name gives it back, and names nothing else")
  func names() throws {
    for normalizer in TestTexts.normalizers {
      #expect(Normalizer(rawValue: normalizer.rawValue) == normalizer)
    }
    #expect(
      try Normalizer(.korean, with: [], without: ["width"]).rawValue
        == "korean -halfwidth-jamo -fullwidth-ascii")
    for name in [
      "", "nfd", "nfc nfkc", "nfc +none", "nfc +cap-repeats", "nfc +cap-repeats=0",
      "nmt_nfkc +spaces",
    ] {
      #expect(Normalizer(rawValue: name) == nil, "\(name)")
    }
  }

  @Test("any chunks give the normal form of the whole")
  func streams() throws {
    for normalizer in TestTexts.normalizers {
      for seed in 0..<40 {
        let text = TestTexts.random(seed) + TestTexts.random(seed + 1000)
        let expected = try TestTexts.normalized(text, normalizer)
        for split in 0...text.count {
          var stream = NormalizationStream(normalizer)
          var output = ByteBuffer()
          try stream.append(text.span.extracting(0..<split), to: &output)
          try stream.append(text.span.extracting(split..<text.count), to: &output)
          try stream.finish(to: &output)
          #expect(output.makeArray() == expected, "\(normalizer.rawValue), seed \(seed), \(split)")
        }
        var stream = NormalizationStream(normalizer)
        var output = ByteBuffer()
        for index in text.indices {
          try stream.append(text.span.extracting(index..<index + 1), to: &output)
        }
        try stream.finish(to: &output)
        #expect(output.makeArray() == expected, "\(normalizer.rawValue), seed \(seed), bytes")
      }
    }
  }

  @Test("bytes that are not UTF-8 pass through, and nothing is made of them")
  func illFormed() throws {
    let bytes: [UInt8] = [0x61, 0xCC, 0x81, 0xC2, 0xA0, 0x80, 0xCC, 0x81, 0xE4, 0xCC, 0x81, 0xFF]
    for normalizer in TestTexts.normalizers where normalizer.rules.contains(.nfc) {
      let made = try TestTexts.normalized(bytes, normalizer)
      let hasSpaces = normalizer.rules.contains(.spaces)
      #expect(
        made == [0xC3, 0xA1] + (hasSpaces ? [0x20] : [0xC2, 0xA0])
          + [0x80, 0xCC, 0x81, 0xE4, 0xCC, 0x81, 0xFF], "\(normalizer.rawValue)")
    }
  }
}
