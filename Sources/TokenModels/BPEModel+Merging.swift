// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A part of a short pretoken, and the rank of its pair with the part after it.
struct BPEPart {
  var id: TokenID
  var pairRank: UInt32
}

extension BPEModel {
  /// Short pretokens: the parts lie in a flat array, the lowest rank is searched from the left,
  /// and a merge closes the gap.
  func encodeByLinearSearch(
    _ pretoken: Span<UInt8>, to output: inout TokenBuffer, scratch: inout BPEScratch
  ) {
    scratch.parts.removeAll()
    for index in pretoken.indices { appendPart(byteTokens[Int(pretoken[index])], &scratch) }
    mergeParts(to: &output, scratch: &scratch)
  }

  /// Pretokens of Hangul and ASCII, as above but from whole characters; false if they might be
  /// joined by halves (see ``SyllableUnits``), and then nothing is written.
  func encodeByUnits(
    _ pretoken: Span<UInt8>, _ table: SyllableUnits, to output: inout TokenBuffer,
    scratch: inout BPEScratch
  ) -> Bool {
    let units = table.units.span
    scratch.parts.removeAll()
    var offset = 0
    var left: UInt64 = 0
    while offset < pretoken.count {
      let index: Int
      if let syllable = syllableIndex(pretoken, offset) {
        index = syllable
        offset &+= 3
      } else if pretoken[offset] == 0x20, let syllable = syllableIndex(pretoken, offset &+ 1),
        offset == 0
      {
        index = SyllableUnits.spacedOffset &+ syllable
        offset = 4
      } else if pretoken[offset] < 0x80 {
        index = SyllableUnits.asciiOffset &+ Int(pretoken[offset])
        offset &+= 1
      } else {
        return false
      }
      let unit = units[index]
      if unit.count == 0 || left & unit.right != 0 { return false }
      left = unit.left
      appendPart(unit.ids.0, &scratch)
      if unit.count > 1 { appendPart(unit.ids.1, &scratch) }
      if unit.count > 2 { appendPart(unit.ids.2, &scratch) }
    }
    mergeParts(to: &output, scratch: &scratch)
    return true
  }

  /// The number of the Hangul syllable at `offset`, counted from U+AC00, or nil.
  @inline(__always)
  private func syllableIndex(_ text: Span<UInt8>, _ offset: Int) -> Int? {
    guard offset &+ 2 < text.count else { return nil }
    let first = text[offset]
    let second = text[offset &+ 1]
    let third = text[offset &+ 2]
    guard first & 0xF0 == 0xE0, second & 0xC0 == 0x80, third & 0xC0 == 0x80 else { return nil }
    // Safe: 16 bits at most.
    let point = Int(first & 0x0F) &<< 12 | Int(second & 0x3F) &<< 6 | Int(third & 0x3F)
    let index = point &- SyllableUnits.firstSyllable
    return index >= 0 && index < SyllableUnits.syllableCount ? index : nil
  }

  /// Appends a part, and its rank with the part before.
  @inline(__always)
  private func appendPart(_ id: TokenID, _ scratch: inout BPEScratch) {
    let count = scratch.parts.count
    if count > 0 {
      scratch.parts[count &- 1].pairRank = pairs.lookUp(scratch.parts[count &- 1].id, id).rank
    }
    scratch.parts.append(BPEPart(id: id, pairRank: PairTable.none))
  }

  /// Merges what lies in `scratch.parts` and appends the ids.
  private func mergeParts(to output: inout TokenBuffer, scratch: inout BPEScratch) {
    var count = scratch.parts.count
    var parts = scratch.parts.mutableSpan
    while count > 1 {
      // ---- The leftmost pair of the lowest rank; the last part has none ----
      var best = 0
      var lowest = parts[0].pairRank
      for index in 1..<count where parts[index].pairRank < lowest {
        best = index
        lowest = parts[index].pairRank
      }
      if lowest == PairTable.none { break }
      // ---- Join it and close the gap ----
      let merged = pairs.lookUp(parts[best].id, parts[best &+ 1].id).merged
      count &-= 1
      for index in best &+ 1..<max(count, best &+ 1) { parts[index] = parts[index &+ 1] }
      // ---- The pairs on either side are new ----
      let right =
        best &+ 1 < count ? pairs.lookUp(merged, parts[best &+ 1].id).rank : PairTable.none
      parts[best] = BPEPart(id: merged, pairRank: right)
      if best > 0 { parts[best &- 1].pairRank = pairs.lookUp(parts[best &- 1].id, merged).rank }
    }
    for index in 0..<count { output.append(parts[index].id) }
  }
}
