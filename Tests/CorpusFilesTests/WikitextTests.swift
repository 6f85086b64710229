// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import TestSupport
internal import Testing
internal import TextCore

@Suite("Wikitext")
struct WikitextTests {
  private func reduced(_ wikitext: String) throws -> String {
    var escaped = ""
    for character in wikitext {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      default: escaped.append(character)
      }
    }
    let page = "<page><ns>0</ns><id>1</id><text>\(escaped)</text></page>"
    return try Reading(bytes: Array(page.utf8), name: "a.xml").texts[0]
  }

  static let cases: [(String, String)] = [
    // Links
    ("[[한국]]의 [[서울특별시|서울]]들", "한국의 서울들"), ("[[:분류:나라]] [[:en:Seoul|영어]]", "분류:나라 영어"),
    ("앞[[파일:a.jpg|섬네일|[[링크|그림]] 설명 {{틀}}]]뒤", "앞뒤"), ("[[File:x.png]][[그림:y.png]]", ""),
    ("[[분류:나라]]\n[[category:x]]끝", "끝"), ("[[en:Seoul]][[zh-yue:首爾]]", ""), ("[[s:책|책]]", "책"),
    ("[[열린 링크", "[[열린 링크"), ("닫힌]] 링크", "닫힌]] 링크"), ("[[a\nb]]", "[[a\nb]]"), ("[[]]", "[[]]"),
    ("[http://a.kr 예시 글] [https://b.kr] http://c.kr", "예시 글 http://c.kr"), ("배열[0]", "배열[0]"),
    ("[http://a.kr 줄\n끝]", "[http://a.kr 줄\n끝]"),
    // Templates
    ("앞{{틀|a={{속|b}}|[[c|d]]}}뒤", "앞뒤"), ("{{{1|기본}}}x", "x"), ("{{{{틀}}}}x", "x"),
    ("{{{{{1}}}}}x", "x"),
    ("{{lang|en|Seoul}} {{llang|ko|서울}} {{lang-ja|ソウル}}", "Seoul 서울 ソウル"),
    ("{{nowrap|1=가 = 나}} {{한자|漢字}}", "가 = 나 漢字"), ("{{열린 틀", "{{열린 틀"), ("닫힌}}", "닫힌}}"),
    ("'''말'''({{llang|en|word}}, {{IPA|x}})은", "말(word)은"), ("말({{IPA|x}}, {{x}})은", "말은"),
    ("말 ({{IPA|x}}; 글)은", "말 (글)은"), ("함수 f()", "함수 f()"), ("[[a {{b]] c}}", "[[a"),
    // Tables
    ("앞\n{| class=x\n! 가\n|-\n| [[나]] || {{다}}\n{|\n| 속\n|}\n|}\n뒤", "앞\n뒤"),
    ("{|열린\n| 표", "{|열린\n| 표"),
    ("{{틀|a\n|b\n|}}끝", "끝"),
    // Tags
    ("글<ref>각주 [[링크]] {{웹}}</ref>이다<ref name=\"a\" />.", "글이다."), ("가<br />나<br>다", "가\n나\n다"),
    ("<div style=\"x\">안 <b>굵</b></div>", "안 굵"), ("<math>x < y</math>수식", "수식"),
    ("a < b > c", "a < b > c"),
    ("<nowiki>[[글]] ''x'' {{y}} &lt;</nowiki>", "[[글]] ''x'' {{y}} <"), ("<!-- 주석 [[ -->글", "글"),
    ("가\n<!-- 한 줄 -->\n나", "가\n나"), ("<gallery>\n파일:a.jpg|설명\n</gallery>끝", "끝"), ("<모름>", "<모름>"),
    ("<ref>열린 각주", "열린 각주"), ("<pre>\n * 코드 ''x''\n</pre>", "* 코드 ''x''"), ("<!-- 열린 주석", ""),
    // Quotes
    ("''기울임'' '''굵게''' '''''둘''''' it's", "기울임 굵게 둘 it's"),
    ("''''넷'''' ''''''여섯''''''", "'넷' '여섯'"),
    // Lines
    ("== 역사 ==\n=== 옛날 ===\n본문 = 글", "역사\n옛날\n본문 = 글"),
    ("* 하나\n** 둘\n# 셋\n:들여\n; 용어", "하나\n둘\n셋\n들여\n용어"),
    ("----\n글\n\n\n\n다음", "글\n다음"), ("__목차__ __NOTOC__글 __소문자x__", "글 __소문자x__"),
    ("가 &amp; 나&nbsp;&#44032;&#xAC01;", "가 & 나\u{A0}가각"),
    ("=", "="), ("==", "=="), ("== ==", ""), ("&unknown; &", "&unknown; &"),
    ("가  나   다", "가 나 다"),
  ]

  @Test("markup is reduced to what a reader sees", arguments: cases)
  func reduction(source: String, expected: String) throws {
    #expect(try reduced(source) == expected)
  }

  @Test("hostile nesting takes linear time and ends")
  func hostile() throws {
    let many = 5000
    for mark in [
      "[[", "{{", "{{{", "{|\n", "[http://", "<ref>", "<nowiki>", "<!--", "'", "<", "&", "[[a|",
      "{{lang|en|",
    ] {
      let open = String(repeating: mark, count: many)
      for close in ["", "]]", "}}", "}}}", "\n|}", "]", "</ref>", "-->"] {
        _ = try reduced(open + String(repeating: close, count: many))
      }
    }
  }
}
