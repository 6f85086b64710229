// SPDX-License-Identifier: Apache-2.0

import TextCore
import TokenModels
import Tokenization
import VocabularyFiles

/// Columns of text, aligned by the width that a terminal gives them: Hangul and Han take two cells.
struct Table {
  enum Alignment { case left, right }

  var alignments: [Alignment]
  var rows: [[String]] = []

  init(_ alignments: Alignment...) { self.alignments = alignments }

  init(_ alignments: [Alignment]) { self.alignments = alignments }

  mutating func add(_ cells: String...) { rows.append(cells) }

  /// The table, a line a row, two spaces between columns, without a final line feed.
  var text: String {
    let widths = alignments.indices.map { column in
      rows.map { displayWidth($0[column]) }.max() ?? 0
    }
    return rows.map { row in
      let cells = row.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - displayWidth(row[column]))
        return alignments[column] == .left ? row[column] + padding : padding + row[column]
      }
      let line = "  " + cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }
}

/// The cells that `text` takes on a terminal (Unicode Standard Annex 11: wide and fullwidth take
/// two; combining marks, conjoining vowels and finals, and zero-width characters none).
func displayWidth(_ text: String) -> Int {
  text.unicodeScalars.reduce(0) { width, scalar in
    switch scalar.value {
    case 0x0300...0x036F, 0x1160...0x11FF, 0x200B...0x200F, 0x20D0...0x20F0, 0xFE00...0xFE0F,
      0xD7B0...0xD7FB:
      width
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3,
      0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
      0x1F900...0x1F9FF, 0x2_0000...0x3_FFFD:
      width + 2
    default: width + 1
    }
  }
}

/// `value` with `digits` decimal places.
func fixed(_ value: Double, _ digits: Int) -> String {
  guard value.isFinite else { return "–" }
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let scaled = (value * scale).rounded()
  let whole = Int(abs(scaled)) / Int(scale)
  let sign = scaled < 0 ? "-" : ""
  if digits == 0 { return "\(sign)\(whole)" }
  let fraction = String(Int(abs(scaled)) % Int(scale))
  let zeros = String(repeating: "0", count: digits - fraction.count)
  return "\(sign)\(whole).\(zeros)\(fraction)"
}

/// `number` with a comma between groups of three digits.
func grouped(_ number: Int) -> String {
  let digits = Array(String(abs(number)))
  var text = number < 0 ? "-" : ""
  for (index, digit) in digits.enumerated() {
    if index > 0, (digits.count - index) % 3 == 0 { text += "," }
    text.append(digit)
  }
  return text
}

/// `share` as a percentage with two decimal places.
func percent(_ share: Double) -> String { fixed(share * 100, 2) + " %" }

/// A token as a person can read it: a space is ␣, a control character its escape, and bytes that are
/// not whole characters stand in hexadecimal.
func visible(_ bytes: [UInt8]) -> String {
  guard isWellFormedUTF8(bytes.span) else {
    return "<" + bytes.map { hexadecimal($0) }.joined(separator: " ") + ">"
  }
  return String(decoding: bytes, as: UTF8.self).unicodeScalars.map { scalar in
    switch scalar.value {
    case 0x20: "␣"
    case 0x0A: "\\n"
    case 0x0D: "\\r"
    case 0x09: "\\t"
    case 0..<0x20, 0x7F: "\\x" + hexadecimal(UInt8(scalar.value))
    default: String(scalar)
    }
  }.joined()
}

private func hexadecimal(_ byte: UInt8) -> String {
  let text = String(byte, radix: 16, uppercase: true)
  return text.count == 1 ? "0" + text : text
}

extension Tokenizer {
  /// Token `id` as a person can read it.
  func visibleToken(_ id: UInt32) -> String {
    visible(definition.model.vocabulary.bytes(of: id).makeArray())
  }
}
