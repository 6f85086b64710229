// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Some sentences of a corpus, to look at: Korean lines of moderate length, of as many sources as can be.
///
/// Which ones depends on ranks that look random and on the names of sources, never on threads or blocks:
/// each source keeps its lowest ranks, and of many sources those stay whose names' hashes are lowest. Such
/// choices among parts of a corpus merge into the choice among the whole.
package struct SentenceSample: Sendable {
  /// One of the lines.
  package struct Sentence: Sendable, Equatable {
    package var text: String
    package var path: String
    /// Of the record that it is of, from 1.
    package var line: Int
    fileprivate var rank: UInt64
  }

  /// How many sentences there are at most, and sources.
  let count: Int
  private var sources: [String: [Sentence]] = [:]

  /// An empty sample for up to `count` sentences.
  package init(count: Int) { self.count = count }

  /// Takes the first fitting line of the document `text`, if its rank is low enough for the source.
  ///
  /// - Complexity: O(1) for most documents; O(``searchedBytes``) for those that are looked at.
  package mutating func add(
    _ text: Span<UInt8>, source: String, path: String, line: Int, rank: UInt64
  ) {
    guard count > 0 else { return }
    let kept = sources[source]
    if let kept, kept.count == count, rank >= kept[count - 1].rank { return }
    guard let sentence = Self.sentence(of: text) else { return }
    merge(source, [Sentence(text: sentence, path: path, line: line, rank: rank)])
  }

  package mutating func merge(_ other: SentenceSample) {
    for (source, sentences) in other.sources { merge(source, sentences) }
  }

  private mutating func merge(_ source: String, _ sentences: [Sentence]) {
    // Documents of one file differ in rank; in two copies of a file they are alike.
    let all = ((sources[source] ?? []) + sentences).sorted {
      $0.rank != $1.rank
        ? $0.rank < $1.rank : $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
    }
    sources[source] = Array(all.prefix(count))
    if sources.count > count, let last = sources.keys.max(by: Self.precedes) {
      sources[last] = nil
    }
  }

  /// Orders sources by the hashes of their names.
  private static func precedes(_ left: String, _ right: String) -> Bool {
    let hashes = (hash(left), hash(right))
    return hashes.0 != hashes.1
      ? hashes.0 < hashes.1 : left.utf8.lexicographicallyPrecedes(right.utf8)
  }

  private static func hash(_ name: String) -> UInt64 {
    name.utf8.reduce(0) { finalised($0 ^ UInt64($1) &+ 0x9E37_79B9_7F4A_7C15) }
  }

  /// The sentences: the first of each source, then the second of each, as long as there is room.
  package var sentences: [Sentence] {
    let names = sources.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    var found: [(place: Int, sentence: Sentence)] = []
    for round in 0..<count {
      for (place, name) in names.enumerated() {
        guard found.count < count, let all = sources[name], round < all.count else { continue }
        found.append((place, all[round]))
      }
    }
    // Sentences of one source stand together.
    return found.enumerated().sorted {
      ($0.element.place, $0.offset) < ($1.element.place, $1.offset)
    }.map(\.element.sentence)
  }
}

// MARK: - As bytes

extension SentenceSample {
  /// No page shows more.
  private static let largestCount = 100

  package func write(to writer: inout StateWriter) {
    writer.put(count)
    writer.put(sources.count)
    for name in sources.keys.sorted(by: Self.precedes) {
      let sentences = sources[name] ?? []
      writer.put(name)
      writer.put(sentences.count)
      for sentence in sentences {
        writer.put(sentence.text)
        writer.put(sentence.path)
        writer.put(sentence.line)
        writer.put(word: sentence.rank)
      }
    }
  }

  /// - Throws: `damagedArtefact`.
  package init(reading reader: inout StateReader) throws(TextError) {
    self.init(count: try reader.number(upTo: Self.largestCount))
    for _ in 0..<(try reader.itemCount(upTo: count)) {
      let source = try reader.text()
      var sentences: [Sentence] = []
      for _ in 0..<(try reader.itemCount(upTo: count)) {
        sentences.append(
          Sentence(
            text: try reader.text(), path: try reader.text(), line: try reader.number(),
            rank: try reader.word()))
      }
      merge(source, sentences)
    }
  }
}

// MARK: - Which lines fit

extension SentenceSample {
  /// How far into a document is looked.
  package static let searchedBytes = 4096
  package static let leastSyllables = 8
  /// UTF-8, some two lines on a screen.
  package static let mostBytes = 180

  /// The first line of `text` with enough syllables, cut at its last space if it is long.
  package static func sentence(of text: Span<UInt8>) -> String? {
    let end = min(text.count, searchedBytes)
    var start = 0
    while start < end {
      var stop = start
      while stop < end, text[stop] != 0x0A, text[stop] != 0x0D { stop += 1 }
      let isCut = stop - start > mostBytes || stop == searchedBytes && stop < text.count
      if let line = fitting(text.extracting(start..<stop), isCut: isCut) { return line }
      start = stop + 1
    }
    return nil
  }

  private static func fitting(_ line: Span<UInt8>, isCut: Bool) -> String? {
    var stop = line.count
    if isCut {
      stop = min(stop, mostBytes)
      while stop > 0, line[stop - 1] != 0x20 { stop -= 1 }
    }
    while stop > 0, line[stop - 1] == 0x20 { stop -= 1 }
    var start = 0
    while start < stop, line[start] == 0x20 { start += 1 }
    let part = line.extracting(start..<stop)
    guard isWellFormedUTF8(part) else { return nil }
    var syllables = 0
    var offset = 0
    while offset < part.count {
      let scalar = decodeUTF8(part, at: offset)
      if (0xAC00...0xD7A3).contains(scalar.value) { syllables += 1 }
      offset += scalar.byteCount
    }
    return syllables < leastSyllables ? nil : String(decodingUTF8: part)
  }
}
