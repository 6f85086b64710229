// SPDX-License-Identifier: Apache-2.0

internal import TestSupport
internal import Testing
internal import TextCore

@Suite("Fields of JSON lines")
struct JSONFieldTests {
  /// What became of a line; of one that is not UTF-8 nothing.
  private struct Taken: Equatable {
    var outcome: JSONFieldReader.Outcome?
    var text: [UInt8] = []
    var others: [[UInt8]] = []
  }

  private static let others = ["id", "title"]

  /// Reads the lines of `text` from `start` on, in runs of `limit` lines where the kernel takes them, and
  /// counts those.
  private func read(
    _ text: [UInt8], from start: Int = 0, limit: Int = .max, by kernel: JSONFieldReader.Kernel,
    _ inRuns: inout Int
  ) -> [Taken] {
    var reader = JSONFieldReader(field: "text", others: Self.others, kernel: kernel)
    let buffer = ByteBuffer(copying: text)
    var output = ByteBuffer(copying: [0x78])
    var taken: [Taken] = []
    var start = start
    while start < text.count {
      let before = output.count
      let count = reader.appendRun(of: buffer, from: start, limit: limit, to: &output)
      for line in 0..<count {
        let first = before + (line == 0 ? 0 : reader.textEnds[line - 1])
        let others = Self.others.indices.map { index in
          var value = ByteBuffer()
          reader.appendOther(index, ofLine: line, to: &value)
          return value.makeArray()
        }
        let last = before + reader.textEnds[line]
        let found = output.span.extracting(first..<last).makeArray()
        taken.append(Taken(outcome: .appended, text: found, others: others))
      }
      inRuns += count
      if count > 0 {
        start = reader.lineEnds[count - 1] + 1
        continue
      }
      let end = text[start...].firstIndex(of: 0x0A) ?? text.count
      taken.append(readOne(buffer, start..<end, by: &reader))
      start = end + 1
    }
    return taken
  }

  private func readOne(
    _ text: borrowing ByteBuffer, _ range: Range<Int>, by reader: inout JSONFieldReader
  ) -> Taken {
    guard isWellFormedUTF8(text.span.extracting(range)) else { return Taken() }
    var output = ByteBuffer()
    let outcome = reader.appendField(of: text, range, to: &output)
    let others = Self.others.indices.map { index in
      var value = ByteBuffer()
      reader.appendOther(index, to: &value)
      return value.makeArray()
    }
    return Taken(outcome: outcome, text: output.makeArray(), others: others)
  }

  /// Compares what both kernels make of `lines` with what simdjson makes of them; returns how many
  /// lines each took in runs.
  @discardableResult
  private func compare(_ lines: [[UInt8]], from start: Int = 0, limit: Int = .max) -> [Int] {
    let text = Array(lines.joined(separator: [0x0A]))
    var inRuns = 0
    let wanted = read(text, from: start, by: .none, &inRuns)
    return [JSONFieldReader.Kernel.fastest, .portable].map { kernel in
      inRuns = 0
      let found = read(text, from: start, limit: limit, by: kernel, &inRuns)
      #expect(found.count == wanted.count)
      for (one, other) in zip(found, wanted) where one != other {
        Issue.record("\(kernel), \(start), \(limit): \(one) instead of \(other)")
      }
      return inRuns
    }
  }

  /// Lines that a kernel takes.
  private static let plain = [
    #"{"text":"가"}"#, #" { "id" : 12 , "text" : "나\n\"\\\/\b\f\r\t" , "title":"제목"} "#,
    #"{"text":"a","text":"b"}"#, #"{"text":"a","id":-7}"#, #"{"other":"x\ty","text":"a"}"#,
    #"{"text":"","id":"","title":""}"#, #"{"text":"a","":"b"}"#, #"{"text":"a","id":true}"#,
    #"{"text":"a","id":-0.5,"n":12.75,"title":"b"}"#,
    "{\"text\":\"a\u{7F}\u{80}b\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFF}\u{10000}\u{10FFFF}\"}\r",
  ]

