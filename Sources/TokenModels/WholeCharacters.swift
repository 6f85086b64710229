// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore

/// A unit of ``CharacterUnits`` as most pretokens want it: four to a cache line.
///
/// Its id is ``several`` if it has more than one, ``none`` if it must not be used. `left` and `right` are
/// the rules at its borders: most that share none share no bit here.
typealias WholeCharacter = ck_whole_character

extension WholeCharacter {
  // Negative as 32-bit integers.
  static let none = TokenID.max
  static let several = TokenID.max - 1

  init(_ unit: CharacterUnits.Unit, left: RuleSet, right: RuleSet) {
    self.init(
      id: unit.count == 1 ? unit.ids.0 : unit.count == 0 ? Self.none : Self.several,
      made_by: unit.madeBy, left: left.folded, right: right.folded)
  }
}

/// The units of ``CharacterUnits`` as ``WholeCharacter``.
@safe
struct WholeCharacters: @unchecked Sendable {
  /// Owner of the records.
  @safe
  private final class Storage: @unchecked Sendable {
    // Invariant: `records` is owned by this object, and not written to once the table is made.
    let records: UnsafeMutablePointer<WholeCharacter>

    init(count: Int) { unsafe records = .allocate(capacity: count) }

    deinit { unsafe records.deallocate() }
  }

  // Invariant: `records` points into `storage`, which lives as long as this value, and has one for
  // each unit, and one of zeros behind them.
  private let storage: Storage
  let records: UnsafePointer<WholeCharacter>

  init(_ units: [CharacterUnits.Unit], left: [RuleSet], right: [RuleSet]) {
    precondition(units.count == CharacterUnits.unitCount, "a record for every unit")
    storage = Storage(count: units.count + 1)
    let records = unsafe storage.records
    for (index, unit) in units.enumerated() {
      unsafe (records + index).initialize(
        to: WholeCharacter(unit, left: left[index], right: right[index]))
    }
    unsafe (records + units.count).initialize(to: WholeCharacter())
    unsafe self.records = UnsafePointer(records)
  }

  /// The unit at `index`, which must be below ``CharacterUnits/unitCount``.
  @unsafe
  @inline(__always)
  subscript(index: Int) -> WholeCharacter { unsafe records[index] }
}

extension ShortParts {
  /// Replaces the parts by the characters of `range` of `text`, if that is known to be the same.
  ///
  /// - Returns: False if not all have a unit, or a rule might join two of them by halves; nineteen of
  ///   twenty pretokens are neither.
  @inline(__always)
  mutating func take(
    _ text: borrowing ByteBuffer, _ range: Range<Int>, _ units: borrowing CharacterUnits
  ) -> Bool {
    precondition(range.lowerBound >= 0 && range.upperBound <= text.count)
    removeAll()
    // Safe: the range is inside the text, which has 64 readable bytes behind its last one; a unit's
    // number is below their count.
    let bytes = unsafe text.elements + range.lowerBound
    let byteCount = range.count
    var offset = 0
    var before = 0
    var left: UInt32 = 0
    if byteCount >= 4, unsafe bytes[0] == 0x20 {
      let unit = unsafe CharacterUnits.number(Self.word(bytes + 1)).unit
      let syllable = unit &- CharacterUnits.syllables.lowerBound
      if syllable >= 0 {
        before = CharacterUnits.spacedOffset &+ syllable
        let whole = unsafe units.whole[before]
        guard append(whole, before, units) else { return false }
        left = whole.left
        offset = 4
      }
    }
    while offset < byteCount {
      let (unit, length) = unsafe CharacterUnits.number(Self.word(bytes + offset))
      if unit < 0 || offset &+ length > byteCount { return false }
      let whole = unsafe units.whole[unit]
      if left & whole.right != 0, units.mayJoinHalves(before, unit) { return false }
      guard append(whole, unit, units) else { return false }
      left = whole.left
      before = unit
      offset &+= length
    }
    return true
  }

  /// Appends the parts of the unit `number`; false if it must not be used.
  @inline(__always)
  private mutating func append(
    _ whole: WholeCharacter, _ number: Int, _ units: borrowing CharacterUnits
  ) -> Bool {
    if whole.id < WholeCharacter.several {
      append(whole.id, madeBy: whole.made_by)
      return true
    }
    if whole.id == WholeCharacter.none { return false }
    append(units.units[number])
    return true
  }

  @unsafe
  @inline(__always)
  private static func word(_ bytes: UnsafePointer<UInt8>) -> UInt32 {
    unsafe UInt32(littleEndian: UnsafeRawPointer(bytes).loadUnaligned(as: UInt32.self))
  }
}
