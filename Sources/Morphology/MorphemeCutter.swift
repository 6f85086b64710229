// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Which boundaries between morphemes count.
package enum MorphemeBoundaries: String, CaseIterable, Sendable {
  /// Every one, and where Hangul and other characters meet.
  case all
  /// Only those before particles, endings, the copula and derivational suffixes.
  case functional
  /// Only those before particles and endings.
  case inflectional
  /// Only those before particles.
  case particles
}

/// Cuts pretokens at the boundaries of morphemes, reusing its storage; one a thread.
///
/// Each Hangul run is analysed alone. A space, or what else is white below U+0021, stays with what it
/// stands before and behind.
package struct MorphemeCutter: ~Copyable, Sendable {
  private let boundaries: MorphemeBoundaries
  private var analyzer: EojeolAnalyzer
  private var morphemes = GrowableBuffer<Morpheme>()
  private var cuts = GrowableBuffer<Int>()
  private var known: CutCache
  private var search: RunSearch

  /// The bytes for suffixes of runs from where more hardly find more.
  package static let suffixBytes = 2 << 20

  /// A cutter that remembers runs in at most `cacheBytes`, none of which text that is cut only once needs, and
  /// suffixes of runs in at most `suffixBytes`.
  package init(
    _ model: EojeolModel, _ boundaries: MorphemeBoundaries, cacheBytes: Int = 0,
    suffixBytes: Int = suffixBytes
  ) {
    self.boundaries = boundaries
    analyzer = EojeolAnalyzer(model)
    known = CutCache(byteCount: cacheBytes)
    search = RunSearch(byteCount: suffixBytes)
  }

  /// Asks for where the first run of `text`, which is to be cut soon, is known to be cut.
  ///
  /// - Returns: The run, for ``findCuts(of:)`` and ``cut(_:_:into:)``.
  @inline(__always)
  package func request(_ text: Span<UInt8>) -> HangulRun? {
    let run = HangulRun.next(in: text, from: 0)
    if let run, run.hasKey { known.request(run.key) }
    return run
  }

  /// Finds where `runs`, which were requested, are cut; their look-ups overlap.
  package mutating func findCuts(of runs: inout GrowableBuffer<HangulRun?>) {
    // ---- Which are known; the others ask for what they need of the model ----
    for index in 0..<runs.count {
      guard let run = runs[index], run.hasKey else { continue }
      if let cuts = known.cuts(of: run.key) {
        runs[index]?.cuts = cuts
      } else {
        search.request(run.key, run.count, analyzer.model)
      }
    }
    // ---- Search them ----
    for index in 0..<runs.count {
      guard let run = runs[index], run.hasKey, run.cuts == nil else { continue }
      search.add(run.key, run.count, number: index, analyzer.model)
      if search.isFull { finish(&runs) }
    }
    finish(&runs)
  }

  /// Finds the cuts of those of `runs` that were added to the search.
  private mutating func finish(_ runs: inout GrowableBuffer<HangulRun?>) {
    search.find(analyzer.model, boundaries)
    for index in 0..<search.count { runs[search[index].number]?.cuts = remember(search[index]) }
    search.removeAll()
  }

  /// The cuts of `job`, which are remembered.
  @inline(__always)
  private mutating func remember(_ job: RunSearch.Job) -> UInt8 {
    let cuts = job.cuts ?? latticeCuts(of: job.key, Int(job.count))
    known.insert(job.key, cuts)
    return cuts
  }

  /// Finds the places inside of `text`, whose first run is `first`, where it is cut.
  @inline(__always)
  private mutating func findCuts(_ text: Span<UInt8>, _ first: HangulRun?) {
    cuts.removeAll()
    var next = first
    while let run = next {
      // ---- Before the run, if something stands there, and inside ----
      let isBehindText = run.start > 0 && text[run.start &- 1] > 0x20
      if run.hasKey {
        var bits = cutBits(of: run)
        if !isBehindText { bits &= ~1 }
        while bits != 0 {
          cuts.append(run.start &+ bits.trailingZeroBitCount &* Syllable.byteCount)
          bits &= bits &- 1
        }
      } else {
        morphemes.removeAll()
        analyzer.analyze(text, run.start..<run.end, to: &morphemes)
        for index in min(isBehindText ? 0 : 1, morphemes.count)..<morphemes.count
        where counts(index) {
          cuts.append(morphemes[index].start)
        }
      }
      if run.end == text.count { break }
      // ---- Behind it ----
      if boundaries == .all, text[run.end] > 0x20 { cuts.append(run.end) }
      next = HangulRun.next(in: text, from: run.end)
    }
  }

  /// For each syllable of `run` a bit, set if a boundary before it counts.
  @inline(__always)
  private mutating func cutBits(of run: HangulRun) -> UInt8 {
    if let cuts = run.cuts ?? known.cuts(of: run.key) { return cuts }
    search.add(run.key, run.count, number: 0, analyzer.model)
    search.find(analyzer.model, boundaries)
    let job = search[0]
    search.removeAll()
    return remember(job)
  }

  /// The same of the run `key` of `count` syllables, found by a lattice.
  private mutating func latticeCuts(of key: RunKey, _ count: Int) -> UInt8 {
    morphemes.removeAll()
    analyzer.analyze(key, count, to: &morphemes)
    var cuts: UInt8 = 0
    for index in 0..<morphemes.count where counts(index) {
      cuts |= 1 &<< UInt8(morphemes[index].start / Syllable.byteCount)
    }
    return cuts
  }

  /// Replaces `ends` by the ends of the pieces of `text`, ascending, the last of which is its own.
  ///
  /// - Complexity: O(n).
  package mutating func cut(_ text: Span<UInt8>, into ends: inout GrowableBuffer<Int>) {
    cut(text, HangulRun.next(in: text, from: 0), into: &ends)
  }

  /// The same for a text whose first run, `first`, was requested.
  package mutating func cut(
    _ text: Span<UInt8>, _ first: HangulRun?, into ends: inout GrowableBuffer<Int>
  ) {
    findCuts(text, first)
    cuts.append(text.count)
    // Each of the two is the other's storage next time: nothing is copied.
    swap(&cuts, &ends)
  }

  /// Calls `body` with the range of each piece of `text` between cuts, in order.
  ///
  /// - Complexity: O(n).
  package mutating func forEachPiece(of text: Span<UInt8>, _ body: (Range<Int>) -> Void) {
    findCuts(text, HangulRun.next(in: text, from: 0))
    var start = 0
    for index in 0..<cuts.count {
      body(start..<cuts[index])
      start = cuts[index]
    }
    if start < text.count { body(start..<text.count) }
  }

  /// Whether the boundary before the morpheme `index` of the run counts.
  @inline(__always)
  private func counts(_ index: Int) -> Bool {
    analyzer.model.isCut(before: morphemes[index], boundaries)
  }
}

extension EojeolModel {
  /// Whether the boundary before `morpheme` is one of `boundaries`.
  package func isCut(before morpheme: Morpheme, _ boundaries: MorphemeBoundaries) -> Bool {
    isCut(before: entry(morpheme.entry), boundaries)
  }

  /// Whether the boundary before a word is one of `boundaries`.
  @inline(__always)
  func isCut(before word: EojeolEntry, _ boundaries: MorphemeBoundaries) -> Bool {
    switch boundaries {
    case .all: true
    case .functional: word.isFunctional
    case .inflectional: areInflectional[word.tag]
    case .particles: areParticles[word.tag]
    }
  }

  /// Appends the tag of `morpheme`, such as NNG or VV+EC, to `output`.
  func appendTag(of morpheme: Morpheme, to output: inout ByteBuffer) {
    output.append(tags[entry(morpheme.entry).tag])
  }
}
