// SPDX-License-Identifier: Apache-2.0

internal import TextCore

// What the pretoken cache keeps, and where it lies in its lines.

extension PretokenCache {
  /// The ids that the entry of `slot`, of less than 32 bytes, has room for.
  @inline(__always)
  func room(_ batch: borrowing PretokenBatch, _ slot: Int) -> Int {
    if batch.place(slot) < shortCount { return shortCapacity }
    return batch.key(slot) == .noEntry ? 2 &* capacity : capacity
  }

  /// Packs the merged `parts` of a pretoken whose entry has `room`; nil if they do not fit.
  @inline(__always)
  func pack(_ parts: borrowing ShortParts, room: Int) -> PackedPair? {
    if parts.idCount > room { return nil }
    return isNarrow ? parts.packed(NarrowIDs.self) : parts.packed(WideIDs.self)
  }

  /// Packs the ids of the pretoken at `index` of `lanes` whose entry has `room`; nil if they do not fit in
  /// its first half.
  @inline(__always)
  func pack(_ lanes: borrowing PretokenLanes, _ index: Int, room: Int) -> PackedIDs? {
    if lanes.idCount(index) > min(room, capacity) { return nil }
    return isNarrow ? lanes.packed(index, NarrowIDs.self) : lanes.packed(index, WideIDs.self)
  }

  /// Packs `ids` of a pretoken whose entry has `room`; what does not fit goes to the ring.
  mutating func pack(_ ids: Span<TokenID>, room: Int) -> PackedPair {
    if ids.count <= room { return isNarrow ? NarrowIDs.pack(ids) : WideIDs.pack(ids) }
    if spilled.isUsedUp { removeAll() }
    return PackedPair(first: spilled.append(ids))
  }

  /// Forgets everything: once in trillions of spilled ids, when their places no longer fit.
  private mutating func removeAll() {
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    spilled.removeAll()
  }

  /// Keeps the ids of `slot`, a pretoken with a ``PretokenKey`` that was not here or has lost its ids.
  @inline(__always)
  mutating func insert(_ batch: borrowing PretokenBatch, _ slot: Int) {
    let place = batch.place(slot)
    let key = batch.key(slot)
    let ids = batch.first(slot)
    // Safe: places come from request(), those of short pretokens below shortCount.
    if place < shortCount {
      let entry = unsafe shortEntries(place)
      // A batch may have it twice.
      var last = 0
      while last < 3, unsafe entry[last].key != key.low { last &+= 1 }
      while last > 0 {
        unsafe entry[last] = entry[last &- 1]
        last &-= 1
      }
      unsafe entry[0] = ShortEntry(key: key.low, ids: word(ids))
    } else {
      // In the first free entry or, where there is none, in front of the back line, whose other entry goes.
      let entry = unsafe middleEntries(place)
      var index = 0
      while index < 4, unsafe entry[index].key != key && !entry[index].isFree { index &+= 1 }
      if index == 4 {
        unsafe entry[3] = entry[2]
        index = 2
      }
      unsafe entry[index] = MiddleEntry(key: key, ids: ids)
    }
  }

  private func word(_ ids: PackedIDs) -> UInt64 {
    let count = isNarrow ? NarrowIDs.count(ids) : WideIDs.count(ids)
    return count == 0 ? SpilledIDs.word(ids) : ids.low | ids.high
  }

  /// Keeps the ids of `slot`, the pretoken `key` of 16 to 31 bytes.
  mutating func insert(_ key: LongPretokenKey, _ batch: borrowing PretokenBatch, _ slot: Int) {
    // Safe: places come from request().
    let entry = unsafe longEntries(batch.place(slot))
    let isInBack = unsafe entry[0].key != key && entry[0].key.fourth != 0
    unsafe entry[isInBack ? 1 : 0] = LongEntry(key: key, ids: batch[slot])
  }
}
