// SPDX-License-Identifier: Apache-2.0

import PreTokenization
import TestSupport
import Testing
import TextCore

@Suite struct PreTokenizerTests {
  private func fastEnds(_ text: [UInt8], _ scheme: PreTokenizer) -> [Int] {
    scheme.ends(of: text.span).makeArray().map(Int.init)
  }

  private func pieces(_ text: String, _ scheme: PreTokenizer = .gpt2) -> [String] {
    let bytes = Array(text.utf8)
    var start = 0
    return fastEnds(bytes, scheme).map { end in
      defer { start = end }
      return String(decoding: bytes[start..<end], as: UTF8.self)
    }
  }

  @Test("the fast path cuts as the rule does", arguments: PreTokenizer.allCases)
  func likeReference(_ scheme: PreTokenizer) {
    for seed in 0..<4000 {
      var generator = SeededGenerator(seed: seed)
      let text =
        seed % 3 == 0
        ? RandomText.illFormed(1 + seed % 30, using: &generator)
        : RandomText.wellFormed(1 + seed % 30, using: &generator)
      guard fastEnds(text, scheme) == scheme.referenceEnds(of: text.span) else {
        Issue.record("seed \(seed): \(String(decoding: text, as: UTF8.self).debugDescription)")
        return
      }
    }
  }

  /// Characters of every kind that some rule tells apart.
  private static let alphabet: [String] = [
    "가", "학", "A", "b", "s", "S", "l", "\u{17F}", "ǅ", "ʰ", "\u{301}", "か", "\u{3097}", "\u{3099}",
    "・", "漢", "龦",
    "1", "Ⅳ", "\u{11DE0}", " ", "\u{3000}", "\n", "\r", "\t", "'", ".", "/", "“", "₩", "😀", "\0",
    "\u{200B}",
  ]

  @Test("random strings of every kind of character", arguments: PreTokenizer.allCases)
  func everyKind(_ scheme: PreTokenizer) {
    for seed in 0..<6000 {
      var generator = SeededGenerator(seed: seed)
      // Few kinds at a time meet each other more often.
      let kinds = (0..<2 + seed % 6).map { _ in
        Self.alphabet.randomElement(using: &generator) ?? ""
      }
      let text = (0..<1 + seed % 12).map { _ in kinds.randomElement(using: &generator) ?? "" }
      let bytes = Array(text.joined().utf8)
      guard fastEnds(bytes, scheme) == scheme.referenceEnds(of: bytes.span) else {
        Issue.record("seed \(seed): \(text.joined().debugDescription)")
        return
      }
    }
  }

  /// What masks see: characters without white space that is not ASCII, numbers apart, few kinds.
  private static let common: [[String]] = [
    ["가", "A", "b", "s", "'", " ", "\n", "."], ["1", "2", "가", " ", ".", "\r\n"],
    ["漢", "“", "가", "·", " ", "a", "😀"], [" ", "\n", "\t", "a", "."], ["①", "1", "a", " ", "."],
    ["'", "s", "L", "l", "r", "E", " ", "가"], ["\n", "\r", ".", "。", " ", "1"],
    ["가", "A", "b", "é", "É", "漢"], ["가", "A", "b", "'", "s", "S", "T"],
    ["/", "\n", ".", "a", " "],
    ["É", "A", "가", " ", "1", "'", "l"], ["/", "\r\n", " ", "。", "A", "가"],
    ["가", " ", "漢", "b", ".", "1"], ["(", "a", "가", "é", "漢", " "],
    ["か", "・", "漢", "·", " ", "\n"],
    ["가", " ", "\n", "①", "か", "\t"], ["'", "s", " ", "가", "b", "1"], [" ", "1", "𝟙", "é", "😀"],
    ["(", "a", "\u{301}", "가", " ", "か"], ["\0", "\u{7F}", "가", " ", "a", "."],
  ]

