// SPDX-License-Identifier: Apache-2.0

/// BPE of up to four bytes, step by step.
struct CharacterWalk {
  private(set) var parts: InlineArray<4, TokenID>
  private(set) var count: Int
  /// The rank of the last merge.
  private(set) var madeBy: UInt32 = 0
  /// Whether every merge ranked behind the one before.
  private(set) var isOrdered = true

  init(_ bytes: [UInt8], _ byteTokens: [TokenID]) {
    parts = InlineArray { $0 < bytes.count ? byteTokens[Int(bytes[$0])] : 0 }
    count = bytes.count
  }

  var first: TokenID { parts[0] }
  var last: TokenID { parts[count - 1] }

  /// Makes the next merge; false if there is none.
  mutating func step(_ pairs: PairTable) -> Bool {
    var best = RankedMerge.none
    var place = 0
    for index in 0..<count - 1 {
      let merge = pairs.lookUp(parts[index], parts[index + 1])
      if merge < best { (best, place) = (merge, index) }
    }
    guard best != .none else { return false }
    isOrdered = isOrdered && best.rank >= madeBy
    madeBy = max(madeBy, best.rank)
    parts[place] = best.merged
    for index in place + 1..<max(count - 1, place + 1) { parts[index] = parts[index + 1] }
    count -= 1
    return true
  }

  /// The unit of the parts as they are, nil of more than three or if a merge was out of order.
  var unit: CharacterUnits.Unit? {
    guard count <= 3, isOrdered else { return nil }
    return CharacterUnits.Unit(
      ids: (parts[0], parts[1], parts[2]), madeBy: madeBy, count: UInt16(count))
  }
}
