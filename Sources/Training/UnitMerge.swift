// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenModels

/// One merge after another, in unit types and in words; holds what merges can share.
struct UnitMerge: ~Copyable {
  private var pair = TokenPair(0, 0)
  private var merged: TokenID = 0
  /// Where the pair is counted.
  private var pairIndex = 0
  /// The unit that is the merged token alone, once there is one.
  private var mergedUnit = UnitBigrams.none
  /// Whether units are put side by side instead of having their edges merged.
  private var concatenates = false

  private var units = GrowableBuffer<UInt32>()
  private var leftUnits = GrowableBuffer<UInt32>()
  private var rightUnits = GrowableBuffer<UInt32>()
  private var touched = GrowableBuffer<UInt32>()
  /// The tokens before the merged ones, and those after them.
  private var before = PairReplacements(.before)
  private var after = PairReplacements(.after)

  /// Enough work to cover the way to memory, few enough lines to be kept.
  private static let wordsAhead = 8

  /// Joins `pair` to the token `merged` wherever it stands, from left to right.
  mutating func run(
    _ pair: TokenPair, _ merged: TokenID, _ adjacencies: inout Adjacencies,
    _ words: inout WordList
  ) {
    self.pair = pair
    self.merged = merged
    mergedUnit = UnitBigrams.none
    let index = adjacencies.pairs.index(of: pair)
    pairIndex = index
    // ---- Inside unit types ----
    if pair.left == pair.right { joinRuns(index, &adjacencies, &words) }
    units.removeAll()
    adjacencies.pairs.takeUnits(index, into: &units)
    for place in 0..<units.count { adjacencies.merge(pair, merged, inside: units[place]) }
    // ---- Across edges ----
    touched.removeAll()
    adjacencies.pairs.takeWords(index, into: &touched)
    collectBigrams(&adjacencies)
    for place in 0..<touched.count {
      let ahead = place + Self.wordsAhead
      if ahead < touched.count { words.prefetch(touched[ahead]) }
      merge(touched[place], &adjacencies, &words)
    }
    before.apply(pair.left, merged, to: &adjacencies.pairs)
    after.apply(pair.right, merged, to: &adjacencies.pairs)
  }

  // MARK: Finding words

  /// Appends the words of the bigrams with the pair at their edge to the touched ones.
  ///
  /// One at least of the two units has several tokens. Such bigrams are in the chains of all left
  /// units with the right tail, in those of all right units with the right head, and in those of the
  /// units of several tokens of either side: the shortest of the three ways is taken.
  private mutating func collectBigrams(_ adjacencies: inout Adjacencies) {
    leftUnits.removeAll()
    rightUnits.removeAll()
    adjacencies.units(endingWith: pair.left, into: &leftUnits)
    adjacencies.units(beginningWith: pair.right, into: &rightUnits)
    if leftUnits.isEmpty && rightUnits.isEmpty { return }
    let left = length(of: leftUnits, adjacencies.types.asLeft)
    let right = length(of: rightUnits, adjacencies.types.asRight)
    let leftSingle = adjacencies.single(pair.left)
    let rightSingle = adjacencies.single(pair.right)
    let leftMore = leftSingle.map { Int(adjacencies.types.asLeft[Int($0)].length) } ?? 0
    let rightMore = rightSingle.map { Int(adjacencies.types.asRight[Int($0)].length) } ?? 0
    if left + leftMore <= min(left + right, right + rightMore) {
      if let leftSingle { leftUnits.append(leftSingle) }
      collectRight(&adjacencies)
    } else if right + rightMore <= left + right {
      if let rightSingle { rightUnits.append(rightSingle) }
      collectLeft(&adjacencies)
    } else {
      collectRight(&adjacencies)
      collectLeft(&adjacencies)
    }
  }

  private func length(
    of units: borrowing GrowableBuffer<UInt32>, _ chains: borrowing PageBuffer<UnitTypes.Chain>
  ) -> Int {
    var sum = 0
    for place in 0..<units.count { sum += Int(chains[Int(units[place])].length) }
    return sum
  }

  private mutating func collectRight(_ adjacencies: inout Adjacencies) {
    for place in 0..<leftUnits.count {
      var index = adjacencies.types.asLeft[Int(leftUnits[place])].first
      while index != UnitBigrams.none {
        let bigram = adjacencies.bigrams[index]
        if bigram.count != 0, adjacencies.types.ends(bigram.right).head == pair.right {
          adjacencies.takeWords(ofBigram: index, into: &touched)
        }
        index = bigram.nextOfLeft
      }
    }
  }

