// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Words that a user adds to a dictionary: a file of MeCab's CSV.
///
/// A line is `surface,left-id,right-id,cost,feature`, where the feature is that of the dictionary's words: in
/// mecab-ko-dic its fields are the tag, the semantic class, T or F for whether the word ends in a consonant,
/// the reading, and four on how the word is made up. Ids and cost may be left empty, or ids be negative, to
/// be those of ``WordKinds``.
package struct UserDictionary: Sendable {
  struct Word {
    var line: Int
    var surface: [UInt8]
    /// By how it begins and ends: the left and the right id.
    var classes: (beginning: Int, ending: Int)?
    var cost: Int16?
    /// Its tag and what else is known of it, with commas between.
    var feature: [UInt8]
  }

  package let path: String
  private(set) var words: [Word] = []

  private static let columns = ["surface", "left-id", "right-id", "cost", "tag"]
  private static let example = "write it like 대우,,,,NNP,*,F,대우,*,*,*,*"

  /// The words in the file at `path`, with surfaces as `normalize` appends them: those of the texts to come.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, what `normalize` throws; `invalidUTF8` or `malformedDictionary`
  ///   with the line that is no word.
  package init(
    _ path: String, normalize: (Span<UInt8>, inout ByteBuffer) throws(TextError) -> Void
  ) throws(TextError) {
    self.path = path
    let contents = try readFile(path)
    var start = contents.span.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var number = 0
    while start < contents.count {
      var end = start
      while end < contents.count, contents[end] != 0x0A { end += 1 }
      number += 1
      let line = contents.span.extracting(start..<end)
      if line.indices.contains(where: { line[$0] > 0x20 }) {
        words.append(try word(line, number, normalize))
      }
      start = end + 1
    }
  }

  private func word(
    _ line: Span<UInt8>, _ number: Int,
    _ normalize: (Span<UInt8>, inout ByteBuffer) throws(TextError) -> Void
  ) throws(TextError) -> Word {
    guard isWellFormedUTF8(line) else {
      throw TextError(
        .invalidUTF8, "is not UTF-8", at: .init(path: path, line: number),
        remedy: "convert the file, by iconv -f CP949 -t UTF-8 if it is an old one")
    }
    let fields = csvFields(line)
    guard fields.count >= Self.columns.count else {
      throw error(
        "\(fields.count) fields, of \(Self.columns.joined(separator: ", ")) at least",
        number, Self.example)
    }
    var surface = ByteBuffer()
    let written = fields[0]
    try normalize(written.span, &surface)
    if surface.isEmpty { throw error("a word without a surface", number, Self.example) }
    if surface[0] <= 0x20 {
      throw error(
        "a surface that begins with white space, behind which words are looked for", number,
        "leave it out")
    }
    guard !fields[4].isEmpty else { throw error("a word without a tag", number, Self.example) }
    let beginning = try id(fields, 1, number)
    let ending = try id(fields, 2, number)
    return Word(
      line: number, surface: surface.makeArray(),
      classes: beginning.flatMap { beginning in ending.map { (beginning, $0) } },
      cost: try cost(fields[3], number),
      feature: Array(fields[4...].joined(separator: [UInt8(ascii: ",")])))
  }

  /// The id in `column`, nil if it is to be derived.
  private func id(_ fields: [[UInt8]], _ column: Int, _ line: Int) throws(TextError) -> Int? {
    let text = String(decoding: fields[column], as: UTF8.self)
    if text.isEmpty { return nil }
    guard let number = Int(text) else {
      throw error(
        "\(Self.columns[column]) \"\(text)\" is no number", line,
        "leave both ids empty to have them derived")
    }
    return number < 0 ? nil : number
  }

  private func cost(_ field: [UInt8], _ line: Int) throws(TextError) -> Int16? {
    let text = String(decoding: field, as: UTF8.self)
    if text.isEmpty { return nil }
    guard let cost = Int16(text) else {
      throw error(
        "cost \"\(text)\" is no number from \(Int16.min) to \(Int16.max)", line,
        "leave it empty to have it derived")
    }
    return cost
  }

  func error(_ what: String, _ line: Int, _ remedy: String) -> TextError {
    TextError(.malformedDictionary, what, at: .init(path: path, line: line), remedy: remedy)
  }
}

/// The fields of a line as MeCab reads them: white space before a field is none of it; between quotes a comma
/// is one of the text, and two quotes are one.
private func csvFields(_ line: Span<UInt8>) -> [[UInt8]] {
  let (comma, quote) = (UInt8(ascii: ","), UInt8(ascii: "\""))
  var count = line.count
  if count > 0, line[count - 1] == 0x0D { count -= 1 }
  var fields: [[UInt8]] = []
  var place = 0
  while place < count {
    while place < count, line[place] == 0x20 || line[place] == 0x09 { place += 1 }
    var field: [UInt8] = []
    if place < count, line[place] == quote {
      place += 1
      while place < count {
        if line[place] == quote {
          place += 1
          if place == count || line[place] != quote { break }
        }
        field.append(line[place])
        place += 1
      }
      while place < count, line[place] != comma { place += 1 }
    } else {
      while place < count, line[place] != comma {
        field.append(line[place])
        place += 1
      }
    }
    fields.append(field)
    // An empty last field counts.
    if place == count - 1 { fields.append([]) }
    place += 1
  }
  return fields
}

extension Span where Element == UInt8 {
  fileprivate func starts(with prefix: [UInt8]) -> Bool {
    count >= prefix.count && prefix.indices.allSatisfy { self[$0] == prefix[$0] }
  }
}