  @Test(
    "random strings across the borders of blocks, several documents",
    arguments: PreTokenizer.allCases)
  func acrossBlocks(_ scheme: PreTokenizer) {
    for seed in 0..<6000 {
      var generator = SeededGenerator(seed: seed)
      let kinds = Self.common[seed % Self.common.count]
      // Runs long enough to fill blocks, and short ones in between.
      var text: [UInt8] = []
      var ends: [Int] = []
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        for _ in 0..<Int.random(in: 1...12, using: &generator) {
          let character = Array((kinds.randomElement(using: &generator) ?? "").utf8)
          let isLong = Int.random(in: 0..<5, using: &generator) == 0
          for _ in 0..<Int.random(in: 1...(isLong ? 70 : 4), using: &generator) {
            text += character
          }
        }
        ends.append(text.count)
      }
      var expected: [Int] = []
      var start = 0
      for end in ends {
        let document = Array(text[start..<end])
        expected += scheme.referenceEnds(of: document.span).map { $0 + start }
        start = end
      }
      guard cut(text, ends, scheme) == expected else {
        Issue.record(
          "seed \(seed): \(String(decoding: text, as: UTF8.self).debugDescription) \(ends)")
        return
      }
    }
  }

  private func cut(_ text: [UInt8], _ documentEnds: [Int], _ scheme: PreTokenizer) -> [Int] {
    var buffer = ByteBuffer()
    buffer.append(copying: text.span)
    var cutter = PretokenCutter(scheme)
    var ends = PretokenEnds()
    var documentPretokens = GrowableBuffer<Int>()
    cutter.appendEnds(
      of: buffer, documentEnds: documentEnds.span, to: &ends, documentPretokens: &documentPretokens)
    return ends.makeArray().map(Int.init)
  }

  @Test("every string of up to three characters of every kind", arguments: PreTokenizer.allCases)
  func everyShortString(_ scheme: PreTokenizer) {
    for first in Self.alphabet {
      for second in Self.alphabet + [""] {
        for third in second.isEmpty ? [""] : Self.alphabet + [""] {
          let bytes = Array((first + second + third).utf8)
          guard fastEnds(bytes, scheme) == scheme.referenceEnds(of: bytes.span) else {
            Issue.record("\((first + second + third).debugDescription)")
            return
          }
        }
      }
    }
  }

  @Test("every string of up to five of few characters", arguments: PreTokenizer.allCases)
  func everyLongerString(_ scheme: PreTokenizer) {
    for alphabet in ["가A \n", "aB\u{301}'", "1 \n.", "' sL", "か가 1", "./\n "] {
      let characters = alphabet.unicodeScalars.map { Array(String($0).utf8) }
      for length in 1...5 {
        var number = 0
        var limit = 1
        for _ in 0..<length { limit *= characters.count }
        while number < limit {
          var rest = number
          var bytes: [UInt8] = []
          for _ in 0..<length {
            bytes += characters[rest % characters.count]
            rest /= characters.count
          }
          number += 1
          guard fastEnds(bytes, scheme) == scheme.referenceEnds(of: bytes.span) else {
            Issue.record("\(String(decoding: bytes, as: UTF8.self).debugDescription)")
            return
          }
        }
      }
    }
  }

  @Test("every prefix of a text is cut as the rule does", arguments: PreTokenizer.allCases)
  func everyPrefix(_ scheme: PreTokenizer) {
    let text = Array(
      """
      학교에서는 I'll'VE 12½345 \u{A0} \t\n\n ㅋㅋ!!  끝\u{3000}'s'd '\u{2028}HTTPServer가ABC 漢字かな交じり/\n/!\r\nx 
      """.utf8)
    for end in 0...text.count {
      let prefix = Array(text[..<end])
      #expect(fastEnds(prefix, scheme) == scheme.referenceEnds(of: prefix.span), "\(end) bytes")
    }
  }

  @Test("GPT-2's rule on texts whose pieces are known")
  func known() {
    #expect(pieces("") == [])
    #expect(pieces("학교에서는 아이들이") == ["학교에서는", " 아이들이"])
    #expect(pieces("2021년 12월") == ["2021", "년", " 12", "월"])
    #expect(pieces("I'll don't") == ["I", "'ll", " don", "'t"])
    #expect(pieces("a   b") == ["a", "  ", " b"])
    #expect(pieces("a \n") == ["a", " \n"])
    #expect(pieces("a\n\nb") == ["a", "\n", "\n", "b"])
    #expect(pieces("ㅋㅋㅋ!! ^^") == ["ㅋㅋㅋ", "!!", " ^^"])
    #expect(pieces("가\u{A0}나") == ["가", "\u{A0}", "나"])
  }

  @Test("later rules on texts whose pieces are known")
  func knownLater() {
    let text = "(학교에서는 2021년 DON'T!\n\n  끝 \n "
    let common = ["(학교에서는", " ", "202", "1", "년", " DON", "'T", "!\n\n", " ", " 끝"]
    #expect(pieces(text, .cl100k) == common + [" \n "])
    #expect(pieces(text, .llama3) == common + [" \n", " "])
    #expect(
      pieces(text, .qwen2)
        == ["(학교에서는", " ", "2", "0", "2", "1", "년", " DON", "'T", "!\n\n", " ", " 끝", " \n", " "])
    #expect(
      pieces(text, .o200k)
        == ["(학교에서는", " ", "202", "1", "년", " DON'T", "!\n\n", " ", " 끝", " \n", " "])
    #expect(
      pieces(text, .deepseek)
        == ["(", "학교에서는", " ", "202", "1", "년", " DON", "'T", "!\n\n", " ", " 끝", " \n", " "])
    #expect(
      pieces(text, .exaone)
        == [
          "(", "학교에서는", " ", "2", "0", "2", "1", "년", " DON", "'", "T", "!", "\n\n ", " 끝", " \n ",
        ])
    #expect(
      pieces("나는 밥을 먹고, 3번 왔다!\n\n", .kExaone) == ["나는 밥을 먹고", ",", " ", "3", "번 왔다", "!\n", "\n"])
    #expect(pieces("HTTPServer 한글ABC한 漢字かな", .deepseek).last == "漢字かな")
    #expect(pieces("HTTPServer 한글ABC", .o200k) == ["HTTPServer", " 한글", "ABC"])
  }

  @Test("long runs are cut in linear time", arguments: PreTokenizer.allCases)
  func hostile(_ scheme: PreTokenizer) {
    for unit in [
      "ㅋ", " ", "가 ", "\n", "'", "1", "\u{A0}", "👍", "A", "가A", "\u{301}", "\u{301}A", "\n ", " \n",
      "\0", "か",
      "!\n", "/",
    ] {
      let run = String(repeating: unit, count: 200_000)
      for text in [run, run + "x", "가" + run] {
        #expect(fastEnds(Array(text.utf8), scheme).last == text.utf8.count)
      }
    }
  }
}