  private mutating func collectLeft(_ adjacencies: inout Adjacencies) {
    for place in 0..<rightUnits.count {
      var index = adjacencies.types.asRight[Int(rightUnits[place])].first
      while index != UnitBigrams.none {
        let bigram = adjacencies.bigrams[index]
        if bigram.count != 0, adjacencies.types.ends(bigram.left).tail == pair.left {
          adjacencies.takeWords(ofBigram: index, into: &touched)
        }
        index = bigram.nextOfRight
      }
    }
  }

  // MARK: Changing words

  /// Makes one unit of every two in `word` with the pair at their edge, from left to right.
  private mutating func merge(
    _ word: UInt32, _ adjacencies: inout Adjacencies, _ words: inout WordList
  ) {
    let occurrences = words.occurrences(word)
    let first = words.firstPlace(word)
    var (left, isLast) = words.unit(first)
    var leftEnds = adjacencies.types.ends(left)
    var read = first + 1
    var write = first + 1
    while !isLast {
      let unit: UInt32
      (unit, isLast) = words.unit(read)
      read += 1
      let ends = adjacencies.types.ends(unit)
      guard meets(left, leftEnds, unit, ends, adjacencies) else {
        if write + 1 < read { words.setUnit(unit, write) }
        write += 1
        (left, leftEnds) = (unit, ends)
        continue
      }
      let compound = compound(left, unit, &adjacencies)
      // ---- The edges around, with the compound in place of its parts ----
      adjacencies.pairs.add(-occurrences, to: pairIndex)
      if !leftEnds.isSingle || !ends.isSingle {
        adjacencies.subtractBigram(occurrences, left, unit)
      }
      if write - 1 > first {
        replace(
          left, leftEnds, by: compound, after: words.unit(write - 2).unit, (occurrences, word),
          &adjacencies)
      }
      if !isLast {
        replace(
          unit, ends, by: compound, before: words.unit(read).unit, (occurrences, word),
          &adjacencies)
      }
      // ---- The pairs inside ----
      adjacencies.types.add(-occurrences, to: left)
      adjacencies.types.add(-occurrences, to: unit)
      adjacencies.types.add(occurrences, to: compound)
      movePairs(left, unit, occurrences, &adjacencies)
      words.setUnit(compound, write - 1)
      left = compound
      leftEnds = adjacencies.types.ends(compound)
    }
    if write < read { words.setLast(write - 1) }
  }

  private func meets(
    _ left: UInt32, _ leftEnds: UnitTypes.Ends, _ right: UInt32, _ rightEnds: UnitTypes.Ends,
    _ adjacencies: borrowing Adjacencies
  ) -> Bool {
    guard rightEnds.head == pair.right, leftEnds.tail == pair.left else { return false }
    return !concatenates
      || adjacencies.types.startsRun(right) && adjacencies.types.endsInOddRun(left)
  }

  /// Counts the edge of `previous` and `unit` as one of `previous` and `compound`.
  private mutating func replace(
    _ unit: UInt32, _ ends: UnitTypes.Ends, by compound: UInt32, after previous: UInt32,
    _ occurrence: (count: Int64, word: UInt32), _ adjacencies: inout Adjacencies
  ) {
    let previousEnds = adjacencies.types.ends(previous)
    if !previousEnds.isSingle || !ends.isSingle {
      adjacencies.subtractBigram(occurrence.count, previous, unit)
    }
    // The head of a unit of several tokens is that of the compound, and the pair stays.
    if ends.isSingle && !concatenates {
      let neighbour = before.add(previousEnds.tail, occurrence.count)
      if previousEnds.isSingle && adjacencies.types.ends(compound).isSingle {
        return before.addWord(occurrence.word, neighbour)
      }
    }
    adjacencies.addBigram(occurrence.count, previous, compound, inWord: occurrence.word)
  }

