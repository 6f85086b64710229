// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The words that could stand at each place of a text, and the cheapest way to each of them.
///
/// Viterbi's search as MeCab does it, equal costs included: of ways that cost the same, the one whose
/// last word was added last wins. What MeCab computes for every pair of words is computed once for every
/// pair of classes: of the words that end at a place, only the cheapest of each class can be on the
/// way, and words of one class that begin there have the same one before them. In short texts, where
/// there are two or three words to a place, telling classes apart costs more than it saves.
@safe
struct Lattice: ~Copyable, Sendable {
  /// A word at its place, on the cheapest way to it.
  struct Node: BitwiseCopyable {
    /// The cost of the way, this word included: 36 bits are enough for 65,535 words.
    var cost: Int64
    /// The word before, and the next one of those that end at the same place.
    var previous: Int32
    var next: Int32
    var entry: UInt32
    var end: UInt16
    var ending: UInt16

    static let none = Node(cost: 0, previous: -1, next: -1, entry: 0, end: 0, ending: 0)
  }

  /// What costs a word has beside that of its connection, and its classes.
  struct Word {
    var beginning: UInt16
    var ending: UInt16
    var cost: Int32
  }

  /// Ways are compared by one number: their cost, and below it the complement of their last word's
  /// number.
  struct Rank: BitwiseCopyable {
    var bits: Int64

    static let worst = Rank(bits: .max)
    private static let nodeBits: Int64 = 28
    private static let mask: Int64 = 1 << nodeBits - 1

    @inline(__always)
    init(bits: Int64) { self.bits = bits }

    @inline(__always)
    init(cost: Int64, node: Int32) {
      bits = cost &<< Self.nodeBits | Int64(~node) & Self.mask
    }

    /// The rank of the way that goes on at `cost`.
    @inline(__always)
    func adding(_ cost: Int) -> Rank { Rank(bits: bits &+ Int64(cost) &<< Self.nodeBits) }
    @inline(__always)
    func better(_ other: Rank) -> Rank { Rank(bits: min(bits, other.bits)) }
    @inline(__always)
    var cost: Int64 { bits &>> Self.nodeBits }
    @inline(__always)
    var node: Int32 { Int32(truncatingIfNeeded: ~bits & Self.mask) }
  }

  /// The cheapest word of its class that ends at the place in question.
  // Not private: unoptimised, Swift 6.3.1 makes a broken module of that.
  struct Arrival: BitwiseCopyable {
    var rank: Rank
    var ending: Int
  }

  /// What is known of a class at the place that `visit` numbers: of endings the number of the arrival, of
  /// beginnings the rank of the best way.
  // Not private: unoptimised, Swift 6.3.1 makes a broken module of that.
  struct Known: BitwiseCopyable {
    var number: Int64 = 0
    var visit: UInt32 = 0
  }

  private static let none: Int32 = -1

  // Invariant: node numbers in `heads`, `next` and `previous` are below `nodeCount` or -1, and that is at
  // most `nodes.count`; `endings` and `beginnings` have a place for each class of `connections`, which
  // all entries' classes are below; `arrivals` has room for one of each class of endings, or for each
  // node if classes are not merged.
  private let connections: ConnectionCosts
  private let mergesClasses: Bool
  private var nodes = GrowableBuffer<Node>()
  /// The nodes of the text; behind them stand those of texts before.
  private var nodeCount = 0
  /// For each place of the text, and its end, the last added word that ends there.
  private var heads = GrowableBuffer<Int32>()
  private var arrivals = GrowableBuffer<Arrival>()
  private var arrivalCount = 0
  private var endings = GrowableBuffer<Known>()
  private var beginnings = GrowableBuffer<Known>()
  /// The number of the place in question: places of all texts are numbered from 1, so that nothing needs
  /// to be cleared between them.
  private var visit: UInt32 = 0

  /// A lattice for long texts, or for short ones, where it does not merge the words of a class.
  init(_ connections: ConnectionCosts, mergesClasses: Bool) {
    self.connections = connections
    self.mergesClasses = mergesClasses
    endings.append(repeating: Known(), count: connections.endingCount)
    beginnings.append(repeating: Known(), count: connections.beginningCount)
    arrivals.append(
      repeating: Arrival(rank: .worst, ending: 0), count: connections.endingCount)
  }

