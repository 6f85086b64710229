// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The parts of a short pretoken while they are merged.
///
/// Korean pretokens start as two to eight syllables, so nothing beats looking at all pairs for the
/// best one. Parts keep their places, and every pair has a key: its rank, what it becomes, its place.
/// The least of eight keys takes seven comparisons without a branch, whatever the number of parts,
/// where a loop over them is mispredicted once a merge. Parts of no token stand at both ends, so that
/// no step asks whether it is at one.
@safe
struct ShortParts: ~Copyable, @unchecked Sendable {
  /// The most parts: what ``BPEModel/linearSearchLimit`` bytes make.
  static let capacity = BPEModel.linearSearchLimit

  // Invariant: each array is owned by this value and has room for `lanes` elements, all initialised.
  // Part i, 1 <= i <= count <= capacity, is at index i; parts of no token stand at 0 and count + 1.
  // `next` and `previous` are at most count + 1.
  private let keys: UnsafeMutablePointer<UInt64>
  private let ids: UnsafeMutablePointer<TokenID>
  /// The highest rank of the merges that made a part.
  private let madeBy: UnsafeMutablePointer<UInt32>
  private let next: UnsafeMutablePointer<UInt8>
  private let previous: UnsafeMutablePointer<UInt8>
  private(set) var count = 0
  /// The number of parts that are left of them.
  private(set) var idCount = 0

  /// Parts, one of no token on either side, and as many as fill the last eight.
  private static let lanes = capacity + 16
  /// Keys from here on are of no pair.
  private static let noPair = UInt64.max << 8

  init() {
    func room<Element>(_ element: Element) -> UnsafeMutablePointer<Element> {
      let room = UnsafeMutablePointer<Element>.allocate(capacity: Self.lanes)
      unsafe room.initialize(repeating: element, count: Self.lanes)
      return unsafe room
    }
    unsafe keys = room(Self.noPair)
    unsafe ids = room(0)
    unsafe madeBy = room(0)
    unsafe next = room(0)
    unsafe previous = room(0)
  }

  deinit {
    unsafe keys.deallocate()
    unsafe ids.deallocate()
    unsafe madeBy.deallocate()
    unsafe next.deallocate()
    unsafe previous.deallocate()
  }

  /// Forgets all parts.
  @inline(__always)
  mutating func removeAll() { count = 0 }

  /// Appends a part.
  @inline(__always)
  mutating func append(_ id: TokenID, madeBy rank: UInt32 = 0) {
    precondition(count < Self.capacity, "more parts than a short pretoken has")
    count &+= 1
    unsafe ids[count] = id
    unsafe madeBy[count] = rank
  }

  /// The part at `index`, below ``capacity``, as it was appended, if none were merged.
  @inline(__always)
  func id(_ index: Int) -> TokenID {
    // Safe: there are more lanes.
    unsafe ids[index &+ 1]
  }

  /// Joins pairs, the lowest rank first and the leftmost of equals, until no rule applies.
  ///
  /// - Returns: False if a rule ranks before one that made its operands: parts that were made
  ///   beforehand are then not known to be what single bytes would have become.
  /// - Complexity: O(`count`²).
  @inline(__always)
  mutating func merge(_ pairs: borrowing PairTable) -> Bool {
    if count <= 2 { return mergeFew(pairs) }
    findPairs(pairs)
    let count = count
    var left = count
    var isOrdered = true
    while true {
      // ---- The leftmost pair of the lowest rank ----
      var best = unsafe Self.least(keys)
      var lanes = 8
      while lanes <= count {
        best = unsafe min(best, Self.least(keys + lanes))
        lanes &+= 8
      }
      if best >= Self.noPair {
        idCount = left
        return isOrdered
      }
      // ---- Join it ----
      // Safe: a key ends in its own lane, which is of a part with a next one.
      let lane = Int(truncatingIfNeeded: best & 0xFF)
      let merged = TokenID(truncatingIfNeeded: best &>> 8)
      let rank = UInt32(truncatingIfNeeded: best &>> 40)
      let joined = unsafe Int(next[lane])
      let after = unsafe Int(next[joined])
      let before = unsafe Int(previous[lane])
      unsafe pairs.request(merged, ids[after])
      unsafe pairs.request(ids[before], merged)
      let made = unsafe max(madeBy[lane], madeBy[joined])
      isOrdered = isOrdered && made <= rank
      unsafe madeBy[lane] = rank
      unsafe ids[lane] = merged
      unsafe next[lane] = UInt8(truncatingIfNeeded: after)
      unsafe previous[after] = UInt8(truncatingIfNeeded: lane)
      // ---- The pairs on either side are new ----
      unsafe keys[joined] = Self.noPair
      unsafe keys[lane] = Self.key(lane, pairs.lookUp(merged, ids[after]))
      unsafe keys[before] = Self.key(before, pairs.lookUp(ids[before], merged))
      left &-= 1
    }
  }

