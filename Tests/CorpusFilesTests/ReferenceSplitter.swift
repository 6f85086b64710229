// SPDX-License-Identifier: Apache-2.0

/// Splits a whole text in memory, in the most obvious way.
struct ReferenceSplitter {
  struct Document: Equatable {
    var line: Int
    var bytes: [UInt8]
  }

  /// A line with its end, numbered from 1.
  struct Line {
    var number: Int
    var byteOffset: Int
    var bytes: [UInt8]
    var isBlank: Bool { bytes.allSatisfy { [0x20, 0x09, 0x0D, 0x0A].contains($0) } }
  }

  let lines: [Line]

  init(_ text: [UInt8]) {
    var lines: [Line] = []
    var current: [UInt8] = []
    var start = 0
    for (offset, byte) in text.enumerated() {
      current.append(byte)
      if byte == 0x0A || offset == text.count - 1 {
        lines.append(Line(number: lines.count + 1, byteOffset: start, bytes: current))
        start = offset + 1
        current = []
      }
    }
    self.lines = lines
  }

  private static func withoutEnd(_ bytes: [UInt8]) -> [UInt8] {
    if bytes.suffix(2) == [0x0D, 0x0A] { return bytes.dropLast(2) }
    return bytes.last == 0x0A ? bytes.dropLast() : bytes
  }

  var lineDocuments: [Document] {
    lines.map { Document(line: $0.number, bytes: Self.withoutEnd($0.bytes)) }
  }

  /// Runs of lines, each up to a blank line and with it.
  var segments: [[Line]] {
    var segments: [[Line]] = []
    var current: [Line] = []
    for line in lines {
      current.append(line)
      if line.isBlank && line.bytes.last == 0x0A {
        segments.append(current)
        current = []
      }
    }
    return current.isEmpty ? segments : segments + [current]
  }

  var paragraphDocuments: [Document] {
    segments.compactMap { segment in
      let text = segment.filter { !$0.isBlank }
      guard let first = text.first else { return nil }
      return Document(line: first.number, bytes: Self.withoutEnd(text.flatMap(\.bytes)))
    }
  }
}

/// Texts whose line ends, blank lines and bytes are hostile in one way each.
let hostileTexts: [[UInt8]] =
  [
    "", "\n", "\n\n", "\r\n", "\r", "a", "a\n", "a\nb", "a\nb\n", "a\r\nb\r\n", "a\r\r\nb\r",
    "\n\na\n\n\nb\n\n", "가나다\n라마\n\n바사\n아", "첫 문단\r\n둘째 줄\r\n\r\n \t\r\n둘째 문단",
    " \n\t\n a\n \n\tb\n ", "😀\n👨‍👩‍👧‍👦\n\n한글과 emoji 🇰🇷\n", "a\u{0}b\n\u{2028}c\u{85}d\n",
    "x\n" + String(repeating: "아주 긴 줄 ", count: 20) + "\ny\n\n"
      + String(repeating: "z\n", count: 15) + "\nend",
  ].map { Array($0.utf8) } + [
    [0x61, 0xFF, 0x0A, 0xED, 0xA0, 0x80, 0x0A, 0xEA, 0xB0, 0x0A, 0x0A, 0xC0, 0x80, 0x62],
    [0xF0, 0x9F, 0x98, 0x0D, 0x0A, 0x80, 0x0A, 0xEA, 0xB0, 0x80],
  ]