  /// Counts the edge of `unit` and `next` as one of `compound` and `next`.
  private mutating func replace(
    _ unit: UInt32, _ ends: UnitTypes.Ends, by compound: UInt32, before next: UInt32,
    _ occurrence: (count: Int64, word: UInt32), _ adjacencies: inout Adjacencies
  ) {
    let nextEnds = adjacencies.types.ends(next)
    if !ends.isSingle || !nextEnds.isSingle {
      adjacencies.subtractBigram(occurrence.count, unit, next)
    }
    // The tail of a unit of several tokens is that of the compound, and the pair stays.
    if ends.isSingle && !concatenates {
      let neighbour = after.add(nextEnds.head, occurrence.count)
      if nextEnds.isSingle && adjacencies.types.ends(compound).isSingle {
        return after.addWord(occurrence.word, neighbour)
      }
    }
    adjacencies.addBigram(occurrence.count, compound, next, inWord: occurrence.word)
  }

  /// The unit that `left` and `right` become.
  private mutating func compound(
    _ left: UInt32, _ right: UInt32, _ adjacencies: inout Adjacencies
  ) -> UInt32 {
    if adjacencies.types.ends(left).isSingle && adjacencies.types.ends(right).isSingle {
      if mergedUnit == UnitBigrams.none {
        mergedUnit = adjacencies.single(merged) ?? adjacencies.makeUnit([merged])
      }
      return mergedUnit
    }
    let bigram = adjacencies.bigrams.find(left, right)
    guard let bigram else { preconditionFailure("two neighbours without a bigram") }
    let known = adjacencies.bigrams[bigram].compound
    if known != UnitBigrams.none { return known }
    var tokens = adjacencies.types.tokens(of: left)
    let rightTokens = adjacencies.types.tokens(of: right)
    if concatenates {
      tokens += rightTokens
    } else {
      tokens[tokens.count - 1] = merged
      tokens += rightTokens.dropFirst()
    }
    let made = adjacencies.makeUnit(tokens)
    adjacencies.bigrams[bigram].compound = made
    return made
  }

  /// Counts the pairs that the merged edge changes inside of what was `left` and `right`.
  private func movePairs(
    _ left: UInt32, _ right: UInt32, _ occurrences: Int64, _ adjacencies: inout Adjacencies
  ) {
    let (leftEnds, rightEnds) = (adjacencies.types.ends(left), adjacencies.types.ends(right))
    if leftEnds.isSingle && rightEnds.isSingle { return }
    if concatenates {
      adjacencies.count(occurrences, pair)
      return
    }
    if !leftEnds.isSingle {
      let before = adjacencies.types.token(left, adjacencies.types.tokenCount(left) - 2)
      adjacencies.count(-occurrences, TokenPair(before, pair.left))
      adjacencies.count(occurrences, TokenPair(before, merged))
    }
    if !rightEnds.isSingle {
      let after = adjacencies.types.token(right, 1)
      adjacencies.count(-occurrences, TokenPair(pair.right, after))
      adjacencies.count(occurrences, TokenPair(merged, after))
    }
  }

  // MARK: A token beside itself

  /// Joins units in which a run of the token of the pair goes on from the one before, so that the run
  /// is merged from its left end.
  ///
  /// In x | x x, the first two are merged, not the last two: units may only be merged for themselves
  /// where no run that they begin with began before them.
  private mutating func joinRuns(
    _ index: Int, _ adjacencies: inout Adjacencies, _ words: inout WordList
  ) {
    concatenates = true
    defer { concatenates = false }
    repeat {
      units.removeAll()
      adjacencies.pairs.takeUnits(index, into: &units)
      touched.removeAll()
      for place in 0..<units.count {
        adjacencies.pairs.addUnit(units[place], to: index)
        guard adjacencies.types.occurrences(units[place]) > 0,
          adjacencies.types.startsRun(units[place])
        else { continue }
        var next = adjacencies.types.asRight[Int(units[place])].first
        while next != UnitBigrams.none {
          let bigram = adjacencies.bigrams[next]
          let (left, right) = (bigram.left, bigram.right)
          let (leftEnds, rightEnds) = (adjacencies.types.ends(left), adjacencies.types.ends(right))
          if bigram.count != 0, meets(left, leftEnds, right, rightEnds, adjacencies) {
            adjacencies.takeWords(ofBigram: next, into: &touched)
          }
          next = bigram.nextOfRight
        }
      }
      for place in 0..<touched.count { merge(touched[place], &adjacencies, &words) }
    } while !touched.isEmpty
  }
}
