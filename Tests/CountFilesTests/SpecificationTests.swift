// SPDX-License-Identifier: Apache-2.0

import CountFiles
import TestSupport
import Testing
import TextCore

/// docs/count-files.md shows a whole file; it is the one that the code writes.
@Suite struct SpecificationTests {
  static let specification =
    String(#filePath.dropLast("Tests/CountFilesTests/SpecificationTests.swift".count))
    + "docs/count-files.md"

  /// The fenced parts of `text` in the language `language`, with the others in between left out.
  private func parts(_ text: String) -> [(language: Substring, lines: [Substring])] {
    var parts: [(language: Substring, lines: [Substring])] = []
    var isInside = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        isInside.toggle()
        if isInside { parts.append((line.dropFirst(3), [])) }
      } else if isInside {
        parts[parts.count - 1].lines.append(line)
      }
    }
    return parts
  }

  /// The bytes of the file that the specification shows.
  private func example() throws -> [UInt8] {
    let text = try readFile(Self.specification).makeString()
    var bytes: [UInt8] = []
    for part in parts(text) {
      if part.language == "hex" {
        for line in part.lines {
          let digits = line.prefix { $0 != "|" }.split(separator: " ")
          bytes += try digits.map { try #require(UInt8($0, radix: 16), "\(line)") }
        }
      } else if part.language == "json" {
        bytes += Array(part.lines.joined(separator: "\n").utf8)
      }
    }
    return bytes
  }

  @Test("the example of the specification is what the code writes and reads")
  func workedExample() throws {
    let directory = TemporaryDirectory()
    let rows: Rows = [
      Array(" 가".utf8): [0: 2], Array(" 가을".utf8): [0: 1, 1: 300], Array("나".utf8): [1: 1],
    ]
    let path = directory.path + "/example"
    var writer = try CountFileWriter(path, sourceCount: 2)
    for pretoken in rows.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      try writer.append(pretoken.span, columns(rows[pretoken] ?? [:]).span)
    }
    var news = CountSource(name: "news")
    news.inputs = [.init(path: "news.txt", byteCount: 12, sha256: "ab", documentCount: 1)]
    var web = CountSource(name: "web")
    web.weights = ["2.5"]
    let named = [news, web]
    try writer.publish { totals in
      var manifest = CountManifest(toolVersion: "0.1.0", settings: settings, sources: named)
      manifest.totals = totals
      return manifest.manifest
    }
    let written = try readFile(path).makeArray()
    let shown = try example()
    let difference = zip(written, shown).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    #expect(
      written == shown,
      "\(written.count) bytes written, \(shown.count) shown, the first other at \(difference ?? -1)"
    )
    try directory.write("shown", shown)
    #expect(try read(directory.path + "/shown") == rows)
  }
}
