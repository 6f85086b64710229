// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore

// The keys of pretokens, and the cache lines where they belong, before anybody looks there.

extension PretokenCache {
  /// Fills `batch` with the pretokens `range` of `text`, which end at `ends`; their cache lines are on
  /// their way when this returns.
  @inline(__always)
  func request(
    _ text: borrowing ByteBuffer, _ ends: Span<UInt32>, _ range: Range<Int>,
    _ batch: inout PretokenBatch
  ) {
    batch.removeAll()
    if range.isEmpty { return }
    let isLong =
      makesKeysAtOnce
      ? makeKeysAtOnce(text, ends, range, &batch) : makeKeys(text, ends, range, &batch)
    requestLong(text, ends, range, isLong, &batch)
    // A prefetch does not retire before its address is translated: by themselves, many are under way
    // at a time.
    let writer = batch.writer
    let lines = unsafe memory
    for slot in 0..<range.count {
      // Safe: a place is below the number of lines.
      unsafe ck_prefetch(lines + Int(writer.place(slot)) &* Self.lineBytes)
    }
  }

  /// Makes the keys of pretokens of up to 15 bytes one by one; the slots of the others are returned, a
  /// bit each.
  private func makeKeys(
    _ text: borrowing ByteBuffer, _ ends: Span<UInt32>, _ range: Range<Int>,
    _ batch: inout PretokenBatch
  ) -> UInt64 {
    let writer = batch.writer
    let shapes = unsafe shapes
    var (short, long): (UInt64, UInt64) = (0, 0)
    var start = range.lowerBound == 0 ? 0 : Int(ends[range.lowerBound &- 1])
    for index in range {
      let end = Int(ends[index])
      let bytes = KeyBytes(text, start..<end)
      let slot = index &- range.lowerBound
      let slotBit: UInt64 = 1 &<< UInt64(truncatingIfNeeded: slot)
      if bytes.count < 16 {
        // Safe: there is a shape for every number of bytes below 16.
        let shape = unsafe shapes + bytes.shape
        let key = unsafe bytes.key(text, shape)
        writer.set(slot, key, place: unsafe shape.pointee.place(of: key))
        short |= unsafe slotBit & shape.pointee.is_short
      } else {
        long |= slotBit
      }
      start = end
    }
    batch.setSlots(of: range.count, short: hasShort ? short : 0, long: long)
    return long
  }

  /// The same for all at once.
  @inline(__always)
  private func makeKeysAtOnce(
    _ text: borrowing ByteBuffer, _ ends: Span<UInt32>, _ range: Range<Int>,
    _ batch: inout PretokenBatch
  ) -> UInt64 {
    precondition(range.count <= PretokenBatch.capacity, "more pretokens than a batch has")
    let these = ends.extracting(range)
    let start = range.lowerBound == 0 ? 0 : ends[range.lowerBound &- 1]
    // Safe: 64 bytes behind the text are readable, there are ends and room for all of the range, and
    // as many shapes as lengths.
    let slots = unsafe these.withUnsafeBufferPointer { ends in
      unsafe batch.writer.makeKeys(
        ck_pretokens(
          text: text.elements, text_count: UInt64(text.count), ends: ends.baseAddress,
          count: ends.count, start: start),
        shapes)
    }
    precondition(slots.are_valid, "pretokens do not ascend or reach beyond their text")
    batch.setSlots(
      of: range.count, short: hasShort ? slots.short_slots : 0, long: slots.long_slots)
    return slots.long_slots
  }

  /// Whether short pretokens have lines of their own.
  @inline(__always)
  private var hasShort: Bool { shortCount > 0 }

  /// Makes the keys of pretokens of more than 15 bytes: the slots `isLong`, a bit each.
  @inline(__always)
  private func requestLong(
    _ text: borrowing ByteBuffer, _ ends: Span<UInt32>, _ range: Range<Int>, _ isLong: UInt64,
    _ batch: inout PretokenBatch
  ) {
    var rest = isLong
    while rest != 0 {
      let slot = rest.trailingZeroBitCount
      rest &= rest &- 1
      let index = range.lowerBound &+ slot
      let start = index == 0 ? 0 : Int(ends[index &- 1])
      let bytes = KeyBytes(text, start..<Int(ends[index]))
      if requestLong(text, bytes, slot, &batch) { batch.middle |= 1 &<< UInt64(slot) }
    }
  }

  /// The part of ``request(_:_:_:_:)`` for pretokens of more than 15 bytes; true if this one lies among
  /// those of up to 15.
  ///
  /// Not inlined: it would take the registers of the loop over all others.
  @inline(never)
  private func requestLong(
    _ text: borrowing ByteBuffer, _ bytes: KeyBytes, _ slot: Int, _ batch: inout PretokenBatch
  ) -> Bool {
    if packsCharacters, let key = bytes.characterKey(text) {
      // Safe: the lines for all of 8 to 15 bytes are the same.
      batch.writer.set(slot, key, place: unsafe shapes[8].place(of: key))
      return true
    }
    batch.long.append(slot)
    if bytes.count >= 32 { return false }
    let line = (bytes.longKey(text).hash &>> 32 &* UInt64(longCount)) &>> 32 & ~1
    let place = UInt32(truncatingIfNeeded: line) &+ shortCount &+ middleCount
    batch.writer.set(slot, .noEntry, place: place)
    // The back line too: unlike those of shorter ones it is looked at without a batch to wait with.
    unsafe ck_prefetch(longEntries(place) + 1)
    return false
  }
}