  /// The same for one or two parts, which most morphemes have.
  @inline(__always)
  private mutating func mergeFew(_ pairs: borrowing PairTable) -> Bool {
    // Safe: lanes of the parts and the one behind them.
    unsafe (next[1], next[2]) = (2, 3)
    idCount = count
    if count < 2 { return true }
    let merge = unsafe pairs.lookUp(ids[1], ids[2])
    if merge == .none { return true }
    let made = unsafe max(madeBy[1], madeBy[2])
    unsafe ids[1] = merge.merged
    unsafe madeBy[1] = merge.rank
    unsafe next[1] = 3
    idCount = 1
    return made <= merge.rank
  }

  /// Looks up what each part makes with the next.
  @inline(__always)
  private func findPairs(_ pairs: borrowing PairTable) {
    let count = count
    // Safe: lanes up to count + 8, below `lanes`.
    unsafe ids[0] = pairs.noToken
    unsafe ids[count &+ 1] = pairs.noToken
    // Nine of ten pretokens have up to seven parts: a loop of one round is foreseen.
    var lane = 0
    repeat {
      for place in lane..<lane &+ 8 {
        unsafe keys[place] = Self.noPair
        unsafe next[place] = UInt8(truncatingIfNeeded: place &+ 1)
        unsafe previous[place &+ 1] = UInt8(truncatingIfNeeded: place)
      }
      lane &+= 8
    } while lane <= count
    lane = 1
    while lane < count {
      unsafe keys[lane] = Self.key(lane, pairs.lookUp(ids[lane], ids[lane &+ 1]))
      lane &+= 1
    }
  }

  @inline(__always)
  private static func key(_ lane: Int, _ merge: RankedMerge) -> UInt64 {
    merge.packed &<< 8 | UInt64(truncatingIfNeeded: lane)
  }

  /// The least of eight keys.
  @inline(__always)
  private static func least(_ keys: UnsafePointer<UInt64>) -> UInt64 {
    let first = unsafe min(min(keys[0], keys[1]), min(keys[2], keys[3]))
    let second = unsafe min(min(keys[4], keys[5]), min(keys[6], keys[7]))
    return min(first, second)
  }

  /// Appends the ids of the merged parts to `output`.
  @inline(__always)
  func append(to output: inout TokenBuffer) {
    unsafe output.append(room: count) { destination in
      var lane = 1
      var written = 0
      while lane <= count {
        unsafe destination[written] = ids[lane]
        lane = unsafe Int(next[lane])
        written &+= 1
      }
      return written
    }
  }

  /// The ids of the merged parts, at most twice the capacity of `packing`, as it packs them.
  @inline(__always)
  func packed<Packing: IDPacking>(_ packing: Packing.Type) -> PackedPair {
    var words = PackedWords(count: Packing.packed(count: idCount))
    var lane = 1
    var index = 0
    while lane <= count {
      words.add(unsafe ids[lane], at: Packing.place(index))
      lane = unsafe Int(next[lane])
      index &+= 1
    }
    return words.pair
  }
}
