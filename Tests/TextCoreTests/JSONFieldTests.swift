// SPDX-License-Identifier: Apache-2.0

internal import TestSupport
internal import Testing
internal import TextCore

@Suite("Fields of JSON lines")
struct JSONFieldTests {
  private struct Taken: Equatable {
    var outcome: JSONFieldReader.Outcome
    var text: [UInt8]
    var others: [[UInt8]]
  }

  private static let others = ["id", "title"]

  private func take(_ line: [UInt8], by reader: inout JSONFieldReader) -> Taken {
    // What stands before and behind must not matter.
    let buffer = ByteBuffer(copying: Array("\"{".utf8) + line + Array("\"}\\".utf8))
    var text = ByteBuffer(copying: [0x78])
    let outcome = reader.appendField(of: buffer, 2..<2 + line.count, to: &text)
    let others = Self.others.indices.map { index in
      var value = ByteBuffer()
      reader.appendOther(index, to: &value)
      return value.makeArray()
    }
    return Taken(outcome: outcome, text: text.makeArray(), others: others)
  }

  private func compare(_ lines: [[UInt8]]) {
    var fast = JSONFieldReader(field: "text", others: Self.others)
    var slow = JSONFieldReader(field: "text", others: Self.others, triesKernel: false)
    for line in lines where isWellFormedUTF8(line.span) {
      #expect(
        take(line, by: &fast) == take(line, by: &slow), "\(String(decoding: line, as: UTF8.self))")
    }
  }

  private static let lines = [
    #"{"text":"가"}"#, #" { "id" : 12 , "text" : "나\n\"\\\/\b\f\r\t" , "title":"제목"} "#,
    #"{"text":"\ud55c\uae00"}"#, #"{"text":"a","text":"b"}"#, #"{"text":"a","text":1}"#,
    #"{"te\u0078t":"a"}"#, #"{"te\\xt":"a"}"#, #"{"text":1}"#, #"{"text":null}"#, #"{"id":"x"}"#,
    #"{}"#, #"{"text":"a",}"#, #"{"text":"a"} x"#, #"{"text":"a"}}"#, #"["text"]"#, #""text""#,
    #"{"text":"a","id":-0}"#, #"{"text":"a","id":-7}"#, #"{"text":"a","id":007}"#,
    #"{"text":"a","id":1.5}"#, #"{"text":"a","id":1e3}"#,
    #"{"text":"a","id":12345678901234567890}"#,
    #"{"text":"a","id":9223372036854775807}"#, #"{"text":"a","n":{"text":"b"}}"#,
    #"{"text":"a","n":[1,2]}"#, #"{"text":"a","id":true}"#, #"{"text":"a","id":tru}"#,
    #"{"text":"a","id":truex}"#, #"{"text":"a" "id":1}"#, #"{"text" "a"}"#, #"{"text":"a\x"}"#,
    #"{"text":"a"#, #"{"text":"a\"#, #"{"title":"x\ty","text":"a"}"#,
    #"{"other":"x\ty","text":"a"}"#,
    #"{"text":"","id":"","title":""}"#, #"{"text":"a","":"b"}"#, "{\"text\":\"a\tb\"}",
    "{\"text\":\"a\u{7F}\u{80}b\"}", "{\"text\":\"a\0b\"}", "{\"text\":\"a\",\"id\":\"\0\"}", "",
  ]

  @Test("the kernel takes what simdjson takes, and leaves to it what is wrong")
  func kernel() { compare(Self.lines.map { Array($0.utf8) }) }

  @Test("strings of every length, with a special byte at every place")
  func lengths() {
    var lines: [[UInt8]] = []
    for length in 0..<100 {
      let text = String(repeating: "x", count: length)
      lines.append(Array("{\"text\":\"\(text)\"}".utf8))
      for special in ["\\n", "\\u0041", "\\", "\u{1}", "가", "\"", "\\\""] {
        let place = text.index(text.startIndex, offsetBy: length * 7 % (length + 1))
        lines.append(
          Array("{\"id\":3,\"text\":\"\(text[..<place])\(special)\(text[place...])\"}".utf8))
      }
    }
    compare(lines)
  }

  @Test("random damage to lines", arguments: 0..<20)
  func damaged(seed: Int) {
    var generator = SeededGenerator(seed: seed)
    let alphabet = Array("{}[]:,\"\\ntu0123-+.eE \t가x".utf8)
    let lines = (0..<2000).compactMap { _ -> [UInt8]? in
      guard var line = Self.lines.randomElement(using: &generator).map({ Array($0.utf8) }) else {
        return nil
      }
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let byte = alphabet.randomElement(using: &generator) ?? 0
        let place = Int.random(in: 0...line.count, using: &generator)
        if place < line.count, Bool.random(using: &generator) {
          line[place] = byte
        } else {
          line.insert(byte, at: place)
        }
      }
      return line
    }
    compare(lines)
  }
}
