// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A character of a pretoken, or its leading space and the syllable behind it.
struct CharacterPiece: BitwiseCopyable {
  var start: Int
  var byteCount: Int
  /// Its unit; of other characters there is none, and they are taken apart.
  var unit: Int
  var isTakenApart: Bool

  static let noUnit = -1
}

extension CharacterUnits {
  /// The number of the unit at `offset` of `pretoken`, and its length in bytes; negative of bytes that
  /// have none.
  @inline(__always)
  private static func unit(of pretoken: Span<UInt8>, at offset: Int) -> (Int, Int) {
    if offset == 0, pretoken.count > 3, pretoken[0] == 0x20 {
      let syllable = character(of: pretoken, at: 1).unit &- syllables.lowerBound
      if syllable >= 0 { return (spacedOffset &+ syllable, 4) }
    }
    let (unit, byteCount) = character(of: pretoken, at: offset)
    return unit >= 0 && byteCount <= pretoken.count &- offset ? (unit, byteCount) : (-1, 1)
  }

  @inline(__always)
  private static func character(
    of pretoken: Span<UInt8>, at offset: Int
  ) -> (unit: Int, byteCount: Int) {
    var word: UInt32 = 0
    for index in 0..<min(3, pretoken.count &- offset) {
      word |= UInt32(pretoken[offset &+ index]) &<< UInt32(truncatingIfNeeded: index &* 8)
    }
    return number(word)
  }

  /// Replaces `pieces` by those of `pretoken`.
  func findPieces(of pretoken: Span<UInt8>, _ pieces: inout GrowableBuffer<CharacterPiece>) {
    pieces.removeAll()
    var offset = 0
    while offset < pretoken.count {
      var piece = CharacterPiece(
        start: offset, byteCount: 1, unit: CharacterPiece.noUnit, isTakenApart: true)
      let (unit, byteCount) = Self.unit(of: pretoken, at: offset)
      if unit >= 0 {
        piece.byteCount = byteCount
        piece.unit = unit
        piece.isTakenApart = units[unit].count == 0
      }
      pieces.append(piece)
      offset += piece.byteCount
    }
  }

  /// Takes pieces apart until no rule can join a part of one to a piece that is whole.
  ///
  /// - Complexity: O(n²) at worst, for n pieces of one short pretoken; mostly two passes.
  func takeApart(_ pieces: inout GrowableBuffer<CharacterPiece>) {
    var isSettled = false
    while !isSettled {
      isSettled = true
      for index in 1..<max(1, pieces.count) {
        let (before, after) = (pieces[index - 1], pieces[index])
        if before.isTakenApart && after.isTakenApart { continue }
        if !rulesLeft(of: before).meets(rulesRight(of: after)) { continue }
        pieces[index - 1].isTakenApart = true
        pieces[index].isTakenApart = true
        isSettled = false
      }
    }
  }

  /// The rules that may take a part of `piece`, or all of it, on their left.
  private func rulesLeft(of piece: CharacterPiece) -> RuleSet {
    if piece.unit == CharacterPiece.noUnit { return .all }
    if !piece.isTakenApart { return left[piece.unit] }
    return brokenLeft(piece.unit)
  }

  /// The same on their right.
  private func rulesRight(of piece: CharacterPiece) -> RuleSet {
    if piece.unit == CharacterPiece.noUnit { return .all }
    if !piece.isTakenApart { return right[piece.unit] }
    // Only the first piece has a space, and nothing is on its left.
    return brokenRight(piece.unit)
  }
}

extension ShortParts {
  /// Appends the parts of `unit`.
  @inline(__always)
  mutating func append(_ unit: CharacterUnits.Unit) {
    append(unit.ids.0, madeBy: unit.madeBy)
    if unit.count > 1 { append(unit.ids.1, madeBy: unit.madeBy) }
    if unit.count > 2 { append(unit.ids.2, madeBy: unit.madeBy) }
  }
}
