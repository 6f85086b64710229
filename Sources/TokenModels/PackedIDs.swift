// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore

/// The ids of a pretoken in two words of a cache entry, as ``IDPacking`` lays them out.
///
/// More ids than fit lie elsewhere: then the packed count is 0, `low` says where, and `high` how many.
struct PackedIDs: BitwiseCopyable {
  var low: UInt64 = 0
  var high: UInt64 = 0
}

/// A layout of ids in two words.
protocol IDPacking {
  /// The most ids.
  static var capacity: Int { get }
  /// The largest id.
  static var maximumID: TokenID { get }
  /// Packs the ids of `ids` from `start` on, at most ``capacity``.
  static func pack(_ ids: Span<TokenID>, from start: Int) -> PackedIDs
  /// The number of ids; 0 if they lie elsewhere.
  static func count(_ packed: PackedIDs) -> Int
  /// Writes eight numbers to `destination`, of which the first are the ids.
  static func unpack(_ packed: PackedIDs, to destination: UnsafeMutablePointer<TokenID>)
}

/// Up to seven ids of 16 bits and their number, as eight lanes.
enum NarrowIDs: IDPacking {
  static let capacity = 7
  static let maximumID: TokenID = 0xFFFF

  static func pack(_ ids: Span<TokenID>, from start: Int) -> PackedIDs {
    let count = min(ids.count - start, capacity)
    func lane(_ index: Int) -> UInt64 {
      index < count ? UInt64(ids[start + index]) << UInt64(index % 4 * 16) : 0
    }
    return PackedIDs(
      low: lane(0) | lane(1) | lane(2) | lane(3),
      high: lane(4) | lane(5) | lane(6) | UInt64(count) << 48)
  }

  @inline(__always)
  static func count(_ packed: PackedIDs) -> Int { Int(truncatingIfNeeded: packed.high &>> 48) }

  @inline(__always)
  static func unpack(_ packed: PackedIDs, to destination: UnsafeMutablePointer<TokenID>) {
    unsafe ck_widen(packed.low, packed.high, destination)
  }
}

/// Up to six ids of 20 bits and their number: the vocabularies of our time have at most 262,144.
enum WideIDs: IDPacking {
  static let capacity = 6
  static let maximumID: TokenID = 0xF_FFFF

  static func pack(_ ids: Span<TokenID>, from start: Int) -> PackedIDs {
    let count = min(ids.count - start, capacity)
    func field(_ index: Int) -> UInt64 {
      index < count ? UInt64(ids[start + index]) << UInt64(index % 3 * 20) : 0
    }
    return PackedIDs(
      low: field(0) | field(1) | field(2),
      high: field(3) | field(4) | field(5) | UInt64(count) << 60)
  }

  @inline(__always)
  static func count(_ packed: PackedIDs) -> Int { Int(truncatingIfNeeded: packed.high &>> 60) }

  @inline(__always)
  static func unpack(_ packed: PackedIDs, to destination: UnsafeMutablePointer<TokenID>) {
    let mask: UInt64 = 0xF_FFFF
    unsafe destination[0] = UInt32(truncatingIfNeeded: packed.low & mask)
    unsafe destination[1] = UInt32(truncatingIfNeeded: packed.low &>> 20 & mask)
    unsafe destination[2] = UInt32(truncatingIfNeeded: packed.low &>> 40 & mask)
    unsafe destination[3] = UInt32(truncatingIfNeeded: packed.high & mask)
    unsafe destination[4] = UInt32(truncatingIfNeeded: packed.high &>> 20 & mask)
    unsafe destination[5] = UInt32(truncatingIfNeeded: packed.high &>> 40 & mask)
  }
}

/// A ring of ids that do not fit in their entries: the newest overwrite the oldest.
@safe
struct SpilledIDs: ~Copyable {
  // Invariant: `ids` points to room for `capacity` ids, owned by the cache, all zero at first;
  // capacity is a power of two, at least 64. A place is the number of ids (and gaps) ever written
  // before it; it lies at place % capacity, and no run of ids goes round the end.
  private let ids: UnsafeMutablePointer<TokenID>
  private let capacity: UInt64
  private var written: UInt64 = 0

  /// The most ids of a pretoken: those of a long one's 31 bytes and its space.
  static let maximumCount = 32

  init(_ ids: UnsafeMutablePointer<TokenID>, capacity: Int) {
    unsafe self.ids = ids
    self.capacity = UInt64(capacity)
  }

  /// Keeps the ids of `source` from `start` on, at most ``maximumCount``.
  mutating func append(_ source: Span<TokenID>, from start: Int) -> PackedIDs {
    let count = source.count - start
    precondition(count <= Self.maximumCount, "more ids than a cached pretoken has")
    let place = written & (capacity - 1)
    if place + UInt64(Self.maximumCount) > capacity { written += capacity - place }
    let packed = PackedIDs(low: written, high: UInt64(count))
    for index in 0..<count {
      // Safe: maximumCount ids fit behind the place, as was just seen to.
      unsafe ids[Int(written & (capacity - 1)) + index] = source[start + index]
    }
    written += UInt64(count)
    return packed
  }

  /// Writes the ids of `packed` to `destination`, which has room for ``maximumCount``; returns their
  /// number, 0 if they have been overwritten since.
  func read(_ packed: PackedIDs, to destination: UnsafeMutablePointer<TokenID>) -> Int {
    // The zeros of a free entry have no ids.
    if packed.high == 0 || written &- packed.low > capacity { return 0 }
    let count = Int(truncatingIfNeeded: packed.high)
    // Safe: `packed` was made by append(), which left room for its ids; they are still there.
    let source = unsafe ids + Int(truncatingIfNeeded: packed.low & (capacity &- 1))
    unsafe destination.update(from: source, count: count)
    return count
  }
}
