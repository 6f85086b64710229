// SPDX-License-Identifier: Apache-2.0

import Parallelism
import Synchronization
import TestSupport
import Testing
import TextCore

@Suite struct OrderedParallelMapTests {
  /// Runs `count` blocks of random length on `threads` threads; the blocks in `failing` throw.
  private func run(
    threads: Int, count: Int, failing: Set<Int> = [], seed: Int = 0
  ) -> (emitted: [Int], error: TextError?) {
    var next = 0
    var emitted: [Int] = []
    do throws(TextError) {
      try orderedParallelMap(
        threadCount: threads,
        claim: { () throws(TextError) -> Int? in
          guard next < count else { return nil }
          defer { next += 1 }
          return next
        },
        makeWorker: { SeededGenerator(seed: seed) },
        work: { (generator, block) throws(TextError) -> Int in
          for _ in 0..<Int.random(in: 0..<2000, using: &generator) { _ = generator.next() }
          if failing.contains(block) { throw TextError(.badRecord, "block \(block)") }
          return block
        },
        emit: { (block) throws(TextError) in emitted.append(block) })
      return (emitted, nil)
    } catch {
      return (emitted, error)
    }
  }

  @Test("results come in order, whatever the number of threads", arguments: [1, 2, 3, 7, 16])
  func order(_ threads: Int) {
    for count in [0, 1, 2, 5, 100, 1000] {
      let result = run(threads: threads, count: count, seed: count)
      #expect(result.emitted == Array(0..<count))
      #expect(result.error == nil)
    }
  }

  @Test("the first error in order wins, after all that comes before it", arguments: [1, 2, 7])
  func errors(_ threads: Int) {
    for seed in 0..<100 {
      var generator = SeededGenerator(seed: seed)
      let failing = Set((0..<3).map { _ in Int.random(in: 0..<80, using: &generator) })
      let result = run(threads: threads, count: 80, failing: failing, seed: seed)
      let first = failing.min() ?? 0
      #expect(result.error?.what == "block \(first)")
      #expect(result.emitted == Array(0..<first), "seed \(seed)")
    }
  }

  @Test("an error while claiming or emitting ends the map", arguments: [1, 2, 7])
  func endingErrors(_ threads: Int) {
    var next = 0
    #expect(throws: TextError(.readFailed, "claim")) {
      try orderedParallelMap(
        threadCount: threads,
        claim: { () throws(TextError) -> Int? in
          next += 1
          if next == 20 { throw TextError(.readFailed, "claim") }
          return next
        },
        makeWorker: { 0 }, work: { (_, block) throws(TextError) in block },
        emit: { (_) throws(TextError) in })
    }
    var emitted = 0
    #expect(throws: TextError(.writeFailed, "emit")) {
      try orderedParallelMap(
        threadCount: threads,
        claim: { () throws(TextError) -> Int? in 1 },
        makeWorker: { 0 }, work: { (_, block) throws(TextError) in block },
        emit: { (_) throws(TextError) in
          emitted += 1
          if emitted == 20 { throw TextError(.writeFailed, "emit") }
        })
    }
    #expect(emitted == 20)
  }

  @Test("claims run a bounded number of blocks ahead of what is emitted")
  func bound() throws {
    var claimed = 0
    var emitted = 0
    let threads = 3
    let ahead = Atomic(0)
    try orderedParallelMap(
      threadCount: threads,
      claim: { () throws(TextError) -> Int? in
        guard claimed < 300 else { return nil }
        claimed += 1
        return claimed
      },
      makeWorker: { 0 }, work: { (_, block) throws(TextError) in block },
      emit: { (block) throws(TextError) in
        emitted = block
        ahead.max(claimed - emitted, ordering: .relaxed)
      })
    #expect(emitted == 300)
    #expect(ahead.load(ordering: .relaxed) <= threads * 4)
  }

  @Test("every worker's state is finished once, and together they saw every block")
  func finishing() throws {
    var next = 0
    var total = 0
    var workers = 0
    try orderedParallelMap(
      threadCount: 4,
      claim: { () throws(TextError) -> Int? in
        guard next < 500 else { return nil }
        next += 1
        return next
      },
      makeWorker: { 0 },
      work: { (sum, block) throws(TextError) in sum += block },
      emit: { (_) throws(TextError) in },
      finish: { sum in
        total += sum
        workers += 1
      })
    #expect(total == 500 * 501 / 2)
    #expect(workers == 4)
  }
}
