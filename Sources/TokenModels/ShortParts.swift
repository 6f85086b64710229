// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The parts of a short pretoken while they are merged: a flat array, searched from the left.
///
/// Korean pretokens start as two to five syllables, so the search for the best pair is a few
/// instructions and nothing else beats it. A part that was joined to the one before stays where it
/// is, with no merge: to step over it costs less than to close the gap. Parts of no token stand at
/// both ends, so that no step asks whether it is at one.
@safe
struct ShortParts: ~Copyable, @unchecked Sendable {
  /// The most parts: what ``BPEModel/linearSearchLimit`` bytes make.
  static let capacity = BPEModel.linearSearchLimit

  struct Part: BitwiseCopyable {
    /// What this part and the next become.
    var merge: RankedMerge
    var id: TokenID
    /// The highest rank of the merges that made it.
    var madeBy: UInt32
    /// Indices of the parts on either side, as far as they are still there.
    var next: UInt16
    var previous: UInt16
  }

  // Invariant: `parts` is owned by this value and has room for `capacity` + 2 elements. Those from
  // 0 to `count` are initialised, 0 <= count <= capacity; the first is of no token. `next` and
  // `previous` are at most `count` + 1.
  private let parts: UnsafeMutablePointer<Part>
  private(set) var count = 0

  init() { unsafe parts = .allocate(capacity: Self.capacity + 2) }

  deinit { unsafe parts.deallocate() }

  /// Forgets all parts.
  @inline(__always)
  mutating func removeAll(_ pairs: borrowing PairTable) {
    unsafe parts[0] = Part(merge: .none, id: pairs.noToken, madeBy: 0, next: 1, previous: 0)
    count = 0
  }

  /// Appends a part, and looks up what it makes with the one before.
  @inline(__always)
  mutating func append(_ id: TokenID, madeBy: UInt32 = 0, _ pairs: borrowing PairTable) {
    precondition(count < Self.capacity, "more parts than a short pretoken has")
    unsafe parts[count].merge = pairs.lookUp(parts[count].id, id)
    let index = UInt16(truncatingIfNeeded: count &+ 1)
    unsafe parts[count &+ 1] = Part(
      merge: .none, id: id, madeBy: madeBy, next: index &+ 1, previous: index &- 1)
    count &+= 1
  }

  /// Joins pairs, the lowest rank first and the leftmost of equals, until no rule applies.
  ///
  /// - Returns: False if a rule ranks before one that made its operands: parts that were made
  ///   beforehand are then not known to be what single bytes would have become.
  /// - Complexity: O(`count`²).
  @inline(__always)
  mutating func merge(_ pairs: borrowing PairTable) -> Bool {
    // Safe: all indices are at most `count` + 1, as the invariant and the loop's bounds say.
    let parts = unsafe parts
    let count = count
    unsafe parts[count &+ 1] = Part(
      merge: .none, id: pairs.noToken, madeBy: 0, next: 0, previous: 0)
    var isOrdered = true
    while true {
      // ---- The leftmost pair of the lowest rank ----
      var best = 0
      var lowest = RankedMerge.none
      var index = 1
      while index < count {
        let merge = unsafe parts[index].merge
        best = merge < lowest ? index : best
        lowest = min(merge, lowest)
        index &+= 1
      }
      if lowest == .none { return isOrdered }
      // ---- Join it ----
      let joined = unsafe Int(parts[best].next)
      let made = unsafe max(parts[best].madeBy, parts[joined].madeBy)
      isOrdered = isOrdered && made <= lowest.rank
      unsafe parts[best].madeBy = lowest.rank
      let next = unsafe Int(parts[joined].next)
      let previous = unsafe Int(parts[best].previous)
      unsafe parts[best].id = lowest.merged
      unsafe parts[best].next = UInt16(truncatingIfNeeded: next)
      unsafe parts[joined].merge = .none
      unsafe parts[next].previous = UInt16(truncatingIfNeeded: best)
      // ---- The pairs on either side are new ----
      unsafe parts[best].merge = pairs.lookUp(lowest.merged, parts[next].id)
      unsafe parts[previous].merge = pairs.lookUp(parts[previous].id, lowest.merged)
    }
  }

  /// Appends the ids of the parts to `output`.
  @inline(__always)
  func append(to output: inout TokenBuffer) {
    unsafe output.append(room: count) { destination in
      var index = 1
      var written = 0
      while index <= count {
        unsafe destination[written] = parts[index].id
        index = unsafe Int(parts[index].next)
        written &+= 1
      }
      return written
    }
  }
}
