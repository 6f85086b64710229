// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import Glibc
internal import TextCore

/// The ids of pretokens seen before: tables of fixed size, whose content never changes a result.
///
/// Korean is what sets the design. Distinct pretokens grow as N^0.75, so a table of any size misses
/// one look-up in ten, and a table that grows spends its time clearing pages; this one is as large
/// as it will be from the start, and pages are touched as they are used.
///
/// Pretokens of up to 7 bytes are six of ten that come but one of eight that are different: four of
/// them share a cache line, so that the commonest stay in the nearer caches. A new one goes to the front
/// of its line and pushes the others back.
///
/// Those of 8 to 15 bytes, and where Korean is whole those of six or seven characters of 3 bytes, have
/// lines of two in pairs: what is not in the front line of its pair, one look-up in ten, is looked for
/// in the back one. Where both are full a new entry pushes out the older of the back line, and one that
/// comes again changes places with one in front, so that the half of all pretokens that come once
/// push out their like. Others of 16 to 31 bytes have pairs of lines of one. Longer ones, one in a thousand,
/// have places of four lines and are looked up one by one, when they are written: each would take
/// microseconds to encode anew.
///
/// Ids that do not fit in their entry lie in a ring: a vocabulary without Korean has one to three for
/// every syllable.
@safe
struct PretokenCache: ~Copyable, @unchecked Sendable {
  /// Of up to 7 bytes and three ids.
  struct ShortEntry: BitwiseCopyable {
    var key: UInt64
    var ids: UInt64
  }

  /// Of 8 to 15 bytes, or six or seven characters.
  struct MiddleEntry: BitwiseCopyable {
    var key: PretokenKey
    var ids: PackedIDs

    var isFree: Bool { key.low | key.high == 0 }
  }

  /// Of 16 to 31 bytes otherwise: one cache line.
  struct LongEntry: BitwiseCopyable {
    var key: LongPretokenKey
    var ids: PackedPair
  }

  // Invariant: `memory` is a mapping of `byteCount` bytes owned by this value, all zero at first: a
  // key of no pretoken. `shortCount` lines of four short entries lie at its start, `middleCount` lines
  // of two entries behind them, `longCount` lines of one entry behind those, then `phraseCount` entries
  // of four lines, and the ring of spilled ids last. The three counts of lines are even, and none is 0
  // but shortCount, if no pretoken is short; a place is a line of the three tables, of the latter two
  // one with an even number: the front of a pair, whose entries are used in order, so that no free one
  // is before another. `shapes` has KeyShape.count elements, owned by this value, all initialised, whose
  // lines are those of one table.
  let memory: UnsafeMutableRawPointer
  let byteCount: Int
  let shortCount: UInt32
  let middleCount: UInt32
  let longCount: UInt32
  let phraseCount: UInt32
  let shapes: UnsafeMutablePointer<KeyShape>
  var spilled: SpilledIDs
  /// Whether ids are packed as ``NarrowIDs``, else as ``WideIDs``.
  let isNarrow: Bool
  /// The ids that fit in a middle entry, and in a short one; none of a vocabulary too large for their
  /// bits, whose ids all spill.
  let capacity: Int
  let shortCapacity: Int
  /// The least number of bytes that is not short: 8, or 0 where no pretoken is.
  private let shortLimit: Int
  /// Whether pretokens of six or seven characters of 3 bytes lie among those of up to 15 bytes.
  let packsCharacters: Bool

  static let lineBytes = 64
  /// The smallest cache: a few lines of each table and a ring of 64 ids.
  static let minimumBytes = 40 * lineBytes

  /// Whether the keys of a batch are made at once.
  let makesKeysAtOnce: Bool

