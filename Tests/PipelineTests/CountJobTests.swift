// SPDX-License-Identifier: Apache-2.0

import CorpusFiles
import CountFiles
import Normalization
import Pipeline
import PreTokenization
import Synchronization
import TestSupport
import Testing
import TextCore

@Suite struct CountJobTests {
  let directory = TemporaryDirectory()

  /// Three sources of several files of hostile text each, one of them empty.
  private func makeCorpus(seed: Int = 1) throws {
    var generator = SeededGenerator(seed: seed)
    for source in 0..<3 {
      for file in 0..<4 {
        let bytes = RandomText.illFormed(
          file == 2 ? 0 : 3000 * (source + 1), using: &generator)
        try directory.write("in/s\(source)/f\(file).txt", bytes)
      }
    }
    try directory.write("in/s1/long.txt", [UInt8](repeating: 0x61, count: 3000))
  }

  private func job(
    _ output: String, blockBytes: Int = 1 << 20, normalizer: Normalizer = .none
  ) throws -> CountJob {
    let arguments = (0..<3).map { "\(directory.path)/in/s\($0)" }
    var options = CorpusOptions(invalidUTF8: normalizer == .none ? .keep : .replace)
    options.blockBytes = blockBytes
    let inputs = try CorpusInputs.resolve(arguments)
    return CountJob(
      source: CorpusSource(inputs: inputs, options: options),
      names: try SourceNames(inputs, argumentNames: ["c", "a", "b"]), normalizer: normalizer,
      preTokenizer: .gpt2, output: "\(directory.path)/\(output)")
  }

  private func content(_ name: String) throws -> [UInt8] {
    try readFile("\(directory.path)/\(name)").makeArray()
  }

  /// The counts of the corpus by the reference pre-tokenizer and a dictionary.
  private func reference() throws -> [[UInt8]: [Int: Int64]] {
    var counts: [[UInt8]: [Int: Int64]] = [:]
    for (directoryNumber, source) in [2, 0, 1].enumerated() {
      let folder = "\(directory.path)/in/s\(directoryNumber)"
      for name in try directoryEntries(folder) {
        let text = try readFile("\(folder)/\(name)").makeArray()
        for line in text.split(separator: 0x0A, omittingEmptySubsequences: false) {
          var line = Array(line)
          if line.last == 0x0D { line.removeLast() }
          var start = 0
          for end in PreTokenizer.gpt2.referenceEnds(of: line.span) {
            counts[Array(line[start..<end]), default: [:]][source, default: 0] += 1
            start = end
          }
        }
      }
    }
    return counts
  }

  @Test("the rows are those of the reference pre-tokenizer")
  func likeReference() throws {
    try makeCorpus()
    _ = try job("out").run(JobContext())
    let reader = try CountFileReader(directory.path + "/out")
    #expect(reader.manifest.sources.map(\.name) == ["a", "b", "c"])
    var found: [[UInt8]: [Int: Int64]] = [:]
    var row = CountRow()
    while try reader.next(&row) {
      for place in 0..<row.columns.count {
        let column = row.columns[place]
        found[row.pretoken.makeArray(), default: [:]][Int(column.source)] = column.count
      }
    }
    #expect(try found == reference())
  }

  @Test(
    "the bytes do not depend on threads, blocks, memory or groups",
    arguments: [1, 2, 5], [1, 20_000, 1 << 30])
  func sameBytes(_ threads: Int, _ tableBytes: Int) throws {
    try makeCorpus(seed: threads)
    _ = try job("expected").run(JobContext())
    let expected = try content("expected")
    for (blockBytes, groupBytes) in [(100, 1), (5000, 9000), (1 << 20, 30_000), (700, 1 << 30)] {
      var job = try job("out", blockBytes: blockBytes)
      job.overwrites = true
      job.tableBytes = tableBytes
      job.groupBytes = groupBytes
      _ = try job.run(JobContext(threadCount: threads))
      #expect(try content("out") == expected, "blocks of \(blockBytes), groups of \(groupBytes)")
      #expect(try directoryEntries(directory.path) == ["expected", "in", "out"])
    }
  }

  @Test("a job that is stopped anywhere goes on and gives the same bytes", arguments: [1, 3])
  func resumed(_ threads: Int) throws {
    try makeCorpus()
    _ = try job("expected").run(JobContext())
    let expected = try content("expected")
    var resumed = 0
    for stop in stride(from: 1, through: 60, by: 3) {
      var job = try job("out", blockBytes: 4000)
      job.tableBytes = 30_000
      job.groupBytes = 20_000
      job.overwrites = true
      // ---- Stopped after so many questions, then after twice as many, then not ----
      for limit in [stop, stop * 2] {
        let asked = Atomic(0)
        do throws(TextError) {
          _ = try job.run(
            JobContext(
              threadCount: threads,
              isCancelled: {
                asked.wrappingAdd(1, ordering: .relaxed).newValue > limit
              }))
        } catch {
          #expect(error.code == .interrupted)
          let names = (try? directoryEntries(directory.path + "/out.partial")) ?? []
          #expect(!names.contains { $0.hasSuffix(".partial") })
        }
      }
      let report = try job.run(JobContext(threadCount: threads))
      resumed += report.resumedFiles > 0 ? 1 : 0
      #expect(report.account.inputs.count == 13)
      #expect(try content("out") == expected, "stopped after \(stop)")
      #expect(try directoryEntries(directory.path) == ["expected", "in", "out"])
    }
    #expect(resumed > 5)
  }

