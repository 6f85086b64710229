// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import Glibc
internal import TextCore

/// The ids of pretokens seen before: tables of fixed size, whose content never changes a result.
///
/// Korean is what sets the design. Distinct pretokens grow as N^0.75, so a table of any size misses
/// one look-up in ten, and a table that grows spends its time clearing pages; this one is as large
/// as it will be from the start, and pages are touched as they are used. A bucket is one cache line
/// of two entries; a new pretoken goes to the front and pushes the front one back, so what comes
/// often stays. Pretokens of 16 to 31 bytes (3 %) have a table of their own; longer ones (0.1 %) are
/// encoded anew each time. Ids that do not fit in their entry lie in a ring: a vocabulary without
/// Korean has one to three for every syllable.
@safe
struct PretokenCache: ~Copyable, @unchecked Sendable {
  struct Entry: BitwiseCopyable {
    var key: PretokenKey
    var ids: PackedIDs
  }

  /// One cache line.
  struct Bucket: BitwiseCopyable {
    var front: Entry
    var back: Entry
  }

  /// One cache line.
  struct LongEntry: BitwiseCopyable {
    var key: LongPretokenKey
    var ids: PackedIDs
    /// Those that do not fit in `ids`.
    var moreIDs: PackedIDs
  }

  // Invariant: `memory` is a mapping of `byteCount` bytes owned by this value, all zero at first: a
  // key of no pretoken. A power of two of buckets lies at its start, an eighth as many long entries
  // behind them, and the ring of spilled ids last; an index is a hash shifted right to fit.
  private let memory: UnsafeMutableRawPointer
  private let byteCount: Int
  private let bucketShift: UInt64
  private let longShift: UInt64
  private let buckets: UnsafeMutablePointer<Bucket>
  private let longEntries: UnsafeMutablePointer<LongEntry>
  private var spilled: SpilledIDs
  /// Whether ids are packed as ``NarrowIDs``, else as ``WideIDs``.
  private let isNarrow: Bool
  /// The ids that fit in an entry; none of a vocabulary too large for its bits, whose ids all spill.
  private let capacity: Int

  /// The smallest cache: 32 buckets, 4 long entries and 64 spilled ids.
  static let minimumBytes = 40 * 64

  /// A cache of at most `byteCount` bytes, four fifths of it for short pretokens, for ids below
  /// `idCount`.
  init(byteCount wanted: Int, idCount: Int) {
    var bits: UInt64 = 5
    while (1 << (bits + 1)) * 80 <= wanted { bits += 1 }
    let bucketCount = 1 << Int(bits)
    byteCount = (bucketCount + bucketCount / 4) * 64
    isNarrow = idCount <= Int(NarrowIDs.maximumID) + 1
    capacity =
      isNarrow
      ? NarrowIDs.capacity : idCount <= Int(WideIDs.maximumID) + 1 ? WideIDs.capacity : 0
    let mapping = unsafe mmap(
      nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapping = unsafe mapping, unsafe mapping != MAP_FAILED else {
      preconditionFailure("no memory for a pretoken cache of \(byteCount) bytes")
    }
    // Fewer page faults, where the system grants it; nothing depends on it.
    _ = unsafe madvise(mapping, byteCount, MADV_HUGEPAGE)
    unsafe memory = mapping
    unsafe buckets = mapping.bindMemory(to: Bucket.self, capacity: bucketCount)
    unsafe longEntries = (mapping + bucketCount * 64).bindMemory(
      to: LongEntry.self, capacity: bucketCount / 8)
    spilled = unsafe SpilledIDs(
      (mapping + bucketCount * 72).bindMemory(to: TokenID.self, capacity: bucketCount * 2),
      capacity: bucketCount * 2)
    bucketShift = 64 - bits
    longShift = 64 - bits + 3
  }

  deinit { _ = unsafe munmap(memory, byteCount) }
}

// MARK: - Keys

extension PretokenCache {
  /// Makes the probes of the pretokens `range` of `text`, which end at `ends`; their cache lines are
  /// on their way when this returns.
  func probe(
    _ text: borrowing ByteBuffer, _ ends: Span<UInt32>, _ range: Range<Int>,
    _ probes: borrowing ProbeRing
  ) {
    var start = range.lowerBound == 0 ? 0 : Int(ends[range.lowerBound &- 1])
    for index in range {
      let end = Int(ends[index])
      let bytes = KeyBytes(text, start..<end)
      if bytes.count < 16 {
        let key = bytes.shortKey(text)
        let bucket = key.hash &>> bucketShift
        // Safe: a hash shifted by bucketShift is below the number of buckets.
        unsafe ck_prefetch(buckets + Int(truncatingIfNeeded: bucket))
        probes[index] = Probe(key: key, place: UInt32(truncatingIfNeeded: bucket))
      } else {
        // The zeros of a free entry would be found: this is a key of no entry.
        probes[index] = Probe(key: .noEntry, place: bytes.count < 32 ? longPlace(text, bytes) : 0)
      }
      start = end
    }
  }

