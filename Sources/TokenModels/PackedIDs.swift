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

/// Up to twice as many ids: where `first` counts more than fit in it, the rest lie in `second`.
struct PackedPair: BitwiseCopyable {
  var first = PackedIDs()
  var second = PackedIDs()
}

/// A layout of ids in two words.
protocol IDPacking {
  /// The most ids in two words; in one there are three.
  static var capacity: Int { get }
  /// The largest id.
  static var maximumID: TokenID { get }
  /// The bits of an id, and the ids of a word; of the upper one, those that the count leaves room for.
  static var idBits: UInt64 { get }
  static var idsPerWord: Int { get }
  /// The word of a pair, and the bit of it, where the id at `index` begins.
  static func place(_ index: Int) -> (word: Int, shift: UInt64)
  /// The number of ids as it stands in the upper word.
  static func packed(count: Int) -> UInt64
  /// The number of ids, more than ``capacity`` in the first of a pair; 0 if they lie elsewhere.
  static func count(_ packed: PackedIDs) -> Int
  /// What `word` holds: the two words of up to three ids, which share no bits, in one.
  static func unpacked(_ word: UInt64) -> PackedIDs
  /// Writes eight numbers to `destination`, of which the first are the ids.
  static func unpack(_ packed: PackedIDs, to destination: UnsafeMutablePointer<TokenID>)
}

extension IDPacking {
  /// Packs `ids`, at most twice ``capacity``.
  static func pack(_ ids: Span<TokenID>) -> PackedPair {
    var words = PackedWords(count: packed(count: ids.count))
    for index in ids.indices { words.add(ids[index], at: place(index)) }
    return words.pair
  }

  /// Packs the first `count` of eight numbers, of at most its bits; `count` is 1 to ``capacity``.
  @inline(__always)
  static func pack(lanes: UnsafePointer<TokenID>, count: Int) -> PackedIDs {
    var (low, high): (UInt64, UInt64) = (0, 0)
    var shift: UInt64 = 0
    for index in 0..<idsPerWord {
      // Safe: two words hold no more than eight.
      unsafe low |= UInt64(lanes[index]) &<< shift
      unsafe high |= UInt64(lanes[idsPerWord &+ index]) &<< shift
      shift &+= idBits
    }
    return PackedIDs(
      low: low & mask(ofIDs: count),
      high: high & mask(ofIDs: count &- idsPerWord) | packed(count: count))
  }

  /// The bits of the first `count` ids of a word, none if it is negative.
  @inline(__always)
  private static func mask(ofIDs count: Int) -> UInt64 {
    1 << (UInt64(truncatingIfNeeded: min(max(count, 0), idsPerWord)) &* idBits) &- 1
  }
}

/// A ``PackedPair`` while ids are added to it.
struct PackedWords {
  private var words: InlineArray<4, UInt64>

  init(count: UInt64) { words = [0, count, 0, 0] }

  @inline(__always)
  mutating func add(_ id: TokenID, at place: (word: Int, shift: UInt64)) {
    words[place.word] |= UInt64(id) &<< place.shift
  }

  var pair: PackedPair {
    PackedPair(
      first: PackedIDs(low: words[0], high: words[1]),
      second: PackedIDs(low: words[2], high: words[3]))
  }
}

/// Up to seven ids of 16 bits and their number, as eight lanes.
enum NarrowIDs: IDPacking {
  static let capacity = 7
  static let maximumID: TokenID = 0xFFFF
  static var idBits: UInt64 { 16 }
  static var idsPerWord: Int { 4 }

  @inline(__always)
  static func place(_ index: Int) -> (word: Int, shift: UInt64) {
    let lane = index &+ (index >= capacity ? 1 : 0)
    return (lane &>> 2, UInt64(truncatingIfNeeded: lane & 3) &* 16)
  }

  @inline(__always)
  static func packed(count: Int) -> UInt64 { UInt64(truncatingIfNeeded: count) &<< 48 }

  @inline(__always)
  static func unpacked(_ word: UInt64) -> PackedIDs {
    let low = word & 0xFFFF_FFFF_FFFF
    return PackedIDs(low: low, high: word ^ low)
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
  static var idBits: UInt64 { 20 }
  static var idsPerWord: Int { 3 }

  @inline(__always)
  static func place(_ index: Int) -> (word: Int, shift: UInt64) {
    let word = UInt(bitPattern: index) / 3
    return (Int(word), UInt64(UInt(bitPattern: index) &- word &* 3) &* 20)
  }

  @inline(__always)
  static func packed(count: Int) -> UInt64 { UInt64(truncatingIfNeeded: count) &<< 60 }

  @inline(__always)
  static func unpacked(_ word: UInt64) -> PackedIDs {
    let low = word & 0xFFF_FFFF_FFFF_FFFF
    return PackedIDs(low: low, high: word ^ low)
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

  /// Keeps the ids of `source`, at most ``maximumCount``.
  mutating func append(_ source: Span<TokenID>) -> PackedIDs {
    let count = source.count
    precondition(count <= Self.maximumCount, "more ids than a cached pretoken has")
    let place = written & (capacity - 1)
    if place + UInt64(Self.maximumCount) > capacity { written += capacity - place }
    let packed = PackedIDs(low: written, high: UInt64(count))
    for index in 0..<count {
      // Safe: maximumCount ids fit behind the place, as was just seen to.
      unsafe ids[Int(written & (capacity - 1)) + index] = source[index]
    }
    written += UInt64(count)
    return packed
  }

  /// Whether places no longer fit in ``word(_:)``.
  var isUsedUp: Bool { written >> (Self.placeBits - 1) != 0 }

  mutating func removeAll() { written = 0 }

  private static let placeBits: UInt64 = 42

  /// `packed`, which ``append(_:)`` made of at most ten ids, in one word.
  static func word(_ packed: PackedIDs) -> UInt64 { packed.low | packed.high &<< placeBits }

  /// What ``word(_:)`` was made of.
  static func unpacked(_ word: UInt64) -> PackedIDs {
    PackedIDs(low: word & (1 << placeBits - 1), high: word >> placeBits)
  }

  /// Whether the ids of `packed` are still here.
  func holds(_ packed: PackedIDs) -> Bool {
    // The zeros of a free entry have no ids.
    packed.high != 0 && written &- packed.low <= capacity
  }

  /// Writes the ids of `packed` to `destination`, which has room for ``maximumCount``; returns their
  /// number, 0 if they have been overwritten since.
  func read(_ packed: PackedIDs, to destination: UnsafeMutablePointer<TokenID>) -> Int {
    guard holds(packed) else { return 0 }
    let count = Int(truncatingIfNeeded: packed.high)
    // Safe: `packed` was made by append(), which left room for its ids; they are still there.
    let source = unsafe ids + Int(truncatingIfNeeded: packed.low & (capacity &- 1))
    unsafe destination.update(from: source, count: count)
    return count
  }
}
