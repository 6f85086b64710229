// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The classes of a connection matrix numbered anew.
///
/// Classes that no cost tells apart are one: of mecab-ko-dic's matrix a third is left. Those of words that
/// stand in many texts come first, so that the costs that are looked up most lie together (as in Vibrato).
struct ConnectionClasses {
  /// For each class of the matrix its number.
  let endings: [UInt16]
  let beginnings: [UInt16]
  /// The costs of the classes by these numbers.
  let costs: ConnectionCosts

  /// The classes of `matrix`, the classes of most words of one syllable in `words` first: those stand
  /// nearly everywhere, and nobody knows the text yet.
  ///
  /// - Complexity: O(costs), some 30 ms for mecab-ko-dic.
  init(_ matrix: ConnectionCosts, _ words: Lexicon) {
    var uses = (
      endings: [Int](repeating: 0, count: matrix.endingCount),
      beginnings: [Int](repeating: 0, count: matrix.beginningCount)
    )
    words.forEachSyllable { entries in
      for number in entries.first..<entries.first + entries.count {
        let entry = words.entry(number)
        uses.endings[Int(entry.ending)] += 1
        uses.beginnings[Int(entry.beginning)] += 1
      }
    }
    let equals = EqualClasses(matrix)
    let (endings, firstEndings) = numbers(equals.endings, uses.endings)
    let (beginnings, firstBeginnings) = numbers(equals.beginnings, uses.beginnings)
    (self.endings, self.beginnings) = (endings, beginnings)
    costs = ConnectionCosts(matrix, endings: firstEndings, beginnings: firstBeginnings)
  }
}

/// For each class the number of its group, the most used first, and for each group its first class.
private func numbers(_ firsts: [Int], _ uses: [Int]) -> (numbers: [UInt16], groups: [Int]) {
  var sums = [Int](repeating: 0, count: firsts.count)
  for (member, first) in firsts.enumerated() { sums[first] += uses[member] }
  let groups = firsts.indices.filter { firsts[$0] == $0 }
    .sorted { sums[$0] != sums[$1] ? sums[$0] > sums[$1] : $0 < $1 }
  var numbers = [UInt16](repeating: 0, count: firsts.count)
  for (number, first) in groups.enumerated() { numbers[first] = UInt16(number) }
  for (member, first) in firsts.enumerated() { numbers[member] = numbers[first] }
  return (numbers, groups)
}

/// For each class of a matrix the first one that has the same costs, itself if there is none before it.
private struct EqualClasses {
  var endings: [Int]
  var beginnings: [Int]

  init(_ matrix: ConnectionCosts) {
    // ---- Sums of all costs, each times a number of its place, tell which might be equal ----
    let factors = (0..<max(matrix.endingCount, matrix.beginningCount)).map {
      mixed(UInt64($0) + 1, 0x9E37_79B9_7F4A_7C15) | 1
    }
    var endingSums = [UInt64](repeating: 0, count: matrix.endingCount)
    var beginningSums = [UInt64](repeating: 0, count: matrix.beginningCount)
    for beginning in 0..<matrix.beginningCount {
      let row = matrix.costs(of: beginning)
      var sum: UInt64 = 0
      for ending in row.indices {
        let cost = UInt64(truncatingIfNeeded: row[ending])
        sum &+= cost &* factors[ending]
        endingSums[ending] &+= cost &* factors[beginning]
      }
      beginningSums[beginning] = sum
    }
    endings = Self.firsts(endingSums)
    beginnings = Self.firsts(beginningSums)
    // ---- The costs tell which are: what differs from its first stays alone ----
    let merged = endings.indices.filter { endings[$0] != $0 }
    for beginning in 0..<matrix.beginningCount {
      let row = matrix.costs(of: beginning)
      if beginnings[beginning] != beginning {
        let first = matrix.costs(of: beginnings[beginning])
        if row.indices.allSatisfy({ row[$0] == first[$0] }) { continue }
        beginnings[beginning] = beginning
      }
      for ending in merged where row[ending] != row[endings[ending]] { endings[ending] = ending }
    }
  }

  private static func firsts(_ sums: [UInt64]) -> [Int] {
    var first: [UInt64: Int] = [:]
    return sums.enumerated().map { index, sum in
      if let known = first[sum] { return known }
      first[sum] = index
      return index
    }
  }
}
