// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The words that could stand at each place of a text, and the cheapest way to each of them.
///
/// Viterbi's search as MeCab does it, equal costs included: of ways that cost the same, the one whose
/// last word was found last wins. What MeCab computes for every pair of words is computed once for every
/// pair of classes: of the words that end at a place, only the cheapest of each class can be on the
/// way, and words of one class that begin there have the same one before them.
struct Lattice: ~Copyable, Sendable {
  /// A word at its place, on the cheapest way to it.
  struct Node: BitwiseCopyable {
    /// The cost of the way, this word included.
    var cost: Int
    /// The word before, and the next one of those that end at the same place.
    var previous: Int32
    var next: Int32
    /// Where the word begins and ends in the text; a space before it lies between `end` of the word before
    /// and `start`.
    var start: UInt32
    var end: UInt32
    var entry: UInt32
    var ending: UInt16
    var isUnknown: Bool
  }

  /// The cheapest word of its class that ends at the place in question.
  struct Arrival: BitwiseCopyable {
    var cost: Int
    var node: Int32
    var ending: UInt16
  }

  /// The best arrival of or before words of a class, at the place that `visit` numbers.
  struct Choice: BitwiseCopyable {
    var cost = 0
    var visit: UInt32 = 0
    var node: Int32 = 0
  }

  private static let none: Int32 = -1

  private(set) var nodes = GrowableBuffer<Node>()
  /// For each place of the text, and its end, the last found word that ends there.
  private var endings = GrowableBuffer<Int32>()
  private var arrivals = GrowableBuffer<Arrival>()
  private var choices = GrowableBuffer<Choice>()
  private var cheapest = GrowableBuffer<Choice>()
  /// The number of the place in question: places of all texts are numbered from 1, so that nothing needs
  /// to be cleared between them.
  private var visit: UInt32 = 0

  /// A lattice for words of the classes of `connections`.
  init(_ connections: ConnectionCosts) {
    choices.append(repeating: Choice(), count: connections.beginningCount)
    cheapest.append(repeating: Choice(), count: connections.endingCount)
  }

  /// Begins a text of `placeCount` bytes or characters, whose beginning ends like `ending`.
  mutating func begin(placeCount: Int, ending: UInt16) {
    nodes.removeAll()
    endings.removeAll()
    endings.append(repeating: Self.none, count: placeCount + 1)
    add(
      Node(
        cost: 0, previous: Self.none, next: Self.none, start: 0, end: 0, entry: 0, ending: ending,
        isUnknown: false))
  }

  /// Whether a word ends at `place`.
  func isReached(_ place: Int) -> Bool { endings[place] != Self.none }

  private mutating func add(_ node: Node) {
    var node = node
    let place = Int(node.end)
    node.next = endings[place]
    endings[place] = Int32(truncatingIfNeeded: nodes.count)
    nodes.append(node)
  }

  /// Finds the cheapest word of each class that ends at `place`, which is then the place in question.
  mutating func arrive(at place: Int) {
    nextVisit()
    arrivals.removeAll()
    var index = endings[place]
    while index != Self.none {
      let node = nodes[Int(index)]
      let known = cheapest[Int(node.ending)]
      // Of equal ones the first found here stays.
      if known.visit != visit || node.cost < known.cost {
        cheapest[Int(node.ending)] = Choice(cost: node.cost, visit: visit, node: index)
      }
      index = node.next
    }
    // In the order of the list, for that decides between equal ways.
    index = endings[place]
    while index != Self.none {
      let node = nodes[Int(index)]
      if cheapest[Int(node.ending)].node == index {
        arrivals.append(Arrival(cost: node.cost, node: index, ending: node.ending))
      }
      index = node.next
    }
  }

  private mutating func nextVisit() {
    if visit == .max {
      for index in 0..<choices.count { choices[index].visit = 0 }
      for index in 0..<cheapest.count { cheapest[index].visit = 0 }
      visit = 0
    }
    visit += 1
  }

  /// The cheapest way to words of the class `beginning` at the place in question, and what it costs.
  @inline(__always)
  private mutating func choose(
    _ beginning: UInt16, _ connections: borrowing ConnectionCosts
  ) -> Choice {
    let known = choices[Int(beginning)]
    if known.visit == visit { return known }
    let row = connections.row(of: beginning)
    var choice = Choice(cost: .max, visit: visit, node: Self.none)
    for index in 0..<arrivals.count {
      let arrival = arrivals[index]
      // Safe: classes were checked when the dictionary was opened.
      let cost = unsafe arrival.cost &+ row[arrival.ending]
      if cost < choice.cost { (choice.cost, choice.node) = (cost, arrival.node) }
    }
    choices[Int(beginning)] = choice
    return choice
  }

  /// Adds the word `number` at `range`, which begins at the place in question or behind spaces there.
  @inline(__always)
  mutating func add(
    beginning: UInt16, ending: UInt16, cost: Int32, number: UInt32, isUnknown: Bool,
    _ range: Range<Int>, _ connections: borrowing ConnectionCosts
  ) {
    let choice = choose(beginning, connections)
    add(
      Node(
        cost: choice.cost &+ Int(cost), previous: choice.node, next: Self.none,
        start: UInt32(truncatingIfNeeded: range.lowerBound),
        end: UInt32(truncatingIfNeeded: range.upperBound), entry: number, ending: ending,
        isUnknown: isUnknown))
  }

  /// The last word of the cheapest way to the end of the text, which begins like `beginning`; nil if
  /// there is none.
  mutating func last(_ beginning: UInt16, _ connections: borrowing ConnectionCosts) -> Int? {
    var place = endings.count - 1
    // Spaces at the end belong to no word.
    while place > 0, !isReached(place) { place -= 1 }
    arrive(at: place)
    let node = choose(beginning, connections).node
    return node > 0 ? Int(node) : nil
  }

  /// The number of words on the way to `node`.
  func wordCount(to node: Int) -> Int {
    var count = 0
    var node = node
    while node > 0 {
      count += 1
      node = Int(nodes[node].previous)
    }
    return count
  }
}