  /// Begins a text of `placeCount` bytes or syllables, at most 65,535, behind something that ends like
  /// `ending`.
  mutating func begin(placeCount: Int, ending: UInt16) {
    heads.removeAll()
    heads.append(repeating: Self.none, count: placeCount &+ 1)
    heads[0] = 0
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
    if !mergesClasses, arrivals.count < nodeCount {
      arrivals.append(repeating: Arrival(rank: .worst, ending: 0), count: nodeCount)
    }
    if visit == .max { forgetVisits() }
    visit &+= 1
    var index = heads[place]
    var count = 0
    // Safe: see the invariant; no two arrivals are of one class, or of one node.
    let (nodes, arrivals, endings) = unsafe (nodes.elements, arrivals.elements, endings.elements)
    while index != Self.none {
      let node = unsafe nodes[Int(index)]
      let rank = Rank(cost: node.cost, node: index)
      let known = unsafe endings + Int(node.ending)
      if !mergesClasses {
        unsafe arrivals[count] = Arrival(rank: rank, ending: Int(node.ending))
        count &+= 1
      } else if unsafe known.pointee.visit != visit {
        unsafe known.pointee = Known(number: Int64(count), visit: visit)
        unsafe arrivals[count] = Arrival(rank: rank, ending: Int(node.ending))
        count &+= 1
      } else {
        let other = unsafe arrivals + Int(known.pointee.number)
        unsafe other.pointee.rank = other.pointee.rank.better(rank)
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
  private mutating func choose(_ beginning: UInt16) -> Rank {
    // Safe: see the invariant.
    let known = unsafe beginnings.elements + Int(beginning)
    if mergesClasses, unsafe known.pointee.visit == visit {
      return unsafe Rank(bits: known.pointee.number)
    }
    let row = connections.row(of: beginning)
    let arrivals = unsafe arrivals.elements
    var best = Rank.worst
    for index in 0..<arrivalCount {
      let arrival = unsafe arrivals[index]
      best = unsafe best.better(
        arrival.rank.adding(row[UInt16(truncatingIfNeeded: arrival.ending)]))
    }
    if mergesClasses { unsafe known.pointee = Known(number: best.bits, visit: visit) }
    return best
  }

  /// Makes room for `count` more words.
  @inline(__always)
  private mutating func reserve(_ count: Int) {
    if nodeCount &+ count > nodes.count {
      nodes.append(repeating: Node.none, count: max(count, nodes.count, 256))
    }
  }

  /// Adds the words of the entries `numbers`, from the place in question, or spaces behind it, to `end`:
  /// the last first.
  @inline(__always)
  mutating func add(_ numbers: Range<UInt32>, to end: Int, _ word: (UInt32) -> Word) {
    reserve(numbers.count)
    // Safe: there is room.
    let nodes = unsafe nodes.elements
    var head = heads[end]
    var count = nodeCount
    var number = numbers.upperBound
    while number > numbers.lowerBound {
      number &-= 1
      let word = word(number)
      let best = choose(word.beginning)
      unsafe nodes[count] = Node(
        cost: best.cost &+ Int64(word.cost), previous: best.node, next: head, entry: number,
        end: UInt16(truncatingIfNeeded: end), ending: word.ending)
      head = Int32(truncatingIfNeeded: count)
      count &+= 1
    }
    heads[end] = head
    nodeCount = count
  }

  /// Calls `body` with each word of the cheapest way to the end of the text, behind which stands something
  /// that begins like `beginning`, from the last to the first, and with the end of the word before it.
  @inline(__always)
  mutating func forEachWordBackward(before beginning: UInt16, _ body: (Node, Int) -> Void) {
    var place = heads.count &- 1
    // Spaces at the end belong to no word.
    while place > 0, !isReached(place) { place &-= 1 }
    arrive(at: place)
    var index = Int(choose(beginning).node)
    while index > 0 {
      let node = nodes[index]
      index = Int(node.previous)
      body(node, Int(nodes[index].end))
    }
  }
}
