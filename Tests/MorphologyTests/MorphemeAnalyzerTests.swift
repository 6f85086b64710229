// SPDX-License-Identifier: Apache-2.0

import Morphology
import TestSupport
import Testing
import TextCore

@Suite struct MorphemeAnalyzerTests {
  private let letters = Array("가나다a1 ".unicodeScalars)

  /// A dictionary of random words and costs over a few characters.
  private func randomDictionary(_ seed: Int) -> TinyDictionary {
    var generator = SeededGenerator(seed: seed)
    let classes = 4
    func entry(_ text: String) -> TinyDictionary.Entry {
      let part = UInt16.random(in: 0..<3, using: &generator)
      return TinyDictionary.Entry(
        text: Array(text.utf8), beginning: .random(in: 0..<4, using: &generator),
        ending: .random(in: 0..<4, using: &generator), partOfSpeech: part,
        cost: .random(in: -9000...9000, using: &generator), tag: "T\(part)")
    }
    let words = (0..<12).map { _ in
      let length = Int.random(in: 1...4, using: &generator)
      var text = String.UnicodeScalarView()
      for _ in 0..<length {
        text.append(letters[Int.random(in: 0..<5, using: &generator)])
      }
      return entry(String(text))
    }
    func kind(_ name: String, _ characters: String) -> TinyDictionary.Kind {
      TinyDictionary.Kind(
        name: name, length: .random(in: 0...3, using: &generator),
        isGrouped: .random(using: &generator), isInvoked: .random(using: &generator),
        characters: Array(characters.unicodeScalars))
    }
    var kinds = [
      kind("DEFAULT", ""), kind("HANGUL", "가나다"), kind("ALPHA", "a"), kind("NUMERIC", "1"),
    ]
    kinds.append(
      .init(name: "SPACE", length: 0, isGrouped: true, isInvoked: false, characters: [" "]))
    return TinyDictionary(
      words: words, unknown: kinds.map { entry($0.name) } + [entry("HANGUL")], kinds: kinds,
      endingCount: classes, beginningCount: classes,
      // Of every other dictionary, many rows and columns are equal.
      matrix: (0..<classes * classes).map { _ in
        seed % 2 == 0
          ? .random(in: -9000...9000, using: &generator) : .random(in: 0...1, using: &generator)
      },
      configuration: "left-space-penalty-factor = 1,3000,2,-500")
  }

  private func randomText(_ generator: inout SeededGenerator) -> [UInt8] {
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...9, using: &generator) {
      text.append(letters[Int.random(in: 0..<letters.count, using: &generator)])
    }
    return Array(String(text).utf8)
  }

  @Test("no way through the words is cheaper than the one found", arguments: 0..<60)
  func cheapest(seed: Int) throws {
    let tiny = randomDictionary(seed)
    let directory = TemporaryDirectory()
    try tiny.write(to: directory)
    expectCheapest(tiny, try MorphemeDictionary(directory: directory.path), seed)
  }

  @Test("words of users count as those of the dictionary", arguments: 0..<30)
  func usersWords(seed: Int) throws {
    let whole = randomDictionary(seed)
    var tiny = whole
    tiny.words.removeAll()
    var users = tiny.words
    for (index, word) in whole.words.enumerated() {
      if index % 2 == 0 { tiny.words.append(word) } else { users.append(word) }
    }
    let directory = TemporaryDirectory()
    try tiny.write(to: directory)
    let lines = users.map { word in
      "\(String(decoding: word.text, as: UTF8.self)),\(word.beginning),\(word.ending),\(word.cost),\(word.tag)\n"
    }
    try directory.write("words.csv", lines.joined())
    let user = try UserDictionary(directory.path + "/words.csv") { text, output in
      output.append(copying: text)
    }
    // The part of speech is told by the tag, where a word of the dictionary has it.
    let parts = Set(tiny.words.map(\.partOfSpeech))
    for index in users.indices where !parts.contains(users[index].partOfSpeech) {
      users[index].partOfSpeech = 0
    }
    tiny.words += users
    expectCheapest(
      tiny, try MorphemeDictionary(directory: directory.path, user: [user]), seed)
  }

  @Test("of lines of any bytes some are words, and none traps")
  func usersLines() throws {
    let directory = TemporaryDirectory()
    try randomDictionary(3).write(to: directory)
    let parts = [
      "가", "가나", ",", ",", ",,,,", "\"", " ", "\t", "\r", "-1", "2", "T0", "T0,*,T", "\n", "x",
      "\0",
    ]
    var words = 0
    for seed in 0..<500 {
      var generator = SeededGenerator(seed: seed)
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 0...12, using: &generator) {
        bytes += parts[Int.random(in: 0..<parts.count, using: &generator)].utf8
      }
      if seed % 10 == 0 { bytes.append(0xEA) }
      try directory.write("words.csv", bytes)
      do {
        let user = try UserDictionary(directory.path + "/words.csv") { text, output in
          output.append(copying: text)
        }
        var analyzer = MorphemeAnalyzer(
          try MorphemeDictionary(directory: directory.path, user: [user]))
        var morphemes = GrowableBuffer<Morpheme>()
        analyzer.analyze(Array("가나x 2가\"가 나".utf8).span, to: &morphemes)
        words += morphemes.count
      } catch {
        #expect(error.location?.line != nil, "seed \(seed)")
      }
    }
    #expect(words > 0)
  }

  /// Expects that no way through the words of `tiny`, which `dictionary` has been made of, is cheaper than
  /// those found through random texts.
  private func expectCheapest(_ tiny: TinyDictionary, _ dictionary: MorphemeDictionary, _ seed: Int)
  {
    var analyzer = MorphemeAnalyzer(dictionary)
    let reference = EveryWay(tiny)
    var generator = SeededGenerator(seed: seed + 1000)
    for _ in 0..<60 {
      let text = randomText(&generator)
      var morphemes = GrowableBuffer<Morpheme>()
      analyzer.analyze(text.span, to: &morphemes)
      let found = (0..<morphemes.count).map { morphemes[$0].start..<morphemes[$0].end }
      // Two ways may cost the same: of unknown words, a long and a short one in either order.
      #expect(
        reference.cost(text, by: found) == reference.cost(text),
        "seed \(seed), \(String(decoding: text, as: UTF8.self)), \(found)")
    }
  }

  @Test("texts longer than a piece are cut at a space, or else between characters")
  func longTexts() throws {
    let directory = TemporaryDirectory()
    try randomDictionary(3).write(to: directory)
    var analyzer = MorphemeAnalyzer(try MorphemeDictionary(directory: directory.path))
    for unit in ["가나 다", "가나다"] {
      let text = Array(String(repeating: unit, count: 30_000).utf8)
      var morphemes = GrowableBuffer<Morpheme>()
      analyzer.analyze(text.span, to: &morphemes)
      var place = 0
      for index in 0..<morphemes.count {
        let morpheme = morphemes[index]
        #expect(text[place..<morpheme.start].allSatisfy { $0 == 0x20 })
        #expect(morpheme.end > morpheme.start && text[morpheme.start] & 0xC0 != 0x80)
        place = morpheme.end
      }
      #expect(place == text.count)
    }
  }

  @Test("of damaged files none is read, and none traps")
  func damage() throws {
    let directory = TemporaryDirectory()
    try randomDictionary(5).write(to: directory)
    for name in ["sys.dic", "unk.dic", "char.bin", "matrix.bin"] {
      let whole = try readFile("\(directory.path)/\(name)").makeArray()
      for length in [0, 1, 3, 4, 40, 71, 72, 80, whole.count / 2, whole.count - 1]
      where length < whole.count {
        try directory.write(name, Array(whole.prefix(length)))
        #expect(throws: TextError.self) { _ = try MorphemeDictionary(directory: directory.path) }
      }
      // One bit elsewhere may leave a dictionary, of other words.
      for seed in 0..<400 {
        var generator = SeededGenerator(seed: seed)
        var bytes = whole
        let place = Int.random(in: 0..<min(bytes.count, 4000), using: &generator)
        bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        try directory.write(name, bytes)
        guard let dictionary = try? MorphemeDictionary(directory: directory.path) else { continue }
        var analyzer = MorphemeAnalyzer(dictionary)
        var morphemes = GrowableBuffer<Morpheme>()
        analyzer.analyze(Array("가나다 a1가나 다다가1a".utf8).span, to: &morphemes)
      }
      try directory.write(name, whole)
    }
  }
}

