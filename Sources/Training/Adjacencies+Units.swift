// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenModels

extension Adjacencies {
  // MARK: Merges inside units

  /// Joins `pair` inside the unit type `unit`, from left to right.
  mutating func merge(_ pair: TokenPair, _ merged: TokenID, inside unit: UInt32) {
    let occurrences = types.occurrences(unit)
    if occurrences == 0 { return }
    let count = types.tokenCount(unit)
    let before = types.ends(unit)
    var read = 0
    var write = 0
    while read < count {
      let token = types.token(unit, read)
      guard token == pair.left, read + 1 < count, types.token(unit, read + 1) == pair.right else {
        types.setToken(token, unit, write)
        write += 1
        read += 1
        continue
      }
      pairs.add(-occurrences, to: pairs.index(of: pair))
      if write > 0 {
        let left = types.token(unit, write - 1)
        pairs.add(-occurrences, to: pairs.index(of: TokenPair(left, pair.left)))
        addInside(occurrences, TokenPair(left, merged), unit)
      }
      types.setToken(merged, unit, write)
      write += 1
      read += 2
      if read < count {
        let right = types.token(unit, read)
        pairs.add(-occurrences, to: pairs.index(of: TokenPair(pair.right, right)))
        addInside(occurrences, TokenPair(merged, right), unit)
      }
    }
    if write == count { return }
    types.shorten(unit, to: write)
    moveEdges(of: unit, from: before)
  }

  mutating func addInside(_ occurrences: Int64, _ pair: TokenPair, _ unit: UInt32) {
    let index = pairs.index(of: pair)
    pairs.add(occurrences, to: index)
    pairs.addUnit(unit, to: index)
  }

  /// Counts the pairs at the edges of `unit` anew after its ends were `before`.
  private mutating func moveEdges(of unit: UInt32, from before: UnitTypes.Ends) {
    let ends = types.ends(unit)
    if ends.tail != before.tail {
      var index = types.asLeft[Int(unit)].first
      while index != UnitBigrams.none {
        let bigram = bigrams[index]
        if bigram.count != 0 {
          let head = bigram.right == unit ? before.head : types.ends(bigram.right).head
          edgesAfter.add(head, bigram.count)
        }
        index = bigram.nextOfLeft
      }
      edgesAfter.apply(before.tail, ends.tail, to: &pairs)
    }
    // The bigram of the unit with itself is counted with its new tail by now.
    if ends.head != before.head {
      var index = types.asRight[Int(unit)].first
      while index != UnitBigrams.none {
        let bigram = bigrams[index]
        if bigram.count != 0 {
          edgesBefore.add(types.ends(bigram.left).tail, bigram.count)
        }
        index = bigram.nextOfRight
      }
      edgesBefore.apply(before.head, ends.head, to: &pairs)
    }
    if ends.isSingle {
      enterEnds(unit)
      becomeSingle(unit)
    } else {
      if ends.head != before.head { noteHead(unit) }
      if ends.tail != before.tail { noteTail(unit) }
    }
  }

  /// Hands the words of the bigrams of `unit`, which is one token now, with units of one token over to
  /// the pairs of these tokens.
  private mutating func becomeSingle(_ unit: UInt32) {
    let token = types.ends(unit).head
    var index = types.asLeft[Int(unit)].first
    types.asLeft[Int(unit)] = UnitTypes.Chain()
    while index != UnitBigrams.none {
      let next = bigrams[index].nextOfLeft
      let ends = types.ends(bigrams[index].right)
      if bigrams[index].count != 0 {
        if ends.isSingle {
          handOver(index, TokenPair(token, ends.head))
        } else {
          bigrams[index].nextOfLeft = types.asLeft[Int(unit)].first
          types.asLeft[Int(unit)].first = index
          types.asLeft[Int(unit)].length += 1
        }
      }
      index = next
    }
    index = types.asRight[Int(unit)].first
    types.asRight[Int(unit)] = UnitTypes.Chain()
    while index != UnitBigrams.none {
      let next = bigrams[index].nextOfRight
      let ends = types.ends(bigrams[index].left)
      if bigrams[index].count != 0 {
        if ends.isSingle {
          handOver(index, TokenPair(ends.tail, token))
        } else {
          bigrams[index].nextOfRight = types.asRight[Int(unit)].first
          types.asRight[Int(unit)].first = index
          types.asRight[Int(unit)].length += 1
        }
      }
      index = next
    }
  }

  private mutating func handOver(_ index: UInt32, _ pair: TokenPair) {
    pairs.setWords(bigrams[index].words, of: pairs.index(of: pair))
    bigrams[index].words = .empty
    bigrams[index].count = 0
  }
}
