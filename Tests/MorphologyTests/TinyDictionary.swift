// SPDX-License-Identifier: Apache-2.0

import TestSupport
import TextCore

/// A dictionary of a few words in MeCab's layout, written as slowly and plainly as can be.
struct TinyDictionary {
  struct Entry {
    var text: [UInt8]
    var beginning: UInt16
    var ending: UInt16
    var partOfSpeech: UInt16
    var cost: Int16
    var tag: String
  }

  struct Kind {
    var name: String
    var length: UInt32
    var isGrouped: Bool
    var isInvoked: Bool
    var characters: [Unicode.Scalar]
  }

  var words: [Entry]
  /// Entries of unknown words, by the names of their kinds.
  var unknown: [Entry]
  /// The first is that of all characters that no other has.
  var kinds: [Kind]
  var endingCount: Int
  var beginningCount: Int
  /// By beginning, then by ending.
  var matrix: [Int16]
  var configuration: String

  func write(to directory: TemporaryDirectory) throws(TextError) {
    try directory.write("sys.dic", lexicon(words))
    try directory.write("unk.dic", lexicon(unknown))
    try directory.write("char.bin", characters())
    try directory.write(
      "matrix.bin",
      bytes(UInt16(endingCount)) + bytes(UInt16(beginningCount)) + matrix.flatMap { bytes($0) })
    try directory.write("dicrc", configuration)
  }

  private func characters() -> [UInt8] {
    var table = [UInt32](repeating: bits(0), count: 0xFFFF)
    for (index, kind) in kinds.enumerated() {
      for character in kind.characters { table[Int(character.value)] = bits(index) }
    }
    let names = kinds.flatMap { kind in
      Array(kind.name.utf8) + [UInt8](repeating: 0, count: 32 - kind.name.utf8.count)
    }
    return bytes(UInt32(kinds.count)) + names + table.flatMap { bytes($0) }
  }

  private func bits(_ index: Int) -> UInt32 {
    let kind = kinds[index]
    return 1 << UInt32(index) | UInt32(index) << 18 | kind.length << 26
      | (kind.isGrouped ? 1 << 30 : 0) | (kind.isInvoked ? 1 << 31 : 0)
  }

  private func lexicon(_ unordered: [Entry]) -> [UInt8] {
    // Entries of one text lie together, in their order.
    let texts = Set(unordered.map(\.text)).sorted { $0.lexicographicallyPrecedes($1) }
    let entries = texts.flatMap { text in unordered.filter { $0.text == text } }
    var values: [[UInt8]: UInt32] = [:]
    for text in texts {
      let first = entries.firstIndex { $0.text == text } ?? 0
      values[text] = UInt32(first << 8 | entries.count { $0.text == text })
    }
    var features: [UInt8] = []
    var tokens: [UInt8] = []
    for entry in entries {
      tokens += bytes(entry.beginning) + bytes(entry.ending) + bytes(entry.partOfSpeech)
      tokens += bytes(entry.cost) + bytes(UInt32(features.count)) + bytes(UInt32(0))
      features += Array("\(entry.tag),*".utf8) + [0]
    }
    let array = DoubleArrayBuilder(values).bytes
    var body = bytes(UInt32(102)) + bytes(UInt32(0)) + bytes(UInt32(entries.count))
    body += bytes(UInt32(endingCount)) + bytes(UInt32(beginningCount))
    body += bytes(UInt32(array.count)) + bytes(UInt32(tokens.count)) + bytes(UInt32(features.count))
    body += bytes(UInt32(0)) + Array("UTF-8".utf8) + [UInt8](repeating: 0, count: 27)
    body += array + tokens + features
    return bytes(UInt32(body.count + 4) ^ 0xEF71_8F77) + body
  }
}

/// A double array (Aoe 1989) with the first base that fits, found by trying.
private struct DoubleArrayBuilder {
  private var units: [Int: (base: Int32, check: UInt32)] = [:]
  private var usedBases: Set<Int> = []

  init(_ values: [[UInt8]: UInt32]) {
    units[0] = (1, 0)
    place(values.map { ($0.key[...], $0.value) }, parent: 0)
  }

  private mutating func place(_ rest: [(ArraySlice<UInt8>, UInt32)], parent: Int) {
    // Code 0 ends a word, code b + 1 is the byte b.
    let codes = Set(rest.map { $0.0.first.map { Int($0) + 1 } ?? 0 }).sorted()
    var base = 1
    while usedBases.contains(base) || codes.contains(where: { units[base + $0] != nil }) {
      base += 1
    }
    usedBases.insert(base)
    units[parent]?.base = Int32(base)
    for code in codes { units[base + code] = (0, UInt32(base)) }
    for code in codes {
      if code == 0 {
        for (text, value) in rest where text.isEmpty {
          units[base] = (-Int32(value) - 1, UInt32(base))
        }
      } else {
        let below = rest.filter { $0.0.first.map { Int($0) + 1 } == code }
        place(below.map { ($0.0.dropFirst(), $0.1) }, parent: base + code)
      }
    }
  }

  var bytes: [UInt8] {
    (0...(units.keys.max() ?? 0)).flatMap { index in
      let unit = units[index] ?? (0, .max)
      return MorphologyTests.bytes(unit.base) + MorphologyTests.bytes(unit.check)
    }
  }
}

/// The bytes of `number`, the lowest first.
func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
  (0..<number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
}
