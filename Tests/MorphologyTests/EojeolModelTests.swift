// SPDX-License-Identifier: Apache-2.0

import Morphology
import TestSupport
import Testing
import TextCore

@Suite struct EojeolModelTests {
  private let options = EojeolModelOptions(minimumUses: 0, minimumShare: 0, minimumRunCount: nil)

  /// A model of all words of a random dictionary cuts every run as MeCab's way through the same words does,
  /// with the costs of a sentence's ends replaced by the mean costs of what stood around runs.
  @Test("runs are cut as by the dictionary with the mean costs at its ends", arguments: 0..<30)
  func patchedDictionary(seed: Int) throws {
    let sample = try RandomSample(seed)
    let directory = TemporaryDirectory()
    let model = try sample.model(options, in: directory)
    var eojeols = EojeolAnalyzer(model)
    for isBehindSpace in [false, true] {
      try sample.patched(isBehindSpace: isBehindSpace).write(to: directory)
      var reference = MorphemeAnalyzer(try MorphemeDictionary(directory: directory.path))
      for run in RandomSample.allRuns {
        let text = Array(((isBehindSpace ? " " : "") + run).utf8)
        var found = GrowableBuffer<Morpheme>()
        var expected = GrowableBuffer<Morpheme>()
        eojeols.analyze(text.span, (isBehindSpace ? 1 : 0)..<text.count, to: &found)
        reference.analyze(text.span, to: &expected)
        #expect(
          places(found) == places(expected), "seed \(seed), \(run), behind space \(isBehindSpace)")
      }
    }
  }

  @Test("runs that a corpus cuts otherwise, more often than not, are cut so")
  func knownRuns() throws {
    let directory = TemporaryDirectory()
    var corrections = 0
    for seed in 0..<20 {
      let sample = try RandomSample(seed)
      var options = options
      var plain = EojeolAnalyzer(try sample.model(options, in: directory))
      options.minimumRunCount = 1
      var corrected = EojeolAnalyzer(try sample.model(options, in: directory))
      for (run, ways) in sample.ways {
        let text = Array(run.utf8)
        let range = (run.hasPrefix(" ") ? 1 : 0)..<text.count
        var first = GrowableBuffer<Morpheme>()
        var second = GrowableBuffer<Morpheme>()
        plain.analyze(text.span, range, to: &first)
        corrected.analyze(text.span, range, to: &second)
        let most = ways.values.max() ?? 0
        if ways[places(first), default: 0] < most {
          corrections += 1
          #expect(ways[places(second)] == most, "seed \(seed), \(run)")
        } else {
          #expect(places(second) == places(first), "seed \(seed), \(run)")
        }
      }
    }
    #expect(corrections > 10)
  }

  @Test("of damaged files none is read, and none traps")
  func damage() throws {
    let directory = TemporaryDirectory()
    let sample = try RandomSample(5)
    var options = options
    options.minimumRunCount = 1
    let whole = try sample.file(options).makeArray()
    func open(_ bytes: [UInt8]) throws -> EojeolModel {
      try directory.write("damaged", bytes)
      return try EojeolModel(directory.path + "/damaged")
    }
    for length in [0, 1, 8, 63, 64, 65, whole.count / 2, whole.count - 1] {
      #expect(throws: TextError.self) { _ = try open(Array(whole.prefix(length))) }
    }
    for seed in 0..<300 {
      var generator = SeededGenerator(seed: seed)
      var bytes = whole
      bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^=
        1 << UInt8.random(in: 0..<8, using: &generator)
      // The last bytes of the head mean nothing.
      if bytes[..<56] != whole[..<56] || bytes[64...] != whole[64...] {
        #expect(throws: TextError.self) { _ = try open(bytes) }
      }
      // With a checksum that fits, what is wrong must be found, or do no harm.
      var hash = XXH3()
      hash.update(bytes.span.extracting(64..<bytes.count))
      for place in 0..<8 {
        bytes[40 + place] = UInt8(truncatingIfNeeded: hash.value >> (8 * place))
      }
      guard let model = try? open(bytes) else { continue }
      var cutter = MorphemeCutter(model, .all)
      var ends = GrowableBuffer<Int>()
      for run in RandomSample.allRuns { cutter.cut(Array(run.utf8).span, into: &ends) }
    }
  }

  @Test("pieces make up the text; a run is cut alike wherever it stands")
  func cutter() throws {
    let directory = TemporaryDirectory()
    let model = try RandomSample(3).model(options, in: directory)
    var all = MorphemeCutter(model, .all)
    var functional = MorphemeCutter(model, .functional)
    var inflectional = MorphemeCutter(model, .inflectional)
    var particles = MorphemeCutter(model, .particles)
    func cuts(_ text: String, _ cutter: inout MorphemeCutter) -> [Int] {
      var ends = GrowableBuffer<Int>()
      cutter.cut(Array(text.utf8).span, into: &ends)
      #expect(ends[ends.count - 1] == text.utf8.count)
      return ends.makeArray().dropLast()
    }
    for run in RandomSample.allRuns {
      let alone = cuts(run, &all)
      let fewer = [cuts(run, &functional), cuts(run, &inflectional), cuts(run, &particles)].map(
        Set.init)
      #expect(fewer[0].isSubset(of: alone))
      #expect(fewer[1].isSubset(of: fewer[0]) && fewer[2].isSubset(of: fewer[1]))
      #expect(cuts(" " + run, &all).allSatisfy { $0 > 1 })
      // Other characters are cut off, spaces are not.
      #expect(cuts("a" + run + "1", &all) == [1] + alone.map { $0 + 1 } + [1 + run.utf8.count])
      #expect(cuts("\t" + run + " b", &all) == alone.map { $0 + 1 })
    }
    #expect(cuts("", &all) == [] && cuts("abc", &all) == [])
  }

  private func places(_ morphemes: borrowing GrowableBuffer<Morpheme>) -> [Range<Int>] {
    (0..<morphemes.count).map { morphemes[$0].start..<morphemes[$0].end }
  }
}

