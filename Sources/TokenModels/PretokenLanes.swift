// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore

/// Short pretokens that are merged side by side, each in lanes of its own.
///
/// A merge is short and waits: for rules out of reach of the nearest cache, and for branches that no
/// processor foresees. Pretokens that go the same step together wait together.
@safe
struct PretokenLanes: ~Copyable, @unchecked Sendable {
  /// The most pretokens: a batch.
  static let capacity = Int(CK_LANE_WORDS)
  /// The most parts that a pretoken may start with.
  static let maximumParts = Int(CK_LANES)
  /// From the first part of a pretoken to that of the next: one of no token is on either side.
  private static let stride = Int(CK_LANE_STRIDE)

  /// Whether this processor has the instructions for it.
  static let isSupported = ck_can_merge_lanes()

  // Invariant: `ids` has room for `capacity` strides, `counts` and `slots` for `capacity` elements,
  // all initialised and owned by this value; 0 <= count <= capacity. Of each stride the first number and those
  // behind the pretoken's parts, 1 to maximumParts, are `noToken`.
  private let ids: UnsafeMutablePointer<TokenID>
  private let counts: UnsafeMutablePointer<UInt8>
  private let slots: UnsafeMutablePointer<UInt8>
  private let noToken: TokenID
  private(set) var count = 0

  /// Lanes for pretokens that are merged by `pairs`.
  init(_ pairs: borrowing PairTable) {
    noToken = pairs.noToken
    unsafe ids = .allocate(capacity: Self.capacity * Self.stride)
    unsafe ids.initialize(repeating: noToken, count: Self.capacity * Self.stride)
    unsafe counts = .allocate(capacity: Self.capacity)
    unsafe counts.initialize(repeating: 0, count: Self.capacity)
    unsafe slots = .allocate(capacity: Self.capacity)
    unsafe slots.initialize(repeating: 0, count: Self.capacity)
  }

  deinit {
    unsafe ids.deallocate()
    unsafe counts.deallocate()
    unsafe slots.deallocate()
  }

  @inline(__always)
  mutating func removeAll() { count = 0 }

  @unsafe
  @inline(__always)
  private func parts(_ index: Int) -> UnsafeMutablePointer<TokenID> {
    unsafe ids + (index &* Self.stride &+ 1)
  }

  /// Takes the pretoken `range` of `text` for `slot`, if it is of syllables of one token each that no rule
  /// joins by halves; false otherwise.
  @inline(__always)
  mutating func take(
    _ text: borrowing ByteBuffer, _ range: Range<Int>, _ units: borrowing CharacterUnits, slot: Int
  ) -> Bool {
    precondition(range.lowerBound >= 0 && range.upperBound <= text.count && !range.isEmpty)
    precondition(count < Self.capacity, "more pretokens than a batch has")
    // Safe: 64 bytes behind the text are readable.
    let partCount = unsafe ck_take_syllables(
      units.whole.records, text.elements + range.lowerBound, range.count, noToken, parts(count))
    add(partCount, slot)
    return partCount > 0
  }

  /// Takes `parts` for `slot`; false if they are too many.
  @inline(__always)
  mutating func take(_ parts: borrowing ShortParts, slot: Int) -> Bool {
    let partCount = parts.count
    if partCount > Self.maximumParts || partCount == 0 { return false }
    precondition(count < Self.capacity, "more pretokens than a batch has")
    for lane in 0..<Self.maximumParts {
      // Safe: as many lanes are a pretoken's.
      unsafe self.parts(count)[lane] = lane < partCount ? parts.id(lane) : noToken
    }
    add(partCount, slot)
    return true
  }

  /// Counts the pretoken whose parts were put behind those of the last one, if it has any.
  @inline(__always)
  private mutating func add(_ partCount: Int, _ slot: Int) {
    // Safe: there is room for one more.
    unsafe counts[count] = UInt8(truncatingIfNeeded: partCount)
    unsafe slots[count] = UInt8(truncatingIfNeeded: slot)
    count &+= partCount > 0 ? 1 : 0
  }

  /// Joins the parts of every pretoken by the rules of `pairs`, each of which ranks behind those that make
  /// its operands.
  @inline(__always)
  mutating func merge(_ pairs: borrowing PairTable) {
    if count == 0 { return }
    var table = unsafe pairs.lanes
    unsafe ck_merge_lanes(&table, ids, counts, count)
  }

  /// The slot that the pretoken at `index` was taken for.
  @inline(__always)
  func slot(_ index: Int) -> Int { unsafe Int(slots[index]) }

  /// The number of ids of the pretoken at `index`.
  @inline(__always)
  func idCount(_ index: Int) -> Int { unsafe Int(counts[index]) }

  /// Those ids, at most the capacity of `packing`, as it packs them.
  @inline(__always)
  func packed<Packing: IDPacking>(_ index: Int, _ packing: Packing.Type) -> PackedIDs {
    unsafe Packing.pack(lanes: parts(index), count: idCount(index))
  }

  /// Appends those ids to `output`.
  func append(_ index: Int, to output: inout TokenBuffer) {
    for lane in 0..<idCount(index) { output.append(unsafe parts(index)[lane]) }
  }
}
