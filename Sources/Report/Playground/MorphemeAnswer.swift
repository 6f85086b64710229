// SPDX-License-Identifier: Apache-2.0

internal import Morphology
internal import Normalization
internal import TextCore

/// Finds the morphemes that the page shows.
struct PlaygroundMorphemes: ~Copyable {
  private var analyzer: LineAnalyzer
  private var found = GrowableBuffer<Morpheme>()

  init(_ analysis: MorphemeAnalysis) { analyzer = LineAnalyzer(analysis) }

  /// The first `limit` morphemes of `source`, as an object of JSON.
  ///
  /// They are those that "malmoi morphemes" prints: of each line of the text in NFC.
  ///
  /// - Throws: `normalizationFailed`.
  mutating func answer(_ source: Span<UInt8>, limit: Int) throws(TextError) -> [UInt8] {
    let normal = try NormalizedText(source, by: .nfc)
    let text = normal.text.span
    var ranges: [Range<Int>] = []
    var tags: [JSON] = []
    var start = 0
    while start <= text.count, ranges.count < limit {
      let end = endOfLine(text, from: start)
      analyze(text.extracting(start..<end), at: start, &ranges, &tags)
      start = end + 1
    }
    let listed = min(ranges.count, limit)
    var json = CompactJSON(capacity: listed * 24 + 256)
    json.add("complete", .bool(start > text.count && listed == ranges.count))
    let isChanged = !text.elementsEqual(source)
    if isChanged {
      let end = listed == 0 ? 0 : ranges[listed - 1].upperBound
      json.add("text", text: text.extracting(0..<endOfCharacter(text, end)))
    } else {
      json.add("text", .null)
    }
    json.add("ranges", ranges[..<listed])
    if isChanged {
      let sources = ranges[..<listed].map { normal.sourceRange(of: $0) }
      json.add("sources", sources[...])
    } else {
      json.add("sources", .null)
    }
    json.add("tags", .array(Array(tags[..<listed])))
    return json.finish()
  }

  private mutating func analyze(
    _ line: Span<UInt8>, at place: Int, _ ranges: inout [Range<Int>], _ tags: inout [JSON]
  ) {
    found.removeAll()
    analyzer.analyze(line, to: &found)
    var tag = ByteBuffer()
    for index in 0..<found.count {
      let morpheme = found[index]
      ranges.append(place + morpheme.start..<place + morpheme.end)
      tag.removeAll()
      analyzer.appendTag(of: morpheme, to: &tag)
      tags.append(analyzer.hasTag(morpheme) ? .string(tag.makeString()) : .null)
    }
  }
}

private func endOfLine(_ text: Span<UInt8>, from start: Int) -> Int {
  var end = start
  while end < text.count, text[end] != 0x0A { end += 1 }
  return end
}
