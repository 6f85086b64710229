// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import Glibc
internal import TextCore

/// The ids of pretokens seen before: two tables of fixed size, whose content never changes a result.
///
/// Korean is what sets the design. Distinct pretokens grow as N^0.75, so a table of any size misses
/// one look-up in ten, and a table that grows spends its time clearing pages; this one is as large
/// as it will be from the start, and pages are touched as they are used. A bucket is one cache line
/// of two entries; a new pretoken goes to the front and pushes the front one back, so what comes
/// often stays. Pretokens of 16 to 31 bytes (3 %) have a table of their own; longer ones (0.1 %)
/// and those of many ids are encoded anew each time.
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
    /// Ids 5 to 9.
    var moreIDs: PackedIDs
  }

  // Invariant: `memory` is a mapping of `byteCount` bytes owned by this value, all zero at first: a
  // key of no pretoken. `bucketCount` buckets lie at its start, `longCount` long entries behind
  // them; both counts are powers of two, and an index is a hash shifted right to fit.
  private let memory: UnsafeMutableRawPointer
  private let byteCount: Int
  private let bucketShift: UInt64
  private let longShift: UInt64
  private let buckets: UnsafeMutablePointer<Bucket>
  private let longEntries: UnsafeMutablePointer<LongEntry>

  /// The smallest cache: 16 buckets and 4 long entries.
  static let minimumBytes = 20 * 64

  /// A cache of at most `byteCount` bytes, four fifths of it for short pretokens.
  init(byteCount wanted: Int) {
    var bits: UInt64 = 4
    while (1 << (bits + 1)) * 80 <= wanted { bits += 1 }
    let bucketCount = 1 << Int(bits)
    byteCount = (bucketCount + bucketCount / 4) * 64
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
      to: LongEntry.self, capacity: bucketCount / 4)
    bucketShift = 64 - bits
    longShift = 64 - bits + 2
  }

  deinit { _ = unsafe munmap(memory, byteCount) }
}

// MARK: - Short pretokens

extension PretokenCache {
  /// The bucket of `hash`; its cache line is on its way when this returns.
  @inline(__always)
  func prefetchedBucket(_ hash: UInt64) -> UInt32 {
    let index = hash >> bucketShift
    // Safe: a hash shifted by bucketShift is below bucketCount.
    unsafe ck_prefetch(buckets + Int(truncatingIfNeeded: index))
    return UInt32(truncatingIfNeeded: index)
  }

  /// Appends the ids of the pretokens of `probes`, from `first` on, up to the first that is not
  /// found; returns its index, or `last`.
  @inline(__always)
  func appendHits(
    _ probes: borrowing GrowableBuffer<Probe>, _ first: Int, _ last: Int, to ids: inout TokenBuffer
  ) -> Int {
    precondition(first <= last && last <= probes.count, "probes that were not made")
    var index = first
    unsafe ids.append(room: (last &- first) &* PackedIDs.capacity) { start in
      // Safe: every pretoken writes `capacity` ids and moves on by at most as many; places come
      // from the two functions that prefetch, and those of long pretokens, an eighth as many, are
      // places of buckets too.
      var destination = unsafe start
      while index < last {
        let probe = unsafe probes.elements[index]
        let bucket = unsafe buckets + Int(probe.place)
        let isFront = unsafe bucket.pointee.front.key == probe.key
        let entry =
          unsafe UnsafeMutableRawPointer(bucket)
          .assumingMemoryBound(to: Entry.self) + (isFront ? 0 : 1)
        if unsafe entry.pointee.key != probe.key { break }
        let found = unsafe entry.pointee.ids
        unsafe found.unpack(to: destination)
        unsafe destination += found.count
        index &+= 1
      }
      return unsafe destination - start
    }
    return index
  }

  func insert(_ ids: PackedIDs, for key: PretokenKey, in bucket: UInt32) {
    // Safe: bucket numbers come from prefetchedBucket.
    let lines = unsafe buckets + Int(bucket)
    unsafe lines.pointee.back = lines.pointee.front
    unsafe lines.pointee.front = Entry(key: key, ids: ids)
  }
}

// MARK: - Long pretokens

extension PretokenCache {
  /// The place of `hash`; its cache line is on its way when this returns.
  @inline(__always)
  func prefetchedLongEntry(_ hash: UInt64) -> UInt32 {
    let index = hash >> longShift
    // Safe: a hash shifted by longShift is below the number of long entries.
    unsafe ck_prefetch(longEntries + Int(truncatingIfNeeded: index))
    return UInt32(truncatingIfNeeded: index)
  }

  /// The ids of `key` at its `place`, or nil.
  func ids(of key: LongPretokenKey, at place: UInt32) -> (PackedIDs, more: PackedIDs)? {
    // Safe: places come from prefetchedLongEntry.
    let entry = unsafe longEntries + Int(place)
    guard unsafe entry.pointee.key == key else { return nil }
    return unsafe (entry.pointee.ids, entry.pointee.moreIDs)
  }

  func insert(_ ids: (PackedIDs, more: PackedIDs), for key: LongPretokenKey, at place: UInt32) {
    // Safe: places come from prefetchedLongEntry.
    unsafe longEntries[Int(place)] = LongEntry(key: key, ids: ids.0, moreIDs: ids.more)
  }
}