  /// A cache of at most `byteCount` bytes, or the smallest, for ids below `idCount`; keys are made one
  /// by one unless `usesVectors`.
  ///
  /// Where three ids are enough for nearly all short pretokens and seven for those of seven characters,
  /// `hasFewIDs`, a tenth is for short ones, a twentieth for long ones and a fortieth for the ring; else
  /// short ones lie among those of up to 15 bytes, two tenths are for longer ones and one for the ring.
  /// Of both a 64th is for those of 32 bytes and more.
  init(byteCount wanted: Int, idCount: Int, hasFewIDs: Bool, usesVectors: Bool) {
    makesKeysAtOnce = usesVectors && ck_can_make_keys()
    let lineCount = min(max(wanted, Self.minimumBytes) / Self.lineBytes, 1 << 31)
    let pairsOfTenth = lineCount / 20
    let ringBytes = lineCount * Self.lineBytes / (hasFewIDs ? 40 : 10)
    var ringCount = 64
    while ringCount * 2 <= ringBytes / 4 { ringCount *= 2 }
    let ringLines = ringCount * 4 / Self.lineBytes
    packsCharacters = hasFewIDs
    shortLimit = hasFewIDs ? 8 : 0
    shortCount = UInt32(hasFewIDs ? 2 * pairsOfTenth : 0)
    longCount = UInt32(hasFewIDs ? pairsOfTenth / 2 * 2 : 4 * pairsOfTenth)
    phraseCount = UInt32(lineCount / 64 / PhraseEntry.lines)
    let others = shortCount + longCount + phraseCount * UInt32(PhraseEntry.lines)
    middleCount = (UInt32(lineCount - ringLines) - others) / 2 * 2
    byteCount = lineCount * Self.lineBytes
    isNarrow = idCount <= Int(NarrowIDs.maximumID) + 1
    let fits = idCount <= Int(WideIDs.maximumID) + 1
    capacity = isNarrow ? NarrowIDs.capacity : fits ? WideIDs.capacity : 0
    shortCapacity = fits ? 3 : 0
    let mapping = unsafe mmap(
      nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapping = unsafe mapping, unsafe mapping != MAP_FAILED else {
      preconditionFailure("no memory for a pretoken cache of \(byteCount) bytes")
    }
    // Fewer page faults, where the system grants it; nothing depends on it.
    _ = unsafe madvise(mapping, byteCount, MADV_HUGEPAGE)
    unsafe memory = mapping
    let ring = unsafe mapping + (lineCount - ringLines) * Self.lineBytes
    spilled = unsafe SpilledIDs(
      ring.bindMemory(to: TokenID.self, capacity: ringCount), capacity: ringCount)
    unsafe shapes = .allocate(capacity: KeyShape.count)
    for place in 0..<KeyShape.count {
      let byteCount = place % 16
      let middle = shortCount..<shortCount + middleCount
      unsafe (shapes + place).initialize(
        to: KeyShape(
          byteCount: byteCount, spaces: place / 16,
          lines: byteCount < shortLimit ? 0..<shortCount : middle,
          arePairs: byteCount >= shortLimit))
    }
  }

  deinit {
    _ = unsafe munmap(memory, byteCount)
    unsafe shapes.deallocate()
  }
}

// MARK: - Looking up

extension PretokenCache {
  /// Puts the ids of the pretokens of up to 15 bytes into `batch`, and among its `made` those that are
  /// not here.
  @inline(__always)
  func find(_ batch: inout PretokenBatch) {
    if isNarrow { find(&batch, NarrowIDs.self) } else { find(&batch, WideIDs.self) }
  }

  @inline(__always)
  private func find<Packing: IDPacking>(_ batch: inout PretokenBatch, _ packing: Packing.Type) {
    // Safe: places come from request().
    var rest = batch.short
    while rest != 0 {
      let slot = rest.trailingZeroBitCount
      rest &= rest &- 1
      let entry = unsafe shortEntries(batch.place(slot))
      let key = batch.key(slot).low
      // At most one of the four is equal.
      let isSecond = unsafe entry[1].key == key ? 1 : 0
      let isThird = unsafe entry[2].key == key ? 1 : 0
      let isFourth = unsafe entry[3].key == key ? 1 : 0
      let index = isSecond &+ isThird &* 2 &+ isFourth &* 3
      let word = unsafe entry[index].ids
      var isMissing = unsafe entry[index].key != key ? 1 : 0
      var packed = Packing.unpacked(word)
      if Packing.count(packed) == 0 {
        packed = SpilledIDs.unpacked(word)
        if !spilled.holds(packed) { isMissing = 1 }
      }
      batch.setFirst(slot, packed)
      batch.made.append(slot, times: isMissing)
    }
    // ---- The front lines of pairs ----
    rest = batch.middle
    while rest != 0 {
      let slot = rest.trailingZeroBitCount
      rest &= rest &- 1
      let entry = unsafe middleEntries(batch.place(slot))
      let key = batch.key(slot)
      let isSecond = unsafe entry[1].key.difference(from: key) == 0 ? 1 : 0
      let packed = unsafe entry[isSecond].ids
      var isMissing = unsafe entry[isSecond].key.difference(from: key) == 0 ? 0 : 1
      if Packing.count(packed) == 0, !spilled.holds(packed) { isMissing = 1 }
      batch.setFirst(slot, packed)
      batch.notInFront.append(slot, times: isMissing)
      unsafe ck_prefetch(entry + 2 &* isMissing)
    }
    // ---- The back lines of the rest, which are on their way ----
    for index in 0..<batch.notInFront.count {
      let slot = batch.notInFront[index]
      if !findInBack(&batch, slot, packing) { batch.made.append(slot) }
    }
  }

