// SPDX-License-Identifier: Apache-2.0

package import Morphology
package import TextCore

/// Encodes runs of pretokens with one model: cache first, exact BPE on a miss; one a thread.
///
/// Pretokens are taken in batches in two steps, so that the misses of the processor's caches
/// overlap: the keys of a batch are made and their cache lines requested while the ids of the batch
/// before it are still to be written.
package struct PretokenEncoder: ~Copyable, Sendable {
  private let model: BPEModel
  private var cache: PretokenCache
  /// The batch whose ids are written, and the one behind it, whose cache lines are on their way.
  private var batch = PretokenBatch()
  private var following = PretokenBatch()
  /// The ids of one pretoken that the cache does not know.
  private var made = TokenBuffer()
  private var scratch = BPEScratch()
  /// Pretokens that the cache does not know, merged side by side.
  private var lanes: PretokenLanes
  /// Cuts pretokens into morphemes, which are encoded apart; their ids stand together in the cache.
  private var cutter: MorphemeCutter?
  private var cuts = GrowableBuffer<Int>()
  /// The first run of Hangul of each pretoken that the cache does not know, and where it is cut.
  private var runs = GrowableBuffer<HangulRun?>()

  /// Of the bytes for caches, one in so many is for the cuts of runs and their suffixes where morphemes
  /// count.
  private static let cutShare = 8

  /// An encoder with caches of at most `cacheBytes`, the smallest if that is too little.
  ///
  /// Where morphemes count, pretokens are cut at those that `morphemes` tells. Without `usesVectors` keys
  /// are made as on processors that cannot make many at once.
  package init(
    _ model: BPEModel, cacheBytes: Int, morphemes: (EojeolModel, MorphemeBoundaries)? = nil,
    usesVectors: Bool = true
  ) {
    self.model = model
    lanes = PretokenLanes(model.pairs)
    let cutBytes = morphemes == nil ? 0 : cacheBytes / Self.cutShare
    let suffixBytes = min(cutBytes / 2, MorphemeCutter.suffixBytes)
    cutter = morphemes.map {
      MorphemeCutter($0, $1, cacheBytes: cutBytes - suffixBytes, suffixBytes: suffixBytes)
    }
    cache = PretokenCache(
      byteCount: cacheBytes - cutBytes, idCount: model.vocabulary.count,
      hasFewIDs: model.units.isMostlyWhole, usesVectors: usesVectors)
  }

  /// Appends the ids of the pretokens of `text` to `ids`, and to `idEnds`, for each document, the
  /// number of ids behind it.
  ///
  /// - Parameters:
  ///   - text: Documents, back to back.
  ///   - pretokenEnds: Where each pretoken ends in `text`; no pretoken spans two documents.
  ///   - documentEnds: The number of pretokens behind each document, ascending.
  ///   - ids: Where the ids go.
  ///   - idEnds: Where the documents' ends go.
  /// - Complexity: O(n) for cached pretokens, see ``BPEModel/encode(_:to:scratch:)`` for others.
  package mutating func encode(
    _ text: borrowing ByteBuffer, pretokenEnds: Span<UInt32>, documentEnds: Span<Int>,
    to ids: inout TokenBuffer, idEnds: inout GrowableBuffer<Int>
  ) {
    let count = pretokenEnds.count
    var document = 0
    var first = 0
    var last = min(PretokenBatch.capacity, count)
    cache.request(text, pretokenEnds, 0..<last, &batch)
    while first < count {
      let end = min(last + PretokenBatch.capacity, count)
      cache.request(text, pretokenEnds, last..<end, &following)
      cache.find(&batch)
      encodeMissing(text, pretokenEnds, from: first)
      var index = first
      while index < last {
        // ---- Documents that end here ----
        while document < documentEnds.count, documentEnds[document] == index {
          idEnds.append(ids.count)
          document += 1
        }
        // ---- Pretokens up to the end of the document ----
        let end = document < documentEnds.count ? min(last, documentEnds[document]) : last
        while true {
          index = cache.append(batch, index &- first..<end &- first, to: &ids) &+ first
          if index == end { break }
          encodeLong(text, range(of: index, pretokenEnds), to: &ids)
          index &+= 1
        }
      }
      remember(text, pretokenEnds, from: first)
      swap(&batch, &following)
      (first, last) = (last, end)
    }
    while document < documentEnds.count {
      idEnds.append(ids.count)
      document += 1
    }
  }

  @inline(__always)
  private func range(of index: Int, _ ends: Span<UInt32>) -> Range<Int> {
    (index == 0 ? 0 : Int(ends[index &- 1]))..<Int(ends[index])
  }

  /// Encodes what the cache does not know of the batch from `first` on, all of it before any of it is
  /// written, so that the writing does not wait.
  @inline(__always)
  private mutating func encodeMissing(
    _ text: borrowing ByteBuffer, _ ends: Span<UInt32>, from first: Int
  ) {
    // ---- Which of the long ones it does not know ----
    for index in 0..<batch.long.count {
      let slot = batch.long[index]
      let bytes = KeyBytes(text, range(of: first &+ slot, ends))
      if bytes.count >= 32 {
        // Looked up and encoded when it is written.
        batch[slot] = PackedPair()
      } else if !cache.find(bytes.longKey(text), &batch, slot) {
        batch.made.append(slot)
      }
    }
    // ---- All of them: most side by side, the others one by one ----
    findRuns(text, ends, from: first)
    lanes.removeAll()
    for index in 0..<batch.made.count {
      let slot = batch.made[index]
      let range = range(of: first &+ slot, ends)
      if let run = cutter == nil ? nil : runs[index], makeOfMorphemes(slot, text, range, run) {
        continue
      }
      if model.mergesInLanes, model.mayBeMerged(range.count),
        lanes.take(text, range, model.units, slot: slot)
      {
        continue
      }
      make(slot, text, range)
    }
    lanes.merge(model.pairs)
    for index in 0..<lanes.count { keepLanes(index) }
  }

  /// Makes the ids of the pretoken at `index` of the lanes those of its slot.
  @inline(__always)
  private mutating func keepLanes(_ index: Int) {
    let slot = lanes.slot(index)
    if let packed = cache.pack(lanes, index, room: cache.room(batch, slot)) {
      batch.setFirst(slot, packed)
    } else {
      made.removeAll()
      lanes.append(index, to: &made)
      keepMade(slot)
    }
  }

  /// Makes the ids that were ``made`` those of `slot`.
  private mutating func keepMade(_ slot: Int) {
    batch[slot] = pack(made, &cache, room: cache.room(batch, slot))
  }

  /// Finds where the first runs of the pretokens that the cache does not know are cut; each look-up misses
  /// the processor's caches, and together they wait once.
  private mutating func findRuns(
    _ text: borrowing ByteBuffer, _ ends: Span<UInt32>, from first: Int
  ) {
    guard cutter != nil else { return }
    runs.removeAll()
    for index in 0..<batch.made.count {
      let range = range(of: first &+ batch.made[index], ends)
      runs.append(cutter?.request(text.span.extracting(range)))
    }
    cutter?.findCuts(of: &runs)
  }

  /// Cuts the pretoken `range` of `text`, whose first run of Hangul is `run`, into morphemes and encodes them as
  /// that of `slot`; false if it is one.
  private mutating func makeOfMorphemes(
    _ slot: Int, _ text: borrowing ByteBuffer, _ range: Range<Int>, _ run: HangulRun
  ) -> Bool {
    made.removeAll()
    guard encodeMorphemes(text, range, run) else { return false }
    keepMade(slot)
    return true
  }

  /// Encodes the pretoken `range` of `text` as that of `slot`, or puts it into lanes.
  @inline(__always)
  private mutating func make(_ slot: Int, _ text: borrowing ByteBuffer, _ range: Range<Int>) {
    let isWhole = model.takeWhole(text, range, scratch: &scratch)
    if isWhole, model.mergesInLanes, lanes.take(scratch.parts, slot: slot) { return }
    made.removeAll()
    if isWhole, scratch.parts.merge(model.pairs) {
      if let packed = cache.pack(scratch.parts, room: cache.room(batch, slot)) {
        batch[slot] = packed
        return
      }
      scratch.parts.append(to: &made)
    } else {
      model.encode(text.span.extracting(range), to: &made, scratch: &scratch)
    }
    keepMade(slot)
  }

  /// Appends the ids of the pretoken `range` of `text`, which are not in the batch: a long one, as a rule.
  private mutating func encodeLong(
    _ text: borrowing ByteBuffer, _ range: Range<Int>, to ids: inout TokenBuffer
  ) {
    let pretoken = text.span.extracting(range)
    if cache.appendPhrase(pretoken, to: &ids) { return }
    let first = ids.count
    encodeAnew(text, range, to: &ids)
    cache.keepPhrase(pretoken, ids.span.extracting(first...))
  }

  /// The same without looking it up.
  private mutating func encodeAnew(
    _ text: borrowing ByteBuffer, _ range: Range<Int>, to ids: inout TokenBuffer
  ) {
    if let run = cutter?.request(text.span.extracting(range)) ?? nil {
      made.removeAll()
      if encodeMorphemes(text, range, run) { return ids.append(copying: made.span) }
    }
    model.encode(text.span.extracting(range), to: &ids, scratch: &scratch)
  }

  /// Cuts the pretoken `range` of `text`, whose first run of Hangul is `run`, into morphemes and appends the
  /// ids of each to ``made``; false if it is one.
  private mutating func encodeMorphemes(
    _ text: borrowing ByteBuffer, _ range: Range<Int>, _ run: HangulRun
  ) -> Bool {
    cutter?.cut(text.span.extracting(range), run, into: &cuts)
    if cuts.count == 1 { return false }
    var start = range.lowerBound
    for index in 0..<cuts.count {
      let piece = start..<range.lowerBound &+ cuts[index]
      if model.mergeWhole(text, piece, scratch: &scratch) {
        scratch.parts.append(to: &made)
      } else {
        model.encode(text.span.extracting(piece), to: &made, scratch: &scratch)
      }
      start = piece.upperBound
    }
    return true
  }

  /// Puts what was encoded into the cache.
  @inline(__always)
  private mutating func remember(
    _ text: borrowing ByteBuffer, _ ends: Span<UInt32>, from first: Int
  ) {
    for index in 0..<batch.made.count {
      let slot = batch.made[index]
      if batch.key(slot) == .noEntry {
        let bytes = KeyBytes(text, range(of: first &+ slot, ends))
        cache.insert(bytes.longKey(text), batch, slot)
      } else {
        cache.insert(batch, slot)
      }
    }
  }
}

// Apart from the encoder, so that one part of it can be read while another is written.
@inline(__always)
private func pack(
  _ ids: borrowing TokenBuffer, _ cache: inout PretokenCache, room: Int
) -> PackedPair {
  cache.pack(ids.span, room: room)
}
