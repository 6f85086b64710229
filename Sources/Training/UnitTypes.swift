// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenModels

/// The distinct units of words, each with the tokens it consists of so far.
///
/// A unit is a character, with the space before it if there is one, or what a merge across the edge of
/// two units has made of both. All places where a unit stands share its tokens, so a merge inside a
/// character is done once, not once a word: of 100 MB of Korean, 17 thousand unit types in place of
/// 17 million bytes of distinct pretokens.
struct UnitTypes: ~Copyable {
  /// The first and the last token of a unit; the upper bit of `tailWord` says that there are more
  /// tokens than one.
  struct Ends: BitwiseCopyable {
    var head: TokenID
    var tailWord: UInt32

    init(head: TokenID, tail: TokenID, isSingle: Bool) {
      self.head = head
      tailWord = isSingle ? tail : tail | 1 << 31
    }

    var tail: TokenID { tailWord & ~(1 << 31) }
    var isSingle: Bool { tailWord >> 31 == 0 }
  }

  private struct Unit: BitwiseCopyable {
    var start: UInt32
    var count: UInt32
    /// How often the unit stands in the corpus.
    var occurrences: Int64
  }

  /// The bigrams of a unit on one side: the newest, and how many there have been.
  struct Chain: BitwiseCopyable {
    var first = UnitBigrams.none
    var length: UInt32 = 0
  }

  private var units = PageBuffer<Unit>()
  private var tokens = PageBuffer<TokenID>()
  private var edges = PageBuffer<Ends>()
  /// By unit: its bigrams as the left unit, as the right one.
  var asLeft = PageBuffer<Chain>()
  var asRight = PageBuffer<Chain>()

  init() {}

  var count: Int { units.count }

  func ends(_ unit: UInt32) -> Ends { edges[Int(unit)] }

  func occurrences(_ unit: UInt32) -> Int64 { units[Int(unit)].occurrences }

  mutating func add(_ occurrences: Int64, to unit: UInt32) {
    units[Int(unit)].occurrences += occurrences
  }

  func tokenCount(_ unit: UInt32) -> Int { Int(units[Int(unit)].count) }

  func token(_ unit: UInt32, _ place: Int) -> TokenID {
    tokens[Int(units[Int(unit)].start) + place]
  }

  /// Overwrites a token; ``shorten(_:to:)`` makes the ends agree with the tokens again.
  mutating func setToken(_ token: TokenID, _ unit: UInt32, _ place: Int) {
    tokens[Int(units[Int(unit)].start) + place] = token
  }

  mutating func shorten(_ unit: UInt32, to count: Int) {
    units[Int(unit)].count = UInt32(count)
    edges[Int(unit)] = Ends(
      head: token(unit, 0), tail: token(unit, count - 1), isSingle: count == 1)
  }

  /// Makes a unit of the tokens appended since the last one was made.
  ///
  /// - Parameter count: Their number, at least 1.
  /// - Returns: The number of the unit.
  mutating func make(count: Int) -> UInt32 {
    let start = tokens.count - count
    // The upper bit of an index of a unit is used by lists.
    precondition(units.count < 1 << 31 && tokens.count < 1 << 32, "too many distinct units")
    units.append(Unit(start: UInt32(start), count: UInt32(count), occurrences: 0))
    edges.append(
      Ends(head: tokens[start], tail: tokens[tokens.count - 1], isSingle: count == 1))
    asLeft.append(Chain())
    asRight.append(Chain())
    return UInt32(units.count - 1)
  }

  mutating func append(_ token: TokenID) { tokens.append(token) }

  func tokens(of unit: UInt32) -> [TokenID] {
    (0..<tokenCount(unit)).map { token(unit, $0) }
  }

  /// Whether the unit begins with a token twice.
  func startsRun(_ unit: UInt32) -> Bool {
    tokenCount(unit) > 1 && token(unit, 0) == token(unit, 1)
  }

  /// Whether the last token of the unit stands there an odd number of times.
  func endsInOddRun(_ unit: UInt32) -> Bool {
    let tail = ends(unit).tail
    let run = (0..<tokenCount(unit)).reversed().prefix { token(unit, $0) == tail }.count
    return run & 1 == 1
  }
}
