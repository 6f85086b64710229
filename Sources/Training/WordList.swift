// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenModels

/// The distinct pretokens of a corpus as sequences of units, in one flat array; merging shortens a
/// word in place.
///
/// A word is the place of its count, behind which its units stand; the last one has the upper bit set.
/// So a merge that touches a word, which lies anywhere in memory, takes one cache line. A word of one
/// unit has no edges: it only counts for its unit. Made of pretoken counts, which are not needed any
/// more once it stands: a word takes 4 bytes and 4 a unit, about 25 on Korean.
struct WordList: ~Copyable {
  /// Units and counts of all words; the upper bit of an index of a word is used by lists.
  static let placeLimit = 1 << 31
  /// Marks a count that lies in `largeCounts`.
  private static let largeCount = UInt32.max
  private static let lastBit: UInt32 = 1 << 31

  private var symbols = PageBuffer<UInt32>()
  private var largeCounts: [UInt32: Int64] = [:]

  private var interner: UnitInterner

  /// No words; bytes are the tokens `byteTokens`.
  init(_ byteTokens: [TokenID]) {
    interner = UnitInterner(byteTokens)
  }

  /// Appends `pretoken` as characters, or only counts it if it is one.
  mutating func append(
    _ pretoken: Span<UInt8>, _ occurrences: Int64, _ types: inout UnitTypes
  ) {
    let word = symbols.count
    symbols.append(0)
    var place = 0
    while place < pretoken.count {
      let unit = interner.unit(pretoken, &place, &types)
      types.add(occurrences, to: unit)
      symbols.append(unit)
    }
    finish(word, occurrences)
  }

  /// Appends a pretoken of which `units`, one token each, have been made.
  mutating func append(
    units: Span<UInt32>, _ occurrences: Int64, _ types: inout UnitTypes
  ) {
    let word = symbols.count
    symbols.append(0)
    for place in units.indices { types.add(occurrences, to: units[place]) }
    symbols.append(copying: units)
    finish(word, occurrences)
  }

  private mutating func finish(_ word: Int, _ occurrences: Int64) {
    if symbols.count - word < 3 { return symbols.truncate(to: word) }
    precondition(symbols.count < Self.placeLimit, "distinct pretokens of more than 2^31 characters")
    symbols[symbols.count - 1] |= Self.lastBit
    if occurrences < Int64(Self.largeCount) {
      symbols[word] = UInt32(occurrences)
    } else {
      symbols[word] = Self.largeCount
      largeCounts[UInt32(word)] = occurrences
    }
  }

  /// The place behind the last word.
  var end: Int { symbols.count }

  func occurrences(_ word: UInt32) -> Int64 {
    let count = symbols[Int(word)]
    return count == Self.largeCount ? largeCounts[word] ?? 0 : Int64(count)
  }

  /// Where the first unit of `word` stands.
  func firstPlace(_ word: UInt32) -> Int { Int(word) + 1 }

  /// The unit at `place`, and whether it is the last one of its word.
  func unit(_ place: Int) -> (unit: UInt32, isLast: Bool) {
    let symbol = symbols[place]
    return (symbol & ~Self.lastBit, symbol & Self.lastBit != 0)
  }

  /// Puts `unit` at `place`, not as the last one of its word.
  mutating func setUnit(_ unit: UInt32, _ place: Int) { symbols[place] = unit }

  /// Makes the unit at `place` the last one of its word.
  mutating func setLast(_ place: Int) { symbols[place] |= Self.lastBit }

  /// Asks for `word`, which lies anywhere in memory.
  func prefetch(_ word: UInt32) { symbols.prefetch(Int(word)) }
}

/// Finds the unit type of a character with or without a space before it.
private struct UnitInterner: ~Copyable {
  private let byteTokens: [TokenID]
  /// Types plus 1 of characters up to U+FFFF; behind them those with a space.
  private var basic = GrowableBuffer<UInt32>()
  /// Of all others: by their bytes.
  private var others: [UInt64: UInt32] = [:]

  init(_ byteTokens: [TokenID]) {
    self.byteTokens = byteTokens
    basic.append(repeating: 0, count: 2 << 16)
  }

  /// The unit at `place`, which moves behind it; a byte of no character is a unit of its own.
  mutating func unit(_ bytes: Span<UInt8>, _ place: inout Int, _ types: inout UnitTypes) -> UInt32 {
    let start = place
    let hasSpace =
      bytes[place] == 0x20 && place + 1 < bytes.count && bytes[place + 1] != 0x20
    if hasSpace { place += 1 }
    let (length, scalar) = character(bytes, place)
    place += length
    guard let scalar else {
      var key: UInt64 = 0
      for index in start..<place { key = key << 8 | UInt64(bytes[index]) }
      if let known = others[key] { return known }
      let made = make(bytes, start..<place, &types)
      others[key] = made
      return made
    }
    let slot = Int(scalar) + (hasSpace ? 1 << 16 : 0)
    if basic[slot] != 0 { return basic[slot] - 1 }
    let made = make(bytes, start..<place, &types)
    basic[slot] = made + 1
    return made
  }

  private func make(_ bytes: Span<UInt8>, _ range: Range<Int>, _ types: inout UnitTypes) -> UInt32 {
    for index in range { types.append(byteTokens[Int(bytes[index])]) }
    return types.make(count: range.count)
  }

  /// The length of the character at `place`, and its number if it is one of up to U+FFFF in the one
  /// spelling that has three bytes at most.
  private func character(_ bytes: Span<UInt8>, _ place: Int) -> (length: Int, scalar: UInt32?) {
    let lead = UInt32(bytes[place])
    if lead < 0x80 { return (1, lead) }
    let length = lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1
    guard length > 1, place + length <= bytes.count else { return (1, nil) }
    var scalar = lead & (0xFF >> UInt32(length + 1))
    for index in place + 1..<place + length {
      guard bytes[index] & 0xC0 == 0x80 else { return (1, nil) }
      scalar = scalar << 6 | UInt32(bytes[index] & 0x3F)
    }
    if length == 4 || length == 3 && scalar < 0x800 { return (length, nil) }
    return (length, scalar)
  }
}
