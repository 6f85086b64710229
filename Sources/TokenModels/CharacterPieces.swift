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

extension SyllableUnits {
  /// The number of the unit at `offset` of `pretoken`, and its length in bytes; nil of characters
  /// that have none.
  @inline(__always)
  static func unit(of pretoken: Span<UInt8>, at offset: Int) -> (Int, Int)? {
    let byte = pretoken[offset]
    if byte >= 0x80 {
      guard let syllable = syllable(of: pretoken, at: offset) else { return nil }
      return (syllable, 3)
    }
    if byte == 0x20, offset == 0, let syllable = syllable(of: pretoken, at: 1) {
      return (spacedOffset &+ syllable, 4)
    }
    return (asciiOffset &+ Int(byte), 1)
  }

  /// The number of the Hangul syllable at `offset`, counted from U+AC00, or nil.
  @inline(__always)
  private static func syllable(of text: Span<UInt8>, at offset: Int) -> Int? {
    guard offset &+ 2 < text.count else { return nil }
    let first = text[offset]
    let second = text[offset &+ 1]
    let third = text[offset &+ 2]
    guard first & 0xF0 == 0xE0, second & 0xC0 == 0x80, third & 0xC0 == 0x80 else { return nil }
    // Safe: 16 bits at most.
    let point = Int(first & 0x0F) &<< 12 | Int(second & 0x3F) &<< 6 | Int(third & 0x3F)
    let index = point &- firstSyllable
    return index >= 0 && index < syllableCount ? index : nil
  }

  /// Replaces `pieces` by those of `pretoken`.
  func findPieces(of pretoken: Span<UInt8>, _ pieces: inout GrowableBuffer<CharacterPiece>) {
    pieces.removeAll()
    var offset = 0
    while offset < pretoken.count {
      var piece = CharacterPiece(
        start: offset, byteCount: 1, unit: CharacterPiece.noUnit, isTakenApart: true)
      if let (unit, length) = Self.unit(of: pretoken, at: offset) {
        piece.byteCount = length
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
    return brokenLeft[piece.unit < Self.spacedOffset ? piece.unit : piece.unit - Self.spacedOffset]
  }

  /// The same on their right.
  private func rulesRight(of piece: CharacterPiece) -> RuleSet {
    if piece.unit == CharacterPiece.noUnit { return .all }
    if !piece.isTakenApart { return right[piece.unit] }
    // Only the first piece has a space, and nothing is on its left.
    return brokenRight[piece.unit < Self.spacedOffset ? piece.unit : piece.unit - Self.spacedOffset]
  }
}

extension ShortParts {
  /// Appends the parts of `unit`.
  @inline(__always)
  mutating func append(_ unit: SyllableUnits.Unit) {
    append(unit.ids.0, madeBy: unit.madeBy)
    if unit.count > 1 { append(unit.ids.1, madeBy: unit.madeBy) }
    if unit.count > 2 { append(unit.ids.2, madeBy: unit.madeBy) }
  }
}
