// SPDX-License-Identifier: Apache-2.0

import PreTokenization
import TestSupport
import Testing
import TextCore

@Suite struct PreTokenizerTests {
  private func fastEnds(_ text: [UInt8], _ scheme: PreTokenizer) -> [Int] {
    scheme.ends(of: text.span).makeArray().map(Int.init)
  }

  private func pieces(_ text: String) -> [String] {
    let bytes = Array(text.utf8)
    var start = 0
    return fastEnds(bytes, .gpt2).map { end in
      defer { start = end }
      return String(decoding: bytes[start..<end], as: UTF8.self)
    }
  }

  @Test("the fast path cuts as the rule does", arguments: PreTokenizer.allCases)
  func likeReference(_ scheme: PreTokenizer) {
    for seed in 0..<20000 {
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

  @Test("every prefix of a text is cut as the rule does", arguments: PreTokenizer.allCases)
  func everyPrefix(_ scheme: PreTokenizer) {
    let text = Array("학교에서는 I'll've 12½ \u{A0} \t\n\n ㅋㅋ!!  끝\u{3000}'s'd '\u{2028}".utf8)
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

  @Test("long runs are cut in linear time")
  func hostile() {
    for unit in ["ㅋ", " ", "가 ", "\n", "'", "1", "\u{A0}", "👍"] {
      let text = Array(String(repeating: unit, count: 400_000).utf8)
      #expect(fastEnds(text, .gpt2).last == text.count)
    }
  }
}
