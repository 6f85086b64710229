// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenModels

/// Who stands beside whom: the pairs of tokens, of which some lie inside unit types and some across
/// the edges of units, kept up to date while words and units change.
///
/// A pair of tokens occurs as often as it stands inside each unit type, times the occurrences of that
/// type, plus as often as units that end and begin with its tokens stand side by side. Where both
/// units are one token, the pair of tokens itself holds the list of words; all other bigrams of units
/// have their own record (UnitBigrams).
struct Adjacencies: ~Copyable {
  var types = UnitTypes()
  var pairs = PairCounts()
  var bigrams = UnitBigrams()
  /// By token: the unit type that is this one token, the types of several that begin and end with it.
  private var tokenUnits = GrowableBuffer<TokenUnits>()
  /// The edges of a unit whose ends change.
  var edgesBefore = PairReplacements(.before)
  var edgesAfter = PairReplacements(.after)

  private struct TokenUnits: BitwiseCopyable {
    var single = UnitBigrams.none
    var headOf = IndexLists.List.empty
    var tailOf = IndexLists.List.empty
  }

  init() {}

  // MARK: Units

  /// Notes a unit's ends and the pairs inside it, each as often as the unit occurs.
  mutating func enter(_ unit: UInt32) {
    let occurrences = types.occurrences(unit)
    enterEnds(unit)
    for place in 1..<max(types.tokenCount(unit), 1) {
      let index = pairs.index(of: TokenPair(types.token(unit, place - 1), types.token(unit, place)))
      pairs.add(occurrences, to: index)
      pairs.addUnit(unit, to: index)
    }
  }

  mutating func enterEnds(_ unit: UInt32) {
    let ends = types.ends(unit)
    if ends.isSingle {
      reserve(ends.head)
      tokenUnits[Int(ends.head)].single = unit
    } else {
      noteHead(unit)
      noteTail(unit)
    }
  }

  func single(_ token: TokenID) -> UInt32? {
    guard Int(token) < tokenUnits.count else { return nil }
    let unit = tokenUnits[Int(token)].single
    return unit == UnitBigrams.none ? nil : unit
  }

  private mutating func reserve(_ token: TokenID) {
    let missing = Int(token) + 1 - tokenUnits.count
    if missing > 0 { tokenUnits.append(repeating: TokenUnits(), count: missing) }
  }

  mutating func noteHead(_ unit: UInt32) {
    let head = types.ends(unit).head
    reserve(head)
    pairs.lists.append(unit, to: &tokenUnits[Int(head)].headOf)
  }

  mutating func noteTail(_ unit: UInt32) {
    let tail = types.ends(unit).tail
    reserve(tail)
    pairs.lists.append(unit, to: &tokenUnits[Int(tail)].tailOf)
  }

  /// Appends the unit types of several tokens that end with `token` to `units`.
  mutating func units(endingWith token: TokenID, into units: inout GrowableBuffer<UInt32>) {
    guard Int(token) < tokenUnits.count else { return }
    let first = units.count
    pairs.lists.take(&tokenUnits[Int(token)].tailOf, into: &units)
    keepCurrent(from: first, in: &units) { !$0.isSingle && $0.tail == token }
    for place in first..<units.count {
      pairs.lists.append(units[place], to: &tokenUnits[Int(token)].tailOf)
    }
  }

  /// Appends the unit types of several tokens that begin with `token` to `units`.
  mutating func units(beginningWith token: TokenID, into units: inout GrowableBuffer<UInt32>) {
    guard Int(token) < tokenUnits.count else { return }
    let first = units.count
    pairs.lists.take(&tokenUnits[Int(token)].headOf, into: &units)
    keepCurrent(from: first, in: &units) { !$0.isSingle && $0.head == token }
    for place in first..<units.count {
      pairs.lists.append(units[place], to: &tokenUnits[Int(token)].headOf)
    }
  }

  /// Drops the units from `first` on that have changed since they were listed, or occur no more.
  private func keepCurrent(
    from first: Int, in units: inout GrowableBuffer<UInt32>, _ isCurrent: (UnitTypes.Ends) -> Bool
  ) {
    var kept = first
    for place in first..<units.count
    where types.occurrences(units[place]) > 0 && isCurrent(types.ends(units[place])) {
      units[kept] = units[place]
      kept += 1
    }
    units.truncate(to: kept)
  }

  /// Makes a unit type that does not occur yet.
  mutating func makeUnit(_ tokens: [TokenID]) -> UInt32 {
    for token in tokens { types.append(token) }
    let unit = types.make(count: tokens.count)
    enter(unit)
    return unit
  }

  mutating func count(_ occurrences: Int64, _ pair: TokenPair) {
    pairs.add(occurrences, to: pairs.index(of: pair))
  }

  // MARK: Edges

  mutating func takeWords(ofBigram index: UInt32, into words: inout GrowableBuffer<UInt32>) {
    var list = bigrams[index].words
    pairs.lists.take(&list, into: &words)
    bigrams[index].words = list
  }

  /// Counts `left` beside `right`, of which one at least is of several tokens, `occurrences` times
  /// more, in `word`; the pair of tokens at their edge is counted elsewhere.
  mutating func addBigram(
    _ occurrences: Int64, _ left: UInt32, _ right: UInt32, inWord word: UInt32
  ) {
    let index = bigrams.find(left, right) ?? makeBigram(left, right)
    bigrams[index].count += occurrences
    pairs.lists.append(word, to: &bigrams[index].words)
  }

  /// Counts `left` beside `right`, of which one at least is of several tokens, `occurrences` times
  /// less; the pair of tokens at their edge is counted elsewhere.
  mutating func subtractBigram(_ occurrences: Int64, _ left: UInt32, _ right: UInt32) {
    guard let index = bigrams.find(left, right) else {
      preconditionFailure("two neighbours without a bigram")
    }
    bigrams[index].count -= occurrences
  }

  /// Counts `left` beside `right` `occurrences` times more, in the words that the lower halves of
  /// `edges` in `range` name; that is new to both.
  mutating func addEdges(
    _ left: UInt32, _ right: UInt32, _ occurrences: Int64, _ edges: borrowing PageBuffer<UInt64>,
    _ range: Range<Int>
  ) {
    let (leftEnds, rightEnds) = (types.ends(left), types.ends(right))
    let pair = pairs.index(of: TokenPair(leftEnds.tail, rightEnds.head))
    pairs.add(occurrences, to: pair)
    var list = IndexLists.List.empty
    for index in range {
      pairs.lists.append(UInt32(truncatingIfNeeded: edges[index]), to: &list)
    }
    if leftEnds.isSingle && rightEnds.isSingle {
      pairs.setWords(list, of: pair)
    } else {
      let index = makeBigram(left, right)
      bigrams[index].count = occurrences
      bigrams[index].words = list
    }
  }

  mutating func makeBigram(_ left: UInt32, _ right: UInt32) -> UInt32 {
    let index = bigrams.make(
      left, right, nextOfLeft: types.asLeft[Int(left)].first,
      nextOfRight: types.asRight[Int(right)].first)
    types.asLeft[Int(left)].first = index
    types.asLeft[Int(left)].length += 1
    types.asRight[Int(right)].first = index
    types.asRight[Int(right)].length += 1
    return index
  }
}
