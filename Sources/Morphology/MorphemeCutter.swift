// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Which boundaries between morphemes count.
package enum MorphemeBoundaries: String, CaseIterable, Sendable {
  /// Every one, and where Hangul and other characters meet.
  case all
  /// Only those before particles, endings, the copula and derivational suffixes.
  case functional
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

  /// A cutter that remembers runs in at most `cacheBytes`; for text that is cut only once it needs none.
  package init(_ model: EojeolModel, _ boundaries: MorphemeBoundaries, cacheBytes: Int = 0) {
    self.boundaries = boundaries
    analyzer = EojeolAnalyzer(model)
    known = CutCache(byteCount: cacheBytes)
  }

  /// Finds the places inside of `text` where it is cut.
  private mutating func findCuts(_ text: Span<UInt8>) {
    var place = 0
    while let run = nextHangulRun(in: text, from: place) {
      place = run.upperBound
      // ---- Before the run, if something stands there, and inside ----
      let isBehindText = run.lowerBound > 0 && text[run.lowerBound &- 1] > 0x20
      if let key = RunKey(text, run) {
        var bits = cutBits(of: key, text, run)
        if !isBehindText { bits &= ~1 }
        while bits != 0 {
          cuts.append(run.lowerBound &+ bits.trailingZeroBitCount &* Syllable.byteCount)
          bits &= bits &- 1
        }
      } else {
        analyze(text, run)
        for index in min(isBehindText ? 0 : 1, morphemes.count)..<morphemes.count
        where counts(index) {
          cuts.append(morphemes[index].start)
        }
      }
      // ---- Behind it ----
      if boundaries == .all, run.upperBound < text.count, text[run.upperBound] > 0x20 {
        cuts.append(run.upperBound)
      }
    }
  }

  private mutating func analyze(_ text: Span<UInt8>, _ run: Range<Int>) {
    morphemes.removeAll()
    analyzer.analyze(text, run, to: &morphemes)
  }

  /// For each syllable of `run`, whose key is `key`, a bit, set if a boundary before it counts.
  @inline(__always)
  private mutating func cutBits(of key: RunKey, _ text: Span<UInt8>, _ run: Range<Int>) -> UInt8 {
    if let bits = known.cuts(of: key) { return bits }
    analyze(text, run)
    var bits: UInt8 = 0
    for index in 0..<morphemes.count where counts(index) {
      bits |= 1 &<< UInt8((morphemes[index].start &- run.lowerBound) / Syllable.byteCount)
    }
    known.insert(key, bits)
    return bits
  }

  /// Replaces `ends` by the ends of the pieces of `text`, ascending, the last of which is its own.
  ///
  /// - Complexity: O(n).
  package mutating func cut(_ text: Span<UInt8>, into ends: inout GrowableBuffer<Int>) {
    cuts.removeAll()
    findCuts(text)
    ends.removeAll()
    ends.append(copying: cuts.span)
    ends.append(text.count)
  }

  /// Calls `body` with the range of each piece of `text` between cuts, in order.
  ///
  /// - Complexity: O(n).
  package mutating func forEachPiece(of text: Span<UInt8>, _ body: (Range<Int>) -> Void) {
    cuts.removeAll()
    findCuts(text)
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
    switch boundaries {
    case .all: true
    case .functional: analyzer.model.isFunctional(morphemes[index])
    }
  }
}

extension EojeolModel {
  /// Whether `morpheme` is a particle, an ending, the copula or a derivational suffix, or begins with one.
  @inline(__always)
  func isFunctional(_ morpheme: Morpheme) -> Bool { entry(morpheme.entry).isFunctional }

  /// Appends the tag of `morpheme`, such as NNG or VV+EC, to `output`.
  func appendTag(of morpheme: Morpheme, to output: inout ByteBuffer) {
    output.append(tags[entry(morpheme.entry).tag])
  }
}