  @Test("changed inputs and options are refused, and forgotten on request")
  func changed() throws {
    try makeCorpus()
    func stopped(_ change: (inout CountJob) throws -> Void = { _ in }) throws -> String {
      var job = try job("out", blockBytes: 4000)
      job.groupBytes = 20_000
      try change(&job)
      let asked = Atomic(0)
      do throws(TextError) {
        _ = try job.run(
          JobContext(isCancelled: { asked.wrappingAdd(1, ordering: .relaxed).newValue > 40 }))
        return "done"
      } catch {
        return error.description
      }
    }
    #expect(try stopped().contains("input files are counted and kept in"))
    let told = try stopped { $0.preTokenizer = .cl100k }
    #expect(told.contains("an unfinished count of other inputs or options is there"))
    #expect(told.contains("cl100k") && told.contains("gpt2"))
    try directory.write("in/s0/f0.txt", "다른 글")
    #expect(try stopped().contains("f0.txt"))
    #expect(
      try stopped { $0.restarts = true }.contains("input files are counted and kept in"))
    _ = try job("out", blockBytes: 4000)
    var last = try job("out", blockBytes: 4000)
    last.groupBytes = 20_000
    #expect(try last.run(JobContext()).resumedFiles > 0)
  }

  @Test("a minimum prunes by the sum of all sources, and says how much")
  func minimum() throws {
    try makeCorpus()
    let whole = try job("whole").run(JobContext())
    let reference = try reference().mapValues { $0.values.reduce(0, +) }
    for minimum in [1, 2, 5, 1000] {
      var job = try job("out")
      job.overwrites = true
      job.minimumCount = minimum
      let report = try job.run(JobContext())
      let pruned = reference.values.filter { $0 < Int64(minimum) }
      #expect(report.prunedPretokens == pruned.count)
      #expect(report.prunedOccurrences == Int(pruned.reduce(0, +)))
      #expect(report.manifest.totals.rows == whole.manifest.totals.rows - pruned.count)
      var merging = MergeCountsJob(
        paths: [directory.path + "/whole"], output: directory.path + "/merged")
      merging.minimumCount = minimum
      merging.overwrites = true
      _ = try merging.run(JobContext())
      #expect(try content("merged") == content("out"))
    }
  }

  @Test("files counted apart add up to those counted together, in any order")
  func merging() throws {
    try makeCorpus()
    _ = try job("together").run(JobContext())
    for (index, name) in ["c", "a", "b"].enumerated() {
      let inputs = try CorpusInputs.resolve(["\(directory.path)/in/s\(index)"])
      let options = CorpusOptions(invalidUTF8: .keep)
      _ = try CountJob(
        source: CorpusSource(inputs: inputs, options: options),
        names: SourceNames(inputs, argumentNames: [name]), normalizer: .none,
        preTokenizer: .gpt2, output: "\(directory.path)/\(name)"
      ).run(JobContext())
    }
    for order in [["a", "b", "c"], ["c", "a", "b"]] {
      var merge = MergeCountsJob(
        paths: order.map { "\(directory.path)/\($0)" }, output: directory.path + "/merged")
      merge.overwrites = true
      _ = try merge.run(JobContext())
      #expect(try content("merged") == content("together"))
    }
    var merge = MergeCountsJob(
      paths: [directory.path + "/together"], output: directory.path + "/dropped")
    merge.dropped = ["a", "c"]
    _ = try merge.run(JobContext())
    #expect(try content("dropped") == content("b"))
  }

  @Test("too little memory, and amounts of it, are told apart")
  func budgets() throws {
    #expect(MemoryBudget("4GiB")?.byteCount == 4 << 30)
    #expect(MemoryBudget("1000")?.byteCount == 1000)
    for text in ["", "GiB", "4GB", "-1MiB", "0", "1.5GiB", "9999999999TiB"] {
      #expect(MemoryBudget(text) == nil)
    }
    try makeCorpus()
    var job = try job("out")
    job.memory = try #require(MemoryBudget("20MiB"))
    do throws(TextError) {
      _ = try job.run(JobContext(threadCount: 2))
      Issue.record("nothing was thrown")
    } catch {
      #expect(
        error.description == "20 MiB are too little memory for 2 threads; "
          + "allow at least --memory 64MiB, or fewer --threads")
    }
  }
}