  /// The place of a long pretoken; its cache line is on its way when this returns.
  private func longPlace(_ text: borrowing ByteBuffer, _ bytes: KeyBytes) -> UInt32 {
    let place = bytes.longKey(text).hash >> longShift
    // Safe: a hash shifted by longShift is below the number of long entries.
    unsafe ck_prefetch(longEntries + Int(truncatingIfNeeded: place))
    return UInt32(truncatingIfNeeded: place)
  }
}

// MARK: - Short pretokens

extension PretokenCache {
  /// Appends the ids of the pretokens from `first` on, up to the first that is not found; returns
  /// its index, or `last`.
  func appendHits(
    _ probes: borrowing ProbeRing, _ first: Int, _ last: Int, to ids: inout TokenBuffer
  ) -> Int {
    isNarrow
      ? appendHits(probes, first, last, to: &ids, NarrowIDs.self)
      : appendHits(probes, first, last, to: &ids, WideIDs.self)
  }

  @inline(__always)
  private func appendHits<Packing: IDPacking>(
    _ probes: borrowing ProbeRing, _ first: Int, _ last: Int, to ids: inout TokenBuffer,
    _ packing: Packing.Type
  ) -> Int {
    var index = first
    unsafe ids.append(room: (last &- first) &* SpilledIDs.maximumCount) { start in
      // Safe: every pretoken writes at most maximumCount ids and moves on by at most as many; places
      // come from probe(), and those of long pretokens, an eighth as many, are places of buckets too.
      var destination = unsafe start
      while index < last {
        let probe = probes[index]
        let bucket = unsafe buckets + Int(probe.place)
        let isFront = unsafe bucket.pointee.front.key == probe.key
        let entry =
          unsafe UnsafeMutableRawPointer(bucket)
          .assumingMemoryBound(to: Entry.self) + (isFront ? 0 : 1)
        if unsafe entry.pointee.key != probe.key { break }
        let packed = unsafe entry.pointee.ids
        unsafe Packing.unpack(packed, to: destination)
        var count = Packing.count(packed)
        if count == 0 {
          count = unsafe spilled.read(packed, to: destination)
          if count == 0 { break }
        }
        unsafe destination += count
        index &+= 1
      }
      return unsafe destination - start
    }
    return index
  }

  /// Keeps the ids of `ids` from `start` on as those of `probe`, which was not found.
  mutating func insert(_ ids: Span<TokenID>, from start: Int, for probe: Probe) {
    let packed = pack(ids, from: start)
    // Safe: places come from probe().
    let bucket = unsafe buckets + Int(probe.place)
    let entry = Entry(key: probe.key, ids: packed)
    // One whose spilled ids were overwritten is still there.
    if unsafe bucket.pointee.back.key == probe.key {
      unsafe bucket.pointee.back = entry
      return
    }
    if unsafe bucket.pointee.front.key != probe.key {
      unsafe bucket.pointee.back = bucket.pointee.front
    }
    unsafe bucket.pointee.front = entry
  }

  private mutating func pack(_ ids: Span<TokenID>, from start: Int) -> PackedIDs {
    if ids.count - start > capacity {
      return spilled.append(ids, from: start)
    }
    return isNarrow ? NarrowIDs.pack(ids, from: start) : WideIDs.pack(ids, from: start)
  }
}

// MARK: - Long pretokens

extension PretokenCache {
  /// Appends the ids of the long pretoken `key` of `probe`; false if they are not known.
  func appendHit(_ key: LongPretokenKey, _ probe: Probe, to ids: inout TokenBuffer) -> Bool {
    // Safe: places come from probe().
    let entry = unsafe longEntries + Int(probe.place)
    guard unsafe entry.pointee.key == key else { return false }
    let before = ids.count
    unsafe append(entry.pointee.ids, to: &ids)
    unsafe append(entry.pointee.moreIDs, to: &ids)
    return ids.count > before
  }

  private func append(_ packed: PackedIDs, to ids: inout TokenBuffer) {
    unsafe ids.append(room: SpilledIDs.maximumCount) { destination in
      // Safe: there is room for all that is written.
      let count = isNarrow ? NarrowIDs.count(packed) : WideIDs.count(packed)
      if count == 0 { return unsafe spilled.read(packed, to: destination) }
      if isNarrow {
        unsafe NarrowIDs.unpack(packed, to: destination)
      } else {
        unsafe WideIDs.unpack(packed, to: destination)
      }
      return count
    }
  }

  /// Keeps the ids of `ids` from `start` on as those of the long pretoken `key` of `probe`.
  mutating func insert(
    _ ids: Span<TokenID>, from start: Int, for key: LongPretokenKey, _ probe: Probe
  ) {
    var entry = LongEntry(key: key, ids: PackedIDs(), moreIDs: PackedIDs())
    if ids.count - start > 2 * capacity {
      entry.ids = spilled.append(ids, from: start)
    } else {
      entry.ids = isNarrow ? NarrowIDs.pack(ids, from: start) : WideIDs.pack(ids, from: start)
      if ids.count - start > capacity { entry.moreIDs = pack(ids, from: start + capacity) }
    }
    // Safe: places come from probe().
    unsafe longEntries[Int(probe.place)] = entry
  }
}
