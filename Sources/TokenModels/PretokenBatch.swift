// SPDX-License-Identifier: Apache-2.0

internal import CKernels

/// A batch of pretokens on its way through the cache: what is known of them before their cache lines
/// are here, and their ids once they are found or made.
@safe
struct PretokenBatch: ~Copyable, @unchecked Sendable {
  /// Pretokens in a batch: enough to hide the latency of memory, and few enough for two batches to
  /// stay in the nearest cache.
  static let capacity = Int(CK_KEY_BATCH)

  /// The slots of a batch that go the same way.
  ///
  /// A batch owns the storage of its slots; a copy is to be written back before the next is made.
  @safe
  struct Slots {
    // Invariant: `slots` has room for a batch and one more, all initialised, as long as the batch
    // lives; 0 <= count <= capacity. Every slot is below the capacity of a batch.
    fileprivate let slots: UnsafeMutablePointer<UInt8>
    private(set) var count = 0

    fileprivate init() {
      unsafe slots = .allocate(capacity: capacity + 1)
      unsafe slots.initialize(repeating: 0, count: capacity + 1)
    }

    mutating func removeAll() { count = 0 }

    /// Appends `slot` once or, where `times` is 0, not at all.
    @inline(__always)
    mutating func append(_ slot: Int, times: Int = 1) {
      // Safe: a batch has no more slots than there is room for.
      unsafe slots[count] = UInt8(truncatingIfNeeded: slot & (capacity &- 1))
      count &+= times
    }

    /// The slot at `index`, below ``count``.
    @inline(__always)
    subscript(index: Int) -> Int { unsafe Int(slots[index]) }
  }

  // Invariant: each array is owned by this value and has room for a batch, all initialised. A slot,
  // which every method takes, is below the capacity.
  private let keys: UnsafeMutablePointer<PretokenKey>
  private let places: UnsafeMutablePointer<UInt32>
  private let ids: UnsafeMutablePointer<PackedPair>
  /// The slots of pretokens in lines of short entries and in pairs of lines, a bit each: as many as a
  /// batch has.
  var short: UInt64 = 0
  var middle: UInt64 = 0
  /// Those of more.
  var long = Slots()
  /// Those in pairs that are not in the front lines.
  var notInFront = Slots()
  /// Those that the cache did not know and that it shall keep.
  var made = Slots()

  init() {
    unsafe keys = .allocate(capacity: Self.capacity)
    unsafe keys.initialize(repeating: .noEntry, count: Self.capacity)
    unsafe places = .allocate(capacity: Self.capacity)
    unsafe places.initialize(repeating: 0, count: Self.capacity)
    unsafe ids = .allocate(capacity: Self.capacity)
    unsafe ids.initialize(repeating: PackedPair(), count: Self.capacity)
  }

  deinit {
    unsafe keys.deallocate()
    unsafe places.deallocate()
    unsafe ids.deallocate()
    unsafe long.slots.deallocate()
    unsafe notInFront.slots.deallocate()
    unsafe made.slots.deallocate()
  }

  mutating func removeAll() {
    (short, middle) = (0, 0)
    long.removeAll()
    notInFront.removeAll()
    made.removeAll()
  }

  /// Where keys and places of a batch are written to: pointers that stay in registers meanwhile.
  @safe
  struct Writer {
    // Invariant: as those of the batch, which outlives this value.
    fileprivate let keys: UnsafeMutablePointer<PretokenKey>
    fileprivate let places: UnsafeMutablePointer<UInt32>

    /// Notes what `slot` is to be compared with, and where.
    @inline(__always)
    func set(_ slot: Int, _ key: PretokenKey, place: UInt32) {
      unsafe keys[slot] = key
      unsafe places[slot] = place
    }

    @inline(__always)
    func place(_ slot: Int) -> UInt32 { unsafe places[slot] }

    /// Makes the keys and places of `pretokens`, at most a batch.
    @unsafe
    @inline(__always)
    func makeKeys(_ pretokens: ck_pretokens, _ shapes: UnsafePointer<KeyShape>) -> ck_key_slots {
      // Safe: a key is two words.
      let keys = unsafe UnsafeMutableRawPointer(keys).assumingMemoryBound(to: (UInt64, UInt64).self)
      return unsafe ck_make_keys(shapes, pretokens, keys, places)
    }
  }

  /// Notes which of `count` pretokens are short, and which are in none of the tables for up to 15 bytes:
  /// a bit each.
  @inline(__always)
  mutating func setSlots(of count: Int, short: UInt64, long: UInt64) {
    let all = UInt64.max &>> UInt64(truncatingIfNeeded: Self.capacity &- count)
    self.short = short
    middle = all & ~(short | long)
  }

  var writer: Writer { unsafe Writer(keys: keys, places: places) }

  @inline(__always)
  func key(_ slot: Int) -> PretokenKey { unsafe keys[slot] }

  /// The place of `slot` in the cache's table for pretokens of its length.
  @inline(__always)
  func place(_ slot: Int) -> UInt32 { unsafe places[slot] }

  /// The ids of `slot`: what the cache holds or what was made, empty if there is neither.
  @inline(__always)
  subscript(slot: Int) -> PackedPair {
    get { unsafe ids[slot] }
    set { unsafe ids[slot] = newValue }
  }

  /// The same, of which only the first half counts.
  @inline(__always)
  mutating func setFirst(_ slot: Int, _ packed: PackedIDs) { unsafe ids[slot].first = packed }

  @inline(__always)
  func first(_ slot: Int) -> PackedIDs { unsafe ids[slot].first }
}