  private static let lines = [
    #"{"text":"가"}"#, #" { "id" : 12 , "text" : "나\n\"\\\/\b\f\r\t" , "title":"제목"} "#,
    #"{"text":"\ud55c\uae00"}"#, #"{"text":"a","text":"b"}"#, #"{"text":"a","text":1}"#,
    #"{"te\u0078t":"a"}"#, #"{"te\\xt":"a"}"#, #"{"text":1}"#, #"{"text":null}"#, #"{"id":"x"}"#,
    #"{}"#, #"{"text":"a",}"#, #"{"text":"a"} x"#, #"{"text":"a"}}"#, #"["text"]"#, #""text""#,
    #"{"text":"a","id":-0}"#, #"{"text":"a","id":-7}"#, #"{"text":"a","id":007}"#,
    #"{"text":"a","id":1.}"#, #"{"text":"a","id":1.5e3}"#, #"{"text":"a","id":00.5}"#,
    #"{"text":"a","id":1.2.3}"#, #"{"text":"a","id":-.5}"#, #"{"text":"a","id":-}"#,
    #"{"text":"a","id":1e3}"#,
    #"{"text":"a","id":12345678901234567890}"#,
    #"{"text":"a","id":9223372036854775807}"#, #"{"text":"a","n":{"text":"b"}}"#,
    #"{"text":"a","n":[1,2]}"#, #"{"text":"a","id":true}"#, #"{"text":"a","id":tru}"#,
    #"{"text":"a","id":truex}"#, #"{"text":"a" "id":1}"#, #"{"text" "a"}"#, #"{"text":"a\x"}"#,
    #"{"text":"a"#, #"{"text":"a\"#, #"{"title":"x\ty","text":"a"}"#,
    #"{"other":"x\ty","text":"a"}"#,
    #"{"text":"","id":"","title":""}"#, #"{"text":"a","":"b"}"#, "{\"text\":\"a\tb\"}",
    "{\"text\":\"a\u{7F}\u{80}b\"}", "{\"text\":\"a\0b\"}", "{\"text\":\"a\",\"id\":\"\0\"}", "",
  ]

  @Test("kernels take plain lines, and leave the others to simdjson")
  func kernels() {
    for line in (Self.plain + Self.lines).map({ Array($0.utf8) }) { compare([line]) }
    for line in Self.plain {
      let lines = [[UInt8]](repeating: Array(line.utf8), count: 3)
      #expect(compare(lines) == [3, 3], "\(line)")
    }
  }

  @Test("runs of lines of many shapes, whatever their length", arguments: 0..<20)
  func runs(seed: Int) {
    var generator = SeededGenerator(seed: seed)
    let all = Self.plain + Self.plain + Self.lines + [" ", ""]
    let lines = (0..<400).compactMap { _ in
      all.randomElement(using: &generator).map { Array($0.utf8) }
    }
    let taken = compare(lines, limit: [1, 2, 127, 128, .max][seed % 5])
    #expect(taken[0] == taken[1] && taken[0] > 80)
    compare(Array(repeating: Array(Self.plain[seed % Self.plain.count].utf8), count: 300))
  }

  @Test("strings of every length, with a special byte at every place")
  func lengths() {
    for length in 0..<150 {
      let text = String(repeating: "x", count: length)
      var lines = [Array("{\"text\":\"\(text)\"}".utf8)]
      for special in ["\\n", "\\u0041", "\\", "\u{1}", "가", "\"", "\\\"", "\\\\\\n\\n", "\n"] {
        let place = text.index(text.startIndex, offsetBy: length * 7 % (length + 1))
        lines.append(
          Array("{\"id\":3,\"text\":\"\(text[..<place])\(special)\(text[place...])\"}".utf8))
        lines.append(
          Array("{\"id\":\"\(text[..<place])\(special)\",\"text\":\"\(text[place...])\"}".utf8))
      }
      compare(lines)
      // What stands before the first line must not matter.
      compare([Array("\"{\\\u{1}".utf8) + lines[0]] + lines, from: 4)
    }
  }

  @Test("bytes that are not UTF-8 at every place of long strings")
  func illFormed() {
    let sequences: [[UInt8]] = [
      [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xE0, 0x9F, 0xBF], [0xE3, 0x81],
      [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80],
      [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xEA, 0xB0, 0x80, 0x80],
    ]
    let good: [[UInt8]] = [[0xC2, 0x80], [0xEA, 0xB0, 0x80], [0xF0, 0x9F, 0x98, 0x80], [0x61]]
    let head = Array("{\"text\":\"".utf8)
    let end = Array("\"}".utf8)
    let plain = Array(Self.plain[0].utf8)
    // Around the borders of what is looked at together: 64 bytes, and 1,024.
    for place in [Array(0..<70), Array(1000..<1030), Array(2030..<2050)].joined() {
      let before = [UInt8](repeating: 0x61, count: place)
      let behind = [UInt8](repeating: 0x62, count: 80)
      for sequence in good {
        #expect(compare([head + before + sequence + behind + end, plain]) == [2, 2])
      }
      for sequence in sequences {
        let taken = compare([
          plain, head + before + sequence + behind + end, head + before + sequence + end, plain,
        ])
        #expect(taken[0] <= 2 && taken[1] <= 2)
      }
    }
  }

  @Test("random damage to lines", arguments: 0..<20)
  func damaged(seed: Int) {
    var generator = SeededGenerator(seed: seed)
    let alphabet = Array("{}[]:,\"\\ntu0123-+.eE \t가x\n".utf8) + [0xFF, 0xC2]
    let lines = (0..<2000).compactMap { _ -> [UInt8]? in
      let all = Self.plain + Self.lines
      guard var line = all.randomElement(using: &generator).map({ Array($0.utf8) }) else {
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