/// A random dictionary of Hangul, each text of it once, and what its analysis of random lines counts.
struct RandomSample {
  let tiny: TinyDictionary
  private let dictionary: MorphemeDictionary
  private let lines: [[UInt8]]
  /// Each run of the lines, with the space before it if there is one, and how often it was cut how.
  private(set) var ways: [String: [[Range<Int>]: Int]] = [:]
  /// What stood before runs, without and with a space, and behind them.
  private var before: [[UInt16: Int]] = [[:], [:]]
  private var behind: [UInt16: Int] = [:]

  static let letters = ["가", "나", "다"]

  /// All runs of up to five of three syllables.
  static let allRuns: [String] = {
    var runs = [""]
    var longest = runs
    for _ in 0..<5 {
      longest = longest.flatMap { run in letters.map { run + $0 } }
      runs += longest
    }
    return Array(runs.dropFirst())
  }()

  /// A sample whose costs are multiples of `costStep`, the higher the more ways cost the same.
  init(_ seed: Int, costStep: Int16 = 1) throws {
    var generator = SeededGenerator(seed: seed)
    tiny = Self.dictionary(&generator, costStep)
    let directory = TemporaryDirectory()
    try tiny.write(to: directory)
    dictionary = try MorphemeDictionary(directory: directory.path)
    lines = (0..<300).map { _ in
      let words = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
        (0..<Int.random(in: 1...5, using: &generator)).map { _ in
          (Self.letters + ["a"])[Int.random(in: 0..<4, using: &generator)]
        }.joined()
      }
      return Array(words.joined(separator: " ").utf8)
    }
    count()
  }

  private static func dictionary(
    _ generator: inout SeededGenerator, _ costStep: Int16
  ) -> TinyDictionary {
    let costs = -3000 / costStep...3000 / costStep
    func entry(_ text: String) -> TinyDictionary.Entry {
      TinyDictionary.Entry(
        text: Array(text.utf8), beginning: .random(in: 0..<4, using: &generator),
        ending: .random(in: 0..<4, using: &generator),
        partOfSpeech: .random(in: 0..<3, using: &generator),
        cost: .random(in: costs, using: &generator) * costStep,
        tag: ["NNG", "JX", "XSN+VCP", "VV+EC"][Int.random(in: 0..<4, using: &generator)])
    }
    var texts: Set<String> = []
    while texts.count < 14 {
      texts.insert(allRuns[Int.random(in: 0..<120, using: &generator)])
    }
    let syllables = (0xAC00..<0xAC00 + Syllable.count).compactMap { Unicode.Scalar($0) }
    func kind(_ name: String, _ characters: [Unicode.Scalar]) -> TinyDictionary.Kind {
      TinyDictionary.Kind(
        name: name, length: .random(in: 0...3, using: &generator),
        isGrouped: .random(using: &generator), isInvoked: .random(using: &generator),
        characters: characters)
    }
    let kinds = [
      kind("DEFAULT", []), kind("HANGUL", syllables),
      TinyDictionary.Kind(
        name: "SPACE", length: 0, isGrouped: true, isInvoked: false, characters: [" "]),
    ]
    return TinyDictionary(
      words: texts.sorted().map { entry($0) }, unknown: kinds.map { entry($0.name) }, kinds: kinds,
      endingCount: 4, beginningCount: 4,
      matrix: (0..<16).map { _ in .random(in: costs, using: &generator) * costStep },
      configuration: "left-space-penalty-factor = 1,3000,2,-500")
  }

  /// The file of a model of the lines.
  func file(_ options: EojeolModelOptions) throws(TextError) -> ByteBuffer {
    var statistics = RunStatistics(dictionary)
    var analyzer = MorphemeAnalyzer(dictionary)
    var records: [[UInt8]: Int64] = [:]
    for line in lines {
      var morphemes = GrowableBuffer<Morpheme>()
      analyzer.analyze(line.span, to: &morphemes)
      statistics.add(line.span, morphemes.span) { record in
        records[record.indices.map { record[$0] }, default: 0] += 1
      }
    }
    return try makeEojeolModel(
      dictionary, statistics,
      { body in for (record, count) in records { body(record.span, count) } }, options)
  }

  func model(_ options: EojeolModelOptions, in directory: TemporaryDirectory) throws -> EojeolModel
  {
    try directory.write("model", try file(options).makeArray())
    return try EojeolModel(directory.path + "/model")
  }

  // MARK: The same counted plainly

  private mutating func count() {
    var analyzer = MorphemeAnalyzer(dictionary)
    for line in lines {
      var morphemes = GrowableBuffer<Morpheme>()
      analyzer.analyze(line.span, to: &morphemes)
      let words = (0..<morphemes.count).map { morphemes[$0] }
      for run in runs(of: line) {
        let inside = words.filter { $0.start >= run.lowerBound && $0.end <= run.upperBound }
        guard inside.first?.start == run.lowerBound, inside.last?.end == run.upperBound else {
          continue
        }
        let isBehindSpace = run.lowerBound > 0 && line[run.lowerBound - 1] == 0x20
        let previous = words.last { $0.end <= run.lowerBound }.map { entry($0, line).ending }
        let next = words.first { $0.start >= run.upperBound }.map { entry($0, line).beginning }
        before[isBehindSpace ? 1 : 0][previous ?? 0, default: 0] += 1
        behind[next ?? 0, default: 0] += 1
        if inside.contains(where: \.isUnknown) { continue }
        let start = run.lowerBound - (isBehindSpace ? 1 : 0)
        let text = String(decoding: line[start..<run.upperBound], as: UTF8.self)
        let way = inside.map { $0.start - start..<$0.end - start }
        ways[text, default: [:]][way, default: 0] += 1
      }
    }
  }

  private func runs(of line: [UInt8]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for index in line.indices where line[index] > 0x7F {
      if let last = runs.last, last.upperBound == index {
        runs[runs.count - 1] = last.lowerBound..<index + 1
      } else {
        runs.append(index..<index + 1)
      }
    }
    return runs
  }

  private func entry(_ morpheme: Morpheme, _ line: [UInt8]) -> TinyDictionary.Entry {
    let text = Array(line[morpheme.start..<morpheme.end])
    let kind = Array((text[0] > 0x7F ? "HANGUL" : "DEFAULT").utf8)
    let entries = morpheme.isUnknown ? tiny.unknown : tiny.words
    return entries.first { $0.text == (morpheme.isUnknown ? kind : text) } ?? tiny.unknown[0]
  }

  /// The dictionary with the mean costs at the ends of a text.
  func patched(isBehindSpace: Bool) -> TinyDictionary {
    var patched = tiny
    func mean(_ counts: [UInt16: Int], _ cost: (UInt16) -> Int16) -> Int16 {
      let counts = counts.isEmpty ? [0: 1] : counts
      let sum = counts.reduce(0) { $0 + $1.value * Int(cost($1.key)) }
      let total = counts.values.reduce(0, +)
      return Int16((Double(sum) / Double(total) + 0.5).rounded(.down))
    }
    // A class 4 before and a class 4 behind every text: those of words keep their costs.
    let counts = before[isBehindSpace ? 1 : 0]
    func cost(_ ending: UInt16, _ beginning: UInt16) -> Int16 {
      tiny.matrix[Int(beginning) * 4 + Int(ending)]
    }
    patched.endingCount = 5
    patched.beginningCount = 5
    patched.matrix = (UInt16(0)..<5).flatMap { beginning in
      (UInt16(0)..<5).map { ending in
        // The ends of a text are class 0; the words of class 0 move to class 4.
        let (from, to) = (ending == 4 ? 0 : ending, beginning == 4 ? 0 : beginning)
        if ending == 0, beginning == 0 { return 0 }
        if ending == 0 { return mean(counts) { cost($0, to) } }
        if beginning == 0 { return mean(behind) { cost(from, $0) } }
        return cost(from, to)
      }
    }
    func moved(_ entries: [TinyDictionary.Entry]) -> [TinyDictionary.Entry] {
      entries.map { entry in
        var entry = entry
        if entry.beginning == 0 { entry.beginning = 4 }
        if entry.ending == 0 { entry.ending = 4 }
        return entry
      }
    }
    patched.words = moved(patched.words)
    patched.unknown = moved(patched.unknown)
    return patched
  }
}
