// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import Training

/// A pretoken of a source.
private struct Entry: Hashable {
  var pretoken: [UInt8]
  var source: Int
}

/// Compares tables with a dictionary, on pretokens of all lengths.
@Suite struct PretokenCountsTests {
  /// Texts of pretokens with few letters, so that many are equal, begin alike, or hold zeros.
  private static func pretokens(_ seed: Int, _ count: Int) -> [[UInt8]] {
    var generator = SeededGenerator(seed: seed)
    let alphabet: [UInt8] = [[0, 1, 255], [0x20, 0xEA, 0xB0, 0x80], [0x61]][seed % 3]
    return (0..<count).map { _ in
      let length = Int.random(
        in: 0...(Int.random(in: 0..<20, using: &generator) == 0 ? 70 : 19), using: &generator)
      return (0..<length).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
    }
  }

  private static func dictionary(_ counts: borrowing PretokenCounts) -> [Entry: Int64] {
    var found: [Entry: Int64] = [:]
    for index in 0..<counts.count {
      let entry = Entry(pretoken: counts.bytes(index).makeArray(), source: counts.source(index))
      #expect(found[entry] == nil, "an entry twice")
      found[entry] = counts.occurrences(index)
    }
    return found
  }

  /// Counts `pretokens` in batches, a source after the other.
  private static func counted(_ pretokens: [[UInt8]], sources: Int) -> PretokenCounts {
    var counts = PretokenCounts()
    let share = pretokens.count / sources
    for source in 0..<sources {
      var text = ByteBuffer()
      var ends = GrowableBuffer<UInt32>()
      for pretoken in pretokens[source * share..<(source + 1) * share] {
        text.append(copying: pretoken.span)
        ends.append(UInt32(text.count))
      }
      let middle = ends.count / 3
      counts.add(pretokensOf: text, ends: ends, range: 0..<middle, source: source)
      counts.add(pretokensOf: text, ends: ends, range: middle..<ends.count, source: source)
    }
    return counts
  }

  private static func reference(_ pretokens: [[UInt8]], sources: Int) -> [Entry: Int64] {
    var counts: [Entry: Int64] = [:]
    let share = pretokens.count / sources
    for index in 0..<share * sources {
      counts[Entry(pretoken: pretokens[index], source: index / share), default: 0] += 1
    }
    return counts
  }

  @Test("batches count as a dictionary does", arguments: 0..<60)
  func batches(_ seed: Int) {
    let pretokens = Self.pretokens(seed, [10, 300, 5000, 40_000][seed % 4])
    let sources = [1, 2, 5][seed % 3]
    let counts = Self.counted(pretokens, sources: sources)
    #expect(Self.dictionary(counts) == Self.reference(pretokens, sources: sources))
    #expect(counts.total == Int64(pretokens.count / sources * sources))
  }

  @Test("parts by hash are distinct and add up to the whole", arguments: 1...5)
  func parts(_ partCount: Int) {
    for seed in 0..<12 {
      let tables = (Self.pretokens(seed, 3000), Self.pretokens(seed + 3, 2000))
      let left = Self.counted(tables.0, sources: 2)
      let right = Self.counted(tables.1, sources: 2)
      var total = PretokenCounts()
      for part in 0..<partCount {
        var sum = PretokenCounts()
        sum.merge(left, part: part, of: partCount)
        sum.merge(right, part: part, of: partCount)
        total.append(distinct: sum)
      }
      let expected = Self.reference(tables.0, sources: 2)
        .merging(Self.reference(tables.1, sources: 2), uniquingKeysWith: +)
      #expect(Self.dictionary(total) == expected)
      // What was put together without an index can still be added to.
      total.merge(left)
      #expect(
        Self.dictionary(total)
          == expected.merging(Self.reference(tables.0, sources: 2), uniquingKeysWith: +))
    }
  }

  @Test("sorting gives the order of the bytes, then of the sources", arguments: 0..<40)
  func sorting(_ seed: Int) {
    let pretokens = Self.pretokens(seed, [5, 100, 3000, 30_000][seed % 4])
    var counts = Self.counted(pretokens, sources: [1, 3][seed % 2])
    let before = Self.dictionary(counts)
    counts.sort()
    #expect(Self.dictionary(counts) == before)
    for index in 1..<max(counts.count, 1) {
      let bytes = (counts.bytes(index - 1).makeArray(), counts.bytes(index).makeArray())
      let sources = (counts.source(index - 1), counts.source(index))
      let ascends =
        bytes.0 == bytes.1
        ? sources.0 < sources.1 : bytes.0.lexicographicallyPrecedes(bytes.1)
      #expect(ascends, "entry \(index)")
    }
    // A sorted table goes on counting.
    counts.add([0x61].span, occurrences: 3)
    #expect(counts.total == before.values.reduce(0, +) + 3)
  }

  @Test("counts above 32 bits survive adding, sorting and merging")
  func largeCounts() {
    var counts = PretokenCounts()
    let words = ["a", "나는", "글자가 열여섯 바이트를 넘는다"]
    for (index, word) in words.enumerated() {
      for _ in 0..<3 { counts.add(word.utf8.span, occurrences: 1 << 32 - Int64(index)) }
      counts.add(word.utf8.span, occurrences: 1 << 60)
    }
    var text = ByteBuffer()
    text.append("aa")
    var ends = GrowableBuffer<UInt32>()
    ends.append(1)
    ends.append(2)
    counts.add(pretokensOf: text, ends: ends, range: 0..<2)
    counts.sort()
    var other = PretokenCounts()
    other.merge(counts)
    var joined = PretokenCounts()
    joined.append(distinct: other)
    let found = Self.dictionary(joined)
    for (index, word) in words.enumerated() {
      let expected = 3 * (1 << 32 - Int64(index)) + 1 << 60 + (index == 0 ? 2 : 0)
      #expect(found[Entry(pretoken: Array(word.utf8), source: 0)] == expected)
    }
  }

  @Test("an emptied table counts from nothing")
  func emptied() {
    let pretokens = Self.pretokens(1, 4000)
    var counts = Self.counted(pretokens, sources: 1)
    let used = counts.byteCount
    counts.removeAll()
    #expect(counts.count == 0 && counts.total == 0 && counts.byteCount < used)
    counts.merge(Self.counted(pretokens, sources: 1))
    #expect(Self.dictionary(counts) == Self.reference(pretokens, sources: 1))
  }

  @Test("a distinct pretoken takes at most 42 bytes beside its own text above 16 bytes")
  func memory() {
    var counts = PretokenCounts()
    var longBytes = 0
    for number in 0..<300_000 {
      let word = " 낱말\(number)" + (number % 5 == 0 ? "에서부터는" : "")
      counts.add(word.utf8.span)
      if word.utf8.count > 16 { longBytes += word.utf8.count + 4 }
      // The index that is to be made soon counts too: a bound for small tables says nothing.
      if number > 50_000, number % 997 == 0, number & 0xFFFF > 40_000 {
        #expect((counts.byteCount - longBytes) / counts.count <= 60)
      }
    }
    #expect((counts.byteCount - longBytes) / counts.count <= 42)
  }
}
