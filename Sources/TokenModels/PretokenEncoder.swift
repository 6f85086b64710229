// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Encodes runs of pretokens with one model: cache first, exact BPE on a miss; one a thread.
///
/// Pretokens are taken in batches in two steps, so that the misses of the processor's caches
/// overlap: first all keys are made and their cache lines requested, then the lines are compared
/// and the ids written straight to the output.
package struct PretokenEncoder: ~Copyable, Sendable {
  private let model: BPEModel
  private let cache: PretokenCache
  private var scratch = BPEScratch()
  private var probes = GrowableBuffer<Probe>(capacity: batchSize)

  /// Pretokens in flight: 64 lines of cache are more than a core can have on their way, and few
  /// enough to stay in the nearest cache.
  private static let batchSize = 64

  /// What the first step knows of a pretoken.
  private struct Probe: BitwiseCopyable {
    var key: PretokenKey
    /// A bucket, or a place for long pretokens.
    var place: UInt32
    var kind: UInt32
  }

  private static let short: UInt32 = 0
  private static let long: UInt32 = 1
  private static let uncached: UInt32 = 2

  /// An encoder with a cache of at most `cacheBytes`, the smallest if that is too little.
  package init(_ model: BPEModel, cacheBytes: Int) {
    self.model = model
    cache = PretokenCache(byteCount: cacheBytes)
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
    var document = 0
    var first = 0
    while first < pretokenEnds.count {
      let last = min(first + Self.batchSize, pretokenEnds.count)
      Self.probe(text, pretokenEnds, first..<last, cache, &probes)
      for index in first..<last {
        while document < documentEnds.count, documentEnds[document] == index {
          idEnds.append(ids.count)
          document += 1
        }
        appendIDs(
          text, Int(index == 0 ? 0 : pretokenEnds[index - 1])..<Int(pretokenEnds[index]),
          probes[index - first], to: &ids)
      }
      first = last
    }
    while document < documentEnds.count {
      idEnds.append(ids.count)
      document += 1
    }
  }

  /// The first step: keys, and requests for their cache lines.
  private static func probe(
    _ text: borrowing ByteBuffer, _ ends: Span<UInt32>, _ range: Range<Int>,
    _ cache: borrowing PretokenCache, _ probes: inout GrowableBuffer<Probe>
  ) {
    probes.removeAll()
    var start = range.lowerBound == 0 ? 0 : Int(ends[range.lowerBound - 1])
    for index in range {
      let end = Int(ends[index])
      let keyBytes = KeyBytes(text, start..<end)
      if keyBytes.count < 16 {
        let key = keyBytes.shortKey(text)
        let place = cache.prefetchedBucket(key.hash)
        probes.append(Probe(key: key, place: place, kind: Self.short))
      } else if keyBytes.count < 32 {
        let place = cache.prefetchedLongEntry(keyBytes.longKey(text).hash)
        probes.append(Probe(key: PretokenKey(low: 0, high: 0), place: place, kind: Self.long))
      } else {
        probes.append(Probe(key: PretokenKey(low: 0, high: 0), place: 0, kind: Self.uncached))
      }
      start = end
    }
  }

  /// The second step for one pretoken.
  @inline(__always)
  private mutating func appendIDs(
    _ text: borrowing ByteBuffer, _ range: Range<Int>, _ probe: Probe, to ids: inout TokenBuffer
  ) {
    if probe.kind == Self.short, let found = cache.ids(of: probe.key, in: probe.place) {
      found.append(to: &ids)
    } else {
      appendUncommon(text, range, probe, to: &ids)
    }
  }

  private mutating func appendUncommon(
    _ text: borrowing ByteBuffer, _ range: Range<Int>, _ probe: Probe, to ids: inout TokenBuffer
  ) {
    let before = ids.count
    let pretoken = text.span.extracting(range)
    switch probe.kind {
    case Self.short:
      model.encode(pretoken, to: &ids, scratch: &scratch)
      let count = ids.count - before
      if count <= PackedIDs.capacity {
        cache.insert(PackedIDs(ids.span, from: before), for: probe.key, in: probe.place)
      }
    case Self.long:
      let key = KeyBytes(text, range).longKey(text)
      if let found = cache.ids(of: key, at: probe.place) {
        found.0.append(to: &ids)
        found.more.append(to: &ids)
        return
      }
      model.encode(pretoken, to: &ids, scratch: &scratch)
      let count = ids.count - before
      if count <= 2 * PackedIDs.capacity {
        let middle = min(before + PackedIDs.capacity, ids.count)
        cache.insert(
          (PackedIDs(ids.span, from: before), more: PackedIDs(ids.span, from: middle)), for: key,
          at: probe.place)
      }
    default:
      model.encode(pretoken, to: &ids, scratch: &scratch)
    }
  }
}
