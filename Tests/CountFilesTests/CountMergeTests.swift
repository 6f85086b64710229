// SPDX-License-Identifier: Apache-2.0

import CountFiles
import TestSupport
import Testing
import TextCore
import Training

@Suite struct CountMergeTests {
  let directory = TemporaryDirectory()

  /// `rows` dealt out to `count` tables, each count in parts.
  private func tables(_ rows: Rows, _ count: Int, seed: Int) -> [CountTable] {
    var generator = SeededGenerator(seed: seed)
    let tables = (0..<count).map { _ in CountTable() }
    for (pretoken, columns) in rows {
      for (source, total) in columns {
        let part = Int64.random(in: 0...total, using: &generator)
        for share in [part, total - part] where share > 0 {
          tables[Int.random(in: 0..<count, using: &generator)].counts.add(
            pretoken.span, occurrences: share, source: source)
        }
      }
    }
    return tables
  }

  @Test("tables, runs and passes of every fan-in give the same rows", arguments: 2...6)
  func runs(_ fanIn: Int) throws {
    for seed in 0..<6 {
      let rows = randomRows(seed, 400, sources: 3)
      let tables = tables(rows, [1, 2, 9, 14][seed % 4], seed: seed)
      let runs = CountRuns(directory: directory.path, sourceNames: ["s0", "s1", "s2"])
      for table in tables { table.counts.sort() }
      #expect(try read(CountMerge(tables.map { .init(CountTableCursor($0)) })) == rows)
      var names: [String] = []
      for (index, table) in tables.enumerated() {
        names.append("r\(index)")
        try runs.spill(table, as: names[index])
        #expect(table.counts.count == 0)
      }
      var checks = 0
      let kept = Set(names.prefix(3))
      names = try runs.reduced(names, fanIn: fanIn, keeping: kept) { checks += 1 }
      #expect(names.count <= fanIn)
      #expect(try read(runs.merge(names)) == rows)
      #expect(try kept.isSubset(of: directoryEntries(directory.path)))
      for name in try directoryEntries(directory.path) { removeFile(directory.path + "/" + name) }
    }
  }

  @Test("sources are renumbered, dropped and weighted")
  func sources() throws {
    let left: Rows = [Array("가".utf8): [0: 3, 1: 5], Array("나".utf8): [1: 1]]
    let right: Rows = [Array("가".utf8): [0: 100], Array("다".utf8): [0: 9, 1: 1]]
    try write(left, to: directory.path + "/left", sources: 2)
    try write(right, to: directory.path + "/right", sources: 2)
    let streams = [
      CountMerge.Stream(try CountFileReader(directory.path + "/left"), sources: [0, 2]),
      CountMerge.Stream(try CountFileReader(directory.path + "/right"), sources: [1, nil]),
    ]
    let merge = CountMerge(streams, weights: [CountWeight("1/2"), nil, CountWeight("0.4")])
    // 3/2 rounds up to 2, 5 · 0.4 = 2; 1 · 0.4 rounds to 0, so that 나 is gone.
    #expect(
      try read(merge) == [Array("가".utf8): [0: 2, 1: 100, 2: 2], Array("다".utf8): [1: 9]])
  }

  @Test("weights are exact and round halves up")
  func weights() throws {
    func applied(_ weight: String, _ count: Int64) throws -> Int64? {
      try #require(CountWeight(weight)).applied(to: count)
    }
    #expect(try applied("2.5", 1) == 3)
    #expect(try applied("2.5", 3) == 8)
    #expect(try applied("0.5", 1) == 1)
    #expect(try applied("0.499999999", 1) == 0)
    #expect(try applied("1/3", 1) == 0)
    #expect(try applied("1/3", 2) == 1)
    #expect(try applied("0", 5) == 0)
    #expect(try applied("1", Int64.max) == Int64.max)
    #expect(try applied("1.0", Int64.max) == Int64.max)
    #expect(try applied("0.1", Int64.max) == 922_337_203_685_477_581)
    #expect(try applied("1.000000001", Int64.max) == nil)
    #expect(try applied("999999999", Int64.max) == nil)
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<2000 {
      let (top, bottom) = (
        Int64.random(in: 0...2000, using: &generator), Int64.random(in: 1...2000, using: &generator)
      )
      let count = Int64.random(in: 0...1_000_000, using: &generator)
      let expected = (2 * count * top + bottom) / (2 * bottom)
      #expect(try applied("\(top)/\(bottom)", count) == expected)
    }
    for text in [
      "", "-1", "+1", "1.", ".5", "1/0", "1/", "/2", "a", "1e3", "1.2.3", "1/2/3", "1234567890",
      " 1",
    ] {
      #expect(CountWeight(text) == nil, "\(text)")
    }
  }

  @Test("counts that overflow when they are added are an error")
  func overflow() throws {
    for name in ["a", "b"] {
      try write([[1]: [0: Int64.max]], to: directory.path + "/" + name, sources: 1)
    }
    let streams = try ["a", "b"].map {
      CountMerge.Stream(try CountFileReader(directory.path + "/" + $0))
    }
    #expect(throws: TextError.self) { _ = try read(CountMerge(streams)) }
  }
}