  /// Puts the ids of `slot` into `batch`, if they are in the back line of its pair, and brings them to the
  /// front; false if they are not.
  @inline(__always)
  private func findInBack<Packing: IDPacking>(
    _ batch: inout PretokenBatch, _ slot: Int, _ packing: Packing.Type
  ) -> Bool {
    // Safe: places come from request().
    let entry = unsafe middleEntries(batch.place(slot))
    if unsafe entry[1].isFree { return false }
    let key = batch.key(slot)
    let index = unsafe entry[3].key == key ? 3 : 2
    let found = unsafe entry[index]
    if found.key != key || Packing.count(found.ids) == 0 && !spilled.holds(found.ids) {
      return false
    }
    unsafe entry[index] = entry[1]
    unsafe entry[1] = found
    batch.setFirst(slot, found.ids)
    return true
  }

  /// Puts the ids of the pretoken `key` of 16 to 31 bytes at `slot` of `batch`; false if they are not here.
  func find(_ key: LongPretokenKey, _ batch: inout PretokenBatch, _ slot: Int) -> Bool {
    // Safe: places come from request().
    let entry = unsafe longEntries(batch.place(slot))
    let isInBack = unsafe entry[0].key != key
    let found = unsafe entry[isInBack ? 1 : 0]
    guard found.key == key else { return false }
    let count = isNarrow ? NarrowIDs.count(found.ids.first) : WideIDs.count(found.ids.first)
    if count == 0, !spilled.holds(found.ids.first) { return false }
    if isInBack {
      unsafe entry[1] = entry[0]
      unsafe entry[0] = found
    }
    batch[slot] = found.ids
    return true
  }

  /// Appends the ids of `slots` of `batch`, up to the first whose ids are neither here nor there;
  /// returns its slot, or the end of `slots`.
  @inline(__always)
  func append(
    _ batch: borrowing PretokenBatch, _ slots: Range<Int>, to ids: inout TokenBuffer
  ) -> Int {
    isNarrow
      ? append(batch, slots, to: &ids, NarrowIDs.self)
      : append(batch, slots, to: &ids, WideIDs.self)
  }

  @inline(__always)
  private func append<Packing: IDPacking>(
    _ batch: borrowing PretokenBatch, _ slots: Range<Int>, to ids: inout TokenBuffer,
    _ packing: Packing.Type
  ) -> Int {
    var slot = slots.lowerBound
    unsafe ids.append(room: slots.count &* SpilledIDs.maximumCount) { start in
      // Safe: every pretoken writes at most maximumCount ids and moves on by at most as many.
      var destination = unsafe start
      while slot < slots.upperBound {
        let packed = batch.first(slot)
        unsafe Packing.unpack(packed, to: destination)
        var count = Packing.count(packed)
        if UInt(bitPattern: count &- 1) >= UInt(Packing.capacity) {
          if count == 0 {
            count = unsafe spilled.read(packed, to: destination)
            if count == 0 { break }
          } else {
            unsafe Packing.unpack(batch[slot].second, to: destination + Packing.capacity)
          }
        }
        unsafe destination += count
        slot &+= 1
      }
      return unsafe destination - start
    }
    return slot
  }

  @unsafe
  @inline(__always)
  func shortEntries(_ place: UInt32) -> UnsafeMutablePointer<ShortEntry> {
    unsafe (memory + Int(place) &* Self.lineBytes).assumingMemoryBound(to: ShortEntry.self)
  }

  @unsafe
  @inline(__always)
  func middleEntries(_ place: UInt32) -> UnsafeMutablePointer<MiddleEntry> {
    unsafe (memory + Int(place) &* Self.lineBytes).assumingMemoryBound(to: MiddleEntry.self)
  }

  @unsafe
  @inline(__always)
  func longEntries(_ place: UInt32) -> UnsafeMutablePointer<LongEntry> {
    unsafe (memory + Int(place) &* Self.lineBytes).assumingMemoryBound(to: LongEntry.self)
  }
}
