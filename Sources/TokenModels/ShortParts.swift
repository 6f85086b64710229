// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The parts of a short pretoken while they are merged: flat arrays, searched from the left.
///
/// Korean pretokens start as two to five syllables, so the search for the best pair and the shift
/// that closes a gap are a few instructions each, and nothing else beats them.
@safe
struct ShortParts: ~Copyable, @unchecked Sendable {
  /// The most parts: what ``BPEModel/linearSearchLimit`` bytes make.
  static let capacity = BPEModel.linearSearchLimit

  // Invariant: both arrays are owned by this value and have room for `capacity` elements; the first
  // `count` are initialised, 0 <= count <= capacity. `merges[i]` is what parts i and i + 1 become;
  // that of the last part is none.
  private let ids: UnsafeMutablePointer<TokenID>
  private let merges: UnsafeMutablePointer<RankedMerge>
  private(set) var count = 0

  init() {
    unsafe ids = .allocate(capacity: Self.capacity)
    unsafe merges = .allocate(capacity: Self.capacity)
  }

  deinit {
    unsafe ids.deallocate()
    unsafe merges.deallocate()
  }

  mutating func removeAll() { count = 0 }

  /// Appends a part, and looks up what it makes with the one before.
  @inline(__always)
  mutating func append(_ id: TokenID, _ pairs: borrowing PairTable) {
    precondition(count < Self.capacity, "more parts than a short pretoken has")
    if count > 0 { unsafe merges[count &- 1] = pairs.lookUp(ids[count &- 1], id) }
    unsafe ids[count] = id
    unsafe merges[count] = .none
    count &+= 1
  }

  /// Joins pairs, the lowest rank first and the leftmost of equals, until no rule applies.
  ///
  /// - Complexity: O(`count`²).
  mutating func merge(_ pairs: borrowing PairTable) {
    // Safe: every index below is less than `count`, as the loops' bounds say.
    while count > 1 {
      // ---- The leftmost pair of the lowest rank ----
      var best = 0
      var lowest = unsafe merges[0]
      for index in 1..<count {
        let merge = unsafe merges[index]
        best = merge < lowest ? index : best
        lowest = min(merge, lowest)
      }
      if lowest == .none { break }
      // ---- Join it and close the gap ----
      count &-= 1
      unsafe ids[best] = lowest.merged
      for index in best &+ 1..<max(count, best &+ 1) {
        unsafe ids[index] = ids[index &+ 1]
        unsafe merges[index] = merges[index &+ 1]
      }
      // ---- The pairs on either side are new ----
      unsafe merges[best] =
        best &+ 1 < count ? pairs.lookUp(lowest.merged, ids[best &+ 1]) : .none
      if best > 0 { unsafe merges[best &- 1] = pairs.lookUp(ids[best &- 1], lowest.merged) }
    }
  }

  /// Appends the ids of the parts to `output`.
  @inline(__always)
  func append(to output: inout TokenBuffer) {
    unsafe output.append(room: count) { destination in
      unsafe destination.update(from: ids, count: count)
      return count
    }
  }
}
