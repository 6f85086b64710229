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

  /// Pretokens in flight: enough to hide the latency of memory, and few enough for their probes to
  /// stay in the nearest cache.
  private static let batchSize = 128

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
      probe(text, pretokenEnds, first..<last, cache, &probes)
      var index = first
      while index < last {
        // ---- Documents that end here ----
        while document < documentEnds.count, documentEnds[document] == index {
          idEnds.append(ids.count)
          document += 1
        }
        // ---- Pretokens up to the end of the document or the first that is not known ----
        let end = document < documentEnds.count ? min(last, documentEnds[document]) : last
        index = first + cache.appendHits(probes, index - first, end - first, to: &ids)
        while index < end {
          let start = index == 0 ? 0 : Int(pretokenEnds[index - 1])
          appendUncommon(
            text, start..<Int(pretokenEnds[index]), probes[index - first], to: &ids)
          index = first + cache.appendHits(probes, index + 1 - first, end - first, to: &ids)
        }
      }
      first = last
    }
    while document < documentEnds.count {
      idEnds.append(ids.count)
      document += 1
    }
  }

  /// A pretoken that is not among the short ones of the cache.
  private mutating func appendUncommon(
    _ text: borrowing ByteBuffer, _ range: Range<Int>, _ probe: Probe, to ids: inout TokenBuffer
  ) {
    let before = ids.count
    let bytes = KeyBytes(text, range)
    if bytes.count < 16 {
      model.encode(text.span.extracting(range), to: &ids, scratch: &scratch)
      if ids.count - before <= PackedIDs.capacity {
        cache.insert(PackedIDs(ids.span, from: before), for: probe.key, in: probe.place)
      }
    } else if bytes.count < 32 {
      let key = bytes.longKey(text)
      if let found = cache.ids(of: key, at: probe.place) {
        found.0.append(to: &ids)
        found.more.append(to: &ids)
        return
      }
      model.encode(text.span.extracting(range), to: &ids, scratch: &scratch)
      if ids.count - before <= 2 * PackedIDs.capacity {
        let middle = min(before + PackedIDs.capacity, ids.count)
        cache.insert(
          (PackedIDs(ids.span, from: before), more: PackedIDs(ids.span, from: middle)), for: key,
          at: probe.place)
      }
    } else {
      model.encode(text.span.extracting(range), to: &ids, scratch: &scratch)
    }
  }
}

/// The first step: keys, and requests for their cache lines.
///
/// The parts of an encoder come apart here, so that the cache can be read while probes are written.
private func probe(
  _ text: borrowing ByteBuffer, _ ends: Span<UInt32>, _ range: Range<Int>,
  _ cache: borrowing PretokenCache, _ probes: inout GrowableBuffer<Probe>
) {
  probes.removeAll()
  var start = range.lowerBound == 0 ? 0 : Int(ends[range.lowerBound &- 1])
  for index in range {
    let end = Int(ends[index])
    let bytes = KeyBytes(text, start..<end)
    if bytes.count < 16 {
      let key = bytes.shortKey(text)
      probes.append(Probe(key: key, place: cache.prefetchedBucket(key.hash)))
    } else {
      let place = bytes.count < 32 ? cache.prefetchedLongEntry(bytes.longKey(text).hash) : 0
      // The zeros of a free entry would be found: this is a key of no entry.
      probes.append(Probe(key: .noEntry, place: place))
    }
    start = end
  }
}
