// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Encodes runs of pretokens with one model: cache first, exact BPE on a miss; one a thread.
///
/// Pretokens are taken in batches in two steps, so that the misses of the processor's caches
/// overlap: the keys of a batch are made and their cache lines requested while the ids of the batch
/// before it are still to be written.
package struct PretokenEncoder: ~Copyable, Sendable {
  private let model: BPEModel
  private var cache: PretokenCache
  private let probes = ProbeRing()
  private var scratch = BPEScratch()

  /// An encoder with a cache of at most `cacheBytes`, the smallest if that is too little.
  package init(_ model: BPEModel, cacheBytes: Int) {
    self.model = model
    cache = PretokenCache(byteCount: cacheBytes, idCount: model.vocabulary.count)
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
    var last = min(ProbeRing.batchSize, count)
    cache.probe(text, pretokenEnds, first..<last, probes)
    while first < count {
      let following = min(last + ProbeRing.batchSize, count)
      cache.probe(text, pretokenEnds, last..<following, probes)
      var index = first
      while index < last {
        // ---- Documents that end here ----
        while document < documentEnds.count, documentEnds[document] == index {
          idEnds.append(ids.count)
          document += 1
        }
        // ---- Pretokens up to the end of the document or the first that is not known ----
        let end = document < documentEnds.count ? min(last, documentEnds[document]) : last
        index = cache.appendHits(probes, index, end, to: &ids)
        while index < end {
          let start = index == 0 ? 0 : Int(pretokenEnds[index - 1])
          appendUncommon(text, start..<Int(pretokenEnds[index]), probes[index], to: &ids)
          index = cache.appendHits(probes, index + 1, end, to: &ids)
        }
      }
      (first, last) = (last, following)
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
      cache.insert(ids.span, from: before, for: probe)
    } else if bytes.count < 32 {
      let key = bytes.longKey(text)
      if cache.appendHit(key, probe, to: &ids) { return }
      model.encode(text.span.extracting(range), to: &ids, scratch: &scratch)
      cache.insert(ids.span, from: before, for: key, probe)
    } else {
      model.encode(text.span.extracting(range), to: &ids, scratch: &scratch)
    }
  }
}