/// What the cheapest of all ways through the words of a text costs: every one is tried.
private struct EveryWay {
  private let dictionary: TinyDictionary

  init(_ dictionary: TinyDictionary) { self.dictionary = dictionary }

  /// The cost, of ways by the words at `ranges` alone if those are given; nil if there is no way.
  func cost(_ text: [UInt8], by ranges: [Range<Int>]? = nil) -> Int? {
    var memory: [State: Int?] = [:]
    return cost(from: State(place: 0, ending: 0), text, ranges, &memory)
  }

  private struct State: Hashable {
    var place: Int
    var ending: UInt16
  }

  private func cost(
    from state: State, _ text: [UInt8], _ ranges: [Range<Int>]?, _ memory: inout [State: Int?]
  ) -> Int? {
    if let known = memory[state] { return known }
    var start = state.place
    while start < text.count, text[start] == 0x20 { start += 1 }
    var best: Int?
    if start == text.count {
      best = connection(state.ending, 0)
    } else {
      for (end, entry) in words(text, at: start) where ranges?.contains(start..<end) ?? true {
        let next = State(place: end, ending: entry.ending)
        guard let rest = cost(from: next, text, ranges, &memory) else { continue }
        let penalty = start > state.place ? [0, 3000, -500][Int(entry.partOfSpeech)] : 0
        let cost = rest + connection(state.ending, entry.beginning) + Int(entry.cost) + penalty
        best = min(best ?? cost, cost)
      }
    }
    memory[state] = .some(best)
    return best
  }

  private func connection(_ ending: UInt16, _ beginning: UInt16) -> Int {
    Int(dictionary.matrix[Int(beginning) * dictionary.endingCount + Int(ending)])
  }

  /// Known words, and unknown ones by the rules of char.def.
  private func words(_ text: [UInt8], at start: Int) -> [(Int, TinyDictionary.Entry)] {
    var words = dictionary.words.filter { text[start...].starts(with: $0.text) }
      .map { (start + $0.text.count, $0) }
    let characters = Array(String(decoding: text[start...], as: UTF8.self).unicodeScalars)
    func kind(_ index: Int) -> Int {
      dictionary.kinds.firstIndex { $0.characters.contains(characters[index]) } ?? 0
    }
    let own = dictionary.kinds[kind(0)]
    guard words.isEmpty || own.isInvoked else { return words }
    var run = 1
    while run < characters.count, kind(run) == kind(0) { run += 1 }
    var lengths: Set<Int> = []
    if own.isGrouped { lengths.insert(run) }
    for length in 0..<Int(own.length) where length + 1 <= run { lengths.insert(length + 1) }
    if words.isEmpty, lengths.isEmpty { lengths = [1] }
    for length in lengths {
      let end = start + characters[..<length].reduce(0) { $0 + Unicode.UTF8.width($1) }
      for entry in dictionary.unknown where entry.text == Array(own.name.utf8) {
        words.append((end, entry))
      }
    }
    return words
  }
}
