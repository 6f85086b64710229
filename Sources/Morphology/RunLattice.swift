// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The words that could stand at each place of one Hangul run, and the cheapest way to each of them.
///
/// What ``Lattice`` does, for short texts: its ways are compared by one number, the cost and behind it
/// the word's number, so that of equal ones the word added last wins, as there.
@safe
struct RunLattice: ~Copyable, Sendable {
  /// A word at its place, on the cheapest way to it.
  struct Node: BitwiseCopyable {
    /// The cost of the way, this word included: below 2^29 in a run of 4096 words.
    var cost: Int32
    /// The word before, and the next one of those that end at the same place.
    var previous: Int32
    var next: Int32
    var entry: UInt32
    var start: UInt16
    var end: UInt16
    var ending: UInt16

    static let none = Node(
      cost: 0, previous: -1, next: -1, entry: 0, start: 0, end: 0, ending: 0)
  }

  /// The cheapest word of its class that ends at the place in question.
  private struct Arrival: BitwiseCopyable {
    /// The cost, and below it the complement of the word's number.
    var rank: Int64
    var ending: Int
  }

  /// What is known of a class at the place that `visit` numbers: of endings the number of the arrival, of
  /// beginnings the rank of the best way.
  private struct Known: BitwiseCopyable {
    var rank: Int64 = 0
    var visit: UInt32 = 0
  }

  private static let none: Int32 = -1

  // Invariant: node numbers in `heads`, `next` and `previous` are below `nodeCount` or -1, and that is at
  // most `nodes.count`; `endings` and `beginnings` have a place for each class of `connections`, which
  // all entries' classes are below; `arrivals` has room for one of each class of endings.
  private let connections: ConnectionCosts
  private var nodes = GrowableBuffer<Node>()
  /// The nodes of the run; behind them stand those of runs before.
  private var nodeCount = 0
  /// For each place of the run, and its end, the last added word that ends there.
  private var heads = GrowableBuffer<Int32>()
  private var arrivals = GrowableBuffer<Arrival>()
  private var arrivalCount = 0
  private var endings = GrowableBuffer<Known>()
  private var beginnings = GrowableBuffer<Known>()
  /// The number of the place in question: places of all runs are numbered from 1, so that nothing needs
  /// to be cleared between them.
  private var visit: UInt32 = 0

  init(_ connections: ConnectionCosts) {
    self.connections = connections
    endings.append(repeating: Known(), count: connections.endingCount)
    beginnings.append(repeating: Known(), count: connections.beginningCount)
    arrivals.append(repeating: Arrival(rank: 0, ending: 0), count: connections.endingCount)
  }

  /// Begins a run of `count` syllables, behind something that ends like `ending`.
  mutating func begin(count: Int, ending: UInt16) {
    heads.removeAll()
    heads.append(0)
    for _ in 0..<count { heads.append(Self.none) }
    nodeCount = 0
    reserve(1)
    nodes[0] = Node.none
    nodes[0].ending = ending
    nodeCount = 1
  }

  /// Whether a word ends at `place`.
  @inline(__always)
  func isReached(_ place: Int) -> Bool { heads[place] != Self.none }

  /// Finds the cheapest word of each class that ends at `place`, which is then the place in question.
  @inline(__always)
  mutating func arrive(at place: Int) {
    if visit == .max { forgetVisits() }
    visit &+= 1
    var index = heads[place]
    var count = 0
    // Safe: see the invariant; no two arrivals are of one class.
    let (nodes, arrivals, endings) = unsafe (nodes.elements, arrivals.elements, endings.elements)
    while index != Self.none {
      let node = unsafe nodes[Int(index)]
      let rank = Int64(node.cost) &<< 32 | Int64(~UInt32(bitPattern: index))
      let known = unsafe endings + Int(node.ending)
      if unsafe known.pointee.visit != visit {
        unsafe known.pointee = Known(rank: Int64(count), visit: visit)
        unsafe arrivals[count] = Arrival(rank: rank, ending: Int(node.ending))
        count &+= 1
      } else {
        let other = unsafe arrivals + Int(known.pointee.rank)
        unsafe other.pointee.rank = min(other.pointee.rank, rank)
      }
      index = node.next
    }
    arrivalCount = count
  }

  private mutating func forgetVisits() {
    for index in 0..<endings.count { endings[index].visit = 0 }
    for index in 0..<beginnings.count { beginnings[index].visit = 0 }
    visit = 0
  }

  /// The rank of the cheapest way to words of the class `beginning` at the place in question.
  @inline(__always)
  private mutating func choose(_ beginning: UInt16) -> Int64 {
    // Safe: see the invariant.
    let known = unsafe beginnings.elements + Int(beginning)
    if unsafe known.pointee.visit == visit { return unsafe known.pointee.rank }
    let row = connections.row(of: beginning)
    let arrivals = unsafe arrivals.elements
    var best = Int64.max
    for index in 0..<arrivalCount {
      let arrival = unsafe arrivals[index]
      let cost = unsafe row[UInt16(truncatingIfNeeded: arrival.ending)]
      best = min(best, arrival.rank &+ Int64(cost) &<< 32)
    }
    unsafe known.pointee = Known(rank: best, visit: visit)
    return best
  }

  /// Makes room for `count` more words.
  @inline(__always)
  private mutating func reserve(_ count: Int) {
    if nodeCount &+ count > nodes.count {
      nodes.append(repeating: Node.none, count: max(count, nodes.count, 256))
    }
  }

  /// Adds the words `numbers` of `model`, from the place in question to `end`, the last first.
  ///
  /// Each costs what its tag costs behind a space if `isBehindSpace`.
  @inline(__always)
  mutating func add(
    _ numbers: Range<UInt32>, of model: borrowing EojeolModel, isBehindSpace: Bool,
    from start: Int, to end: Int
  ) {
    reserve(numbers.count)
    // Safe: there is room.
    let nodes = unsafe nodes.elements
    var head = heads[end]
    var count = nodeCount
    var number = numbers.upperBound
    while number > numbers.lowerBound {
      number &-= 1
      let entry = model.entry(number)
      let best = choose(entry.word.beginning)
      let cost = Int32(truncatingIfNeeded: best &>> 32) &+ Int32(entry.word.cost)
      unsafe nodes[count] = Node(
        cost: isBehindSpace ? cost &+ model.penalties[entry.tag] : cost,
        previous: Int32(bitPattern: ~UInt32(truncatingIfNeeded: best)), next: head, entry: number,
        start: UInt16(truncatingIfNeeded: start), end: UInt16(truncatingIfNeeded: end),
        ending: entry.word.ending)
      head = Int32(truncatingIfNeeded: count)
      count &+= 1
    }
    heads[end] = head
    nodeCount = count
  }

  /// Calls `body` with each word of the cheapest way to the end of the run, behind which stands something
  /// that begins like `beginning`, from the last to the first.
  @inline(__always)
  mutating func forEachWordBackward(before beginning: UInt16, _ body: (Node) -> Void) {
    let place = heads.count &- 1
    guard isReached(place) else { return }
    arrive(at: place)
    var index = Int(~UInt32(truncatingIfNeeded: choose(beginning)))
    while index > 0 {
      let node = nodes[index]
      body(node)
      index = Int(node.previous)
    }
  }
}
