// SPDX-License-Identifier: Apache-2.0

import Morphology
import TestSupport
import Testing
import TextCore

/// The cutter searches runs of up to eight syllables backwards and together, and keeps what it finds of their
/// suffixes; the analyzer searches each by a lattice.
@Suite struct RunSearchTests {
  private let options = EojeolModelOptions(minimumUses: 0, minimumShare: 0, minimumRunCount: nil)

  @Test("runs are cut as by a lattice, with unknown words and ties", arguments: 0..<60)
  func randomModels(seed: Int) throws {
    let directory = TemporaryDirectory()
    // Of a third of the models, most ways through a run cost as much as another one.
    let sample = try RandomSample(seed, costStep: [1, 1000, 3000][seed % 3])
    var options = options
    options.minimumRunCount = seed % 2 == 0 ? 1 : nil
    let model = try sample.model(options, in: directory)
    var generator = SeededGenerator(seed: seed)
    let texts = (0..<1000).map { _ in
      let letters = ["가나다", "가나다라"].randomElement(using: &generator)!
      let run = (0..<Int.random(in: 1...10, using: &generator)).map { _ in
        letters.randomElement(using: &generator)!
      }
      return Array(((Bool.random(using: &generator) ? " " : "") + String(run)).utf8)
    }
    for boundaries in MorphemeBoundaries.allCases {
      // A table of one column, of few, and of more than there are suffixes.
      for suffixBytes in [0, 4096, 1 << 20] {
        try compare(texts, model, boundaries, suffixBytes, &generator)
      }
    }
  }

  /// Words of the shipped model stand in runs as in texts: the Korean of the manual, spliced.
  @Test("the shipped model's runs are cut as by a lattice")
  func shippedModel() throws {
    let root = String(#filePath.dropLast("Tests/MorphologyTests/RunSearchTests.swift".count))
    let model = try EojeolModel(root + "vocab/morphemes/mecab-ko-dic.eojeols")
    let text = String(decoding: try readFile(root + "README.ko.md").makeArray(), as: UTF8.self)
    let runs = text.unicodeScalars.split { !("\u{AC00}"..."\u{D7A3}").contains($0) }.map {
      Array(String($0).utf8)
    }
    try #require(runs.count > 300)
    var generator = SeededGenerator(seed: 1)
    let texts = (0..<10_000).map { _ in
      // The first syllables of one and the last of another, some with a syllable that hardly stands there.
      let front = runs.randomElement(using: &generator)!
      let back = runs.randomElement(using: &generator)!
      let rare =
        Int.random(in: 0..<4, using: &generator) == 0
        ? Array(String(UnicodeScalar(UInt32.random(in: 0xAC00...0xD7A3, using: &generator))!).utf8)
        : []
      let frontCount = 3 * Int.random(in: 0...min(4, front.count / 3), using: &generator)
      let backCount = 3 * Int.random(in: 1...min(5, back.count / 3), using: &generator)
      return (Bool.random(using: &generator) ? [0x20] : []) + front.prefix(frontCount) + rare
        + back.suffix(backCount)
    }
    for boundaries in MorphemeBoundaries.allCases {
      for suffixBytes in [0, 1 << 14, 4 << 20] {
        try compare(texts, model, boundaries, suffixBytes, &generator)
      }
    }
  }

  /// Compares the cuts of `texts`, of which random numbers are cut together, with those of a lattice.
  private func compare(
    _ texts: [[UInt8]], _ model: EojeolModel, _ boundaries: MorphemeBoundaries, _ suffixBytes: Int,
    _ generator: inout SeededGenerator
  ) throws {
    var cutter = MorphemeCutter(model, boundaries, cacheBytes: 0, suffixBytes: suffixBytes)
    var reference = EojeolAnalyzer(model)
    var runs = GrowableBuffer<HangulRun?>()
    var first = 0
    while first < texts.count {
      let last = min(first + Int.random(in: 1...40, using: &generator), texts.count)
      runs.removeAll()
      for text in texts[first..<last] { runs.append(cutter.request(text.span)) }
      // Runs that are not searched together are searched alone.
      if Int.random(in: 0..<4, using: &generator) > 0 { cutter.findCuts(of: &runs) }
      for index in first..<last {
        let text = texts[index]
        var ends = GrowableBuffer<Int>()
        cutter.cut(text.span, runs[index - first], into: &ends)
        let expected = latticeCuts(text, &reference, boundaries) + [text.count]
        try #require(
          ends.makeArray() == expected,
          "\(String(decoding: text, as: UTF8.self)), \(boundaries), \(suffixBytes) bytes")
      }
      first = last
    }
  }

  private func latticeCuts(
    _ text: [UInt8], _ analyzer: inout EojeolAnalyzer, _ boundaries: MorphemeBoundaries
  ) -> [Int] {
    var morphemes = GrowableBuffer<Morpheme>()
    analyzer.analyze(text.span, (text[0] == 0x20 ? 1 : 0)..<text.count, to: &morphemes)
    return (1..<max(1, morphemes.count)).filter { index in
      analyzer.model.isCut(before: morphemes[index], boundaries)
    }.map { morphemes[$0].start }
  }

  @Test("a cache of cuts changes nothing, whatever its size", arguments: [64, 128, 1024, 1 << 16])
  func cutCache(byteCount: Int) throws {
    let directory = TemporaryDirectory()
    let model = try RandomSample(5).model(options, in: directory)
    var generator = SeededGenerator(seed: byteCount)
    for boundaries in MorphemeBoundaries.allCases {
      var plain = MorphemeCutter(model, boundaries)
      var caching = MorphemeCutter(model, boundaries, cacheBytes: byteCount)
      for _ in 0..<20_000 {
        // Runs of up to nine syllables, most of them seen before, behind and before all kinds of things.
        let pieces = (0..<Int.random(in: 1...2, using: &generator)).map { _ in
          ["", " ", "a", "\t", "1"].randomElement(using: &generator)!
            + String(
              (0..<Int.random(in: 1...9, using: &generator)).map { _ in
                "가나다라".randomElement(using: &generator)!
              })
        }
        let text = Array(pieces.joined().utf8)
        var expected = GrowableBuffer<Int>()
        var found = GrowableBuffer<Int>()
        plain.cut(text.span, into: &expected)
        caching.cut(text.span, into: &found)
        #expect(found.makeArray() == expected.makeArray(), "\(pieces)")
      }
    }
  }
}
