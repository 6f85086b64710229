// SPDX-License-Identifier: Apache-2.0

/// The classes of words as an ``EojeolModel`` numbers them, and the costs between them.
///
/// Only those that its words have; ones that no cost tells apart are one; the most used come first, so
/// that the costs that are looked up most lie together (as in Vibrato).
struct MergedClasses {
  /// For each class of the dictionary its number in the model.
  private(set) var endings: [UInt16: UInt16] = [:]
  private(set) var beginnings: [UInt16: UInt16] = [:]
  private(set) var endingCount = 0
  private(set) var beginningCount = 0
  /// For each beginning the costs behind each ending.
  private(set) var costs: [Int16] = []

  /// The classes of what stands before a run, without and with a space, come first, and that of what
  /// stands behind one.
  private static let outerEndings = 2
  private static let outerBeginnings = 1

  init(
    _ connections: ConnectionCosts, _ statistics: borrowing RunStatistics, _ words: HangulWords
  ) {
    var uses = ClassUses()
    for entry in words.unknown { uses.add(entry) }
    for word in words.words { for entry in word.entries { uses.add(entry) } }
    let before = statistics.before.map { MeanCosts(connections, endings: $0) }
    let behind = MeanCosts(connections, beginnings: statistics.behind)
    let endings = uses.endings.keys.sorted()
    // ---- What cannot be told apart ----
    let groupedBeginnings = groups(uses.beginnings) { beginning in
      endings.map { Int16(connections.cost(Int($0), Int(beginning))) }
        + before.map { $0.costs[Int(beginning)] }
    }
    let groupedEndings = groups(uses.endings) { ending in
      groupedBeginnings.map { Int16(connections.cost(Int(ending), Int($0[0]))) }
        + [behind.costs[Int(ending)]]
    }
    self.beginnings = Self.numbers(groupedBeginnings, from: Self.outerBeginnings)
    self.endings = Self.numbers(groupedEndings, from: Self.outerEndings)
    // ---- The costs ----
    endingCount = groupedEndings.count + Self.outerEndings
    beginningCount = groupedBeginnings.count + Self.outerBeginnings
    costs += [0, 0] + groupedEndings.map { behind.costs[Int($0[0])] }
    for group in groupedBeginnings {
      let beginning = Int(group[0])
      costs += before.map { $0.costs[beginning] }
      costs += groupedEndings.map { Int16(connections.cost(Int($0[0]), beginning)) }
    }
  }

  private static func numbers(_ groups: [[UInt16]], from first: Int) -> [UInt16: UInt16] {
    var numbers: [UInt16: UInt16] = [:]
    for (index, group) in groups.enumerated() {
      for member in group { numbers[member] = UInt16(index + first) }
    }
    return numbers
  }
}

/// The members of `uses` in groups of one key each, the most used group first.
private func groups(_ uses: [UInt16: Int], _ key: (UInt16) -> [Int16]) -> [[UInt16]] {
  var numbers: [[Int16]: Int] = [:]
  var groups: [(members: [UInt16], uses: Int)] = []
  for member in uses.keys.sorted() {
    let key = key(member)
    let number = numbers[key] ?? groups.count
    if number == groups.count {
      numbers[key] = number
      groups.append(([], 0))
    }
    groups[number].members.append(member)
    groups[number].uses += uses[member] ?? 0
  }
  return groups.sorted { $0.uses != $1.uses ? $0.uses > $1.uses : $0.members[0] < $1.members[0] }
    .map(\.members)
}

/// How often words of each class were used.
private struct ClassUses {
  var endings: [UInt16: Int] = [:]
  var beginnings: [UInt16: Int] = [:]

  mutating func add(_ entry: HangulEntry) {
    endings[entry.word.ending, default: 0] += entry.uses
    beginnings[entry.word.beginning, default: 0] += entry.uses
  }
}

/// For each class what it costs on average beside what stands around runs.
private struct MeanCosts {
  private(set) var costs: [Int16] = []

  /// For each beginning, behind endings of which `endings` tells how often each stood there.
  init(_ connections: ConnectionCosts, endings: [Int]) {
    let counted = MeanCosts.counted(endings)
    for beginning in 0..<connections.beginningCount {
      costs.append(MeanCosts.mean(counted) { connections.cost($0, beginning) })
    }
  }

  /// For each ending, before beginnings of which `beginnings` tells how often each stood there.
  init(_ connections: ConnectionCosts, beginnings: [Int]) {
    let counted = MeanCosts.counted(beginnings)
    for ending in 0..<connections.endingCount {
      costs.append(MeanCosts.mean(counted) { connections.cost(ending, $0) })
    }
  }

  /// The classes that were counted; that of a sentence's ends where none was.
  private static func counted(_ counts: [Int]) -> [(index: Int, count: Int)] {
    let counted = counts.enumerated().filter { $0.element > 0 }.map { ($0.offset, $0.element) }
    return counted.isEmpty ? [(0, 1)] : counted
  }

  private static func mean(
    _ counted: [(index: Int, count: Int)], _ cost: (Int) -> Int
  ) -> Int16 {
    var (sum, total) = (0, 0)
    for (index, count) in counted {
      sum += count * cost(index)
      total += count
    }
    // Rounded to the nearest, halves up; a mean of numbers of 16 bits is one.
    let twice = 2 * sum + total
    return Int16(twice >= 0 ? twice / (2 * total) : -((2 * total - 1 - twice) / (2 * total)))
  }
}
