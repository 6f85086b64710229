// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore

/// A hash table of the numbers of entries that lie elsewhere, linearly probed, half full at most.
///
/// In the bits that the numbers leave stand bits of the hash, so that few entries are looked at in
/// vain: each look is a way to memory.
struct TaggedSlots: ~Copyable {
  /// 0 where free, else the number of an entry plus 1 below the tag.
  private var slots = PageBuffer<UInt32>()

  init() { slots.append(zeros: 1 << 12) }

  /// The bits of a slot for a number: there are half as many entries as slots.
  private var numberMask: UInt32 { UInt32(truncatingIfNeeded: slots.count - 1) }

  private func tag(_ hash: UInt64) -> UInt32 { UInt32(hash >> 32) & ~numberMask }

  private func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (slots.count - 1) }

  /// The entry of `hash` that `matches`.
  @inline(__always)
  func find(_ hash: UInt64, _ matches: (Int) -> Bool) -> Int? {
    let mask = slots.count - 1
    let tag = tag(hash)
    var slot = home(hash)
    while case let found = slots[slot], found != 0 {
      if found & ~numberMask == tag, case let entry = Int(found & numberMask) - 1, matches(entry) {
        return entry
      }
      slot = (slot + 1) & mask
    }
    return nil
  }

  /// Notes the next entry, number `entry`, which is not there yet; `hash` is asked of it, and of all
  /// others when the table grows.
  mutating func insert(_ entry: Int, _ hash: (Int) -> UInt64) {
    precondition(entry < Int(UInt32.max) - 1, "more than 2^32 entries in a table")
    if (entry + 1) * 2 > slots.count {
      let size = slots.count * 2
      slots = PageBuffer()
      slots.append(zeros: size)
      for earlier in 0..<entry { occupy(earlier, hash(earlier)) }
    }
    occupy(entry, hash(entry))
  }

  private mutating func occupy(_ entry: Int, _ hash: UInt64) {
    let mask = slots.count - 1
    var slot = home(hash)
    while slots[slot] != 0 { slot = (slot + 1) & mask }
    slots[slot] = UInt32(entry + 1) | tag(hash)
  }

  // MARK: Asking for memory

  /// Asks for the slot of `hash`.
  func prefetch(_ hash: UInt64) {
    // Safe: a prefetch of any address is harmless.
    unsafe ck_prefetch(slots.elements + home(hash))
  }

  /// The entry that is probably the one of `hash`, whose slot should be at hand; -1 if there is none.
  func probable(_ hash: UInt64) -> Int { Int(slots[home(hash)] & numberMask) - 1 }
}
