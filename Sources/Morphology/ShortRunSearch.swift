// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The search of ``EojeolAnalyzer`` for runs that have a ``RunKey``, in tables of fixed size.
///
/// Nearly all runs are that short, and have some fourteen words that could stand in them: what a lattice of any
/// length does around each word takes longer than the word. Runs with unknown words, or with more words
/// than there is room for, are left to ``Lattice``; so are models whose unknown words stand beside known ones.
@safe
struct ShortRunSearch: ~Copyable, Sendable {
  // Internal: private ones do not link where the compiler specialises their buffers elsewhere.

  /// A word on its cheapest way.
  struct Node: BitwiseCopyable {
    var entry: UInt32
    var previous: UInt16
    var end: UInt16
  }

  /// A word that ends at a place.
  struct Arrival: BitwiseCopyable {
    var rank: Lattice.Rank
    var ending: UInt16
  }

  /// The entries of a word.
  struct Word: BitwiseCopyable {
    var first: UInt32
    var last: UInt32
  }

  private static let longest = RunKey.longest
  /// Words that may end at one place, and in all.
  private static let arrivalRoom = 32
  private static let nodeRoom = 256

  // Invariant: the buffers have `longest` elements, `words` as many for each, `arrivals` as many as
  // `arrivalRoom` for each and for the end, `counts` one for each and for the end, `nodes` `nodeRoom`. A
  // place is below `longest` or the end of the run; no more words are added than there is room for.
  private var syllables = GrowableBuffer<UInt16>()
  private var open = GrowableBuffer<UInt32>()
  private var words = GrowableBuffer<Word>()
  private var counts = GrowableBuffer<Int>()
  private var arrivals = GrowableBuffer<Arrival>()
  private var nodes = GrowableBuffer<Node>()

  init() {
    let longest = Self.longest
    syllables.append(repeating: 0, count: longest)
    open.append(repeating: 0, count: longest)
    words.append(repeating: Word(first: 0, last: 0), count: longest * longest)
    counts.append(repeating: 0, count: longest + 1)
    arrivals.append(
      repeating: Arrival(rank: .worst, ending: 0), count: (longest + 1) * Self.arrivalRoom)
    nodes.append(repeating: Node(entry: 0, previous: 0, end: 0), count: Self.nodeRoom)
  }

  /// Where the words of a run stand.
  private struct Found {
    /// For each place eight bits: for each length whether a word of it stands there.
    var lengths: UInt64 = 0
    /// The node of the whole run, 0 if no word begins so.
    var whole: UInt32 = 0
  }

  /// Appends the morphemes of `run`, which has a key, to `morphemes`; false if it must be left to a lattice.
  ///
  /// - Complexity: O(1).
  mutating func analyze(
    _ run: HangulRun, _ model: borrowing EojeolModel, to morphemes: inout GrowableBuffer<Morpheme>
  ) -> Bool {
    if model.unknownRule.isInvoked { return false }
    let found = findWords(run, model)
    let isBehindSpace = run.key.isBehindSpace
    if found.whole != 0, model.knownRun(found.whole, isBehindSpace: isBehindSpace) != nil {
      return false
    }
    guard let last = findWay(found.lengths, run.count, isBehindSpace, model) else { return false }
    // ---- Back along the way ----
    let first = morphemes.count
    var index = last
    while index > 0 {
      let node = nodes[index]
      index = Int(node.previous)
      morphemes.append(
        Morpheme(
          start: run.start &+ Int(nodes[index].end) &* Syllable.byteCount,
          end: run.start &+ Int(node.end) &* Syllable.byteCount, entry: node.entry,
          isUnknown: false))
    }
    reverse(&morphemes, from: first)
    return true
  }

  /// Finds the words at all places together, as ``RunWords`` does.
  @inline(__always)
  private mutating func findWords(_ run: HangulRun, _ model: borrowing EojeolModel) -> Found {
    let count = run.count
    var found = Found()
    // Safe: see the invariant.
    let (syllables, open, words) = unsafe (syllables.elements, open.elements, words.elements)
    var places: UInt32 = 0
    for place in 0..<count {
      let syllable = run.key.syllable(at: place)
      let node = model.node(of: syllable)
      unsafe syllables[place] = syllable
      unsafe open[place] = node
      places |= (node != 0 ? 1 : 0) &<< UInt32(place)
    }
    var length = 1
    while places != 0 {
      // ---- Words that end here, and the places that go on ----
      var going: UInt32 = 0
      while places != 0 {
        let place = places.trailingZeroBitCount
        places &= places &- 1
        let node = unsafe open[place]
        let (entries, steps) = model.entriesAndSteps(at: node)
        model.requestEntry(entries.lowerBound)
        let slot = place &* Self.longest &+ length &- 1
        unsafe words[slot] = Word(first: entries.lowerBound, last: entries.upperBound)
        found.lengths |= (entries.isEmpty ? 0 : 1) &<< UInt64(slot)
        let end = place &+ length
        if end < count {
          let step = unsafe steps &>> UInt32(syllables[end] & 31) & 1
          going |= step &<< UInt32(place)
        } else if place == 0 {
          found.whole = node
        }
      }
      // ---- Their next syllable ----
      while going != 0 {
        let place = going.trailingZeroBitCount
        going &= going &- 1
        let node = unsafe model.node(behind: open[place], syllables[place &+ length])
        unsafe open[place] = node
        places |= (node != 0 ? 1 : 0) &<< UInt32(place)
      }
      length &+= 1
    }
    return found
  }

  /// Finds the cheapest way through words of these `lengths` at each place; returns its last word, nil if
  /// there is none or no room.
  @inline(__always)
  private mutating func findWay(
    _ lengths: UInt64, _ count: Int, _ isBehindSpace: Bool, _ model: borrowing EojeolModel
  ) -> Int? {
    // Safe: see the invariant.
    let (counts, nodes, arrivals) = unsafe (counts.elements, nodes.elements, arrivals.elements)
    let words = unsafe words.elements
    for place in 1...count { unsafe counts[place] = 0 }
    unsafe counts[0] = 1
    unsafe arrivals[0] = Arrival(
      rank: Lattice.Rank(cost: 0, node: 0), ending: model.beginning(isBehindSpace: isBehindSpace))
    var nodeCount = 1
    for place in 0..<count {
      let arrivalCount = unsafe counts[place]
      if arrivalCount == 0 { continue }
      let here = unsafe arrivals + place &* Self.arrivalRoom
      var rest = UInt8(truncatingIfNeeded: lengths &>> UInt64(place &* Self.longest))
      // ---- Unknown words ----
      if rest == 0 { return nil }
      // ---- Words found last come first, as in MeCab's lists ----
      while rest != 0 {
        let length = 8 &- rest.leadingZeroBitCount
        rest ^= 1 &<< UInt8(length &- 1)
        let word = unsafe words[place &* Self.longest &+ length &- 1]
        let end = place &+ length
        var endCount = unsafe counts[end]
        let added = Int(word.last &- word.first)
        if endCount &+ added > Self.arrivalRoom || nodeCount &+ added > Self.nodeRoom { return nil }
        let there = unsafe arrivals + end &* Self.arrivalRoom
        var number = word.last
        while number > word.first {
          number &-= 1
          let entry = model.entry(number)
          let best = unsafe Self.best(model, entry.word.beginning, here, arrivalCount)
          var cost = best.cost &+ Int64(entry.word.cost)
          if isBehindSpace, place == 0 { cost &+= Int64(model.penalties[entry.tag]) }
          unsafe nodes[nodeCount] = Node(
            entry: number, previous: UInt16(truncatingIfNeeded: best.node),
            end: UInt16(truncatingIfNeeded: end))
          unsafe there[endCount] = Arrival(
            rank: Lattice.Rank(cost: cost, node: Int32(truncatingIfNeeded: nodeCount)),
            ending: entry.word.ending)
          endCount &+= 1
          nodeCount &+= 1
        }
        unsafe counts[end] = endCount
      }
    }
    let endCount = unsafe counts[count]
    if endCount == 0 { return nil }
    let end = unsafe arrivals + count &* Self.arrivalRoom
    return unsafe Int(Self.best(model, EojeolModel.end, end, endCount).node)
  }

  /// The rank of the cheapest way to words of the class `beginning` behind one of `count` arrivals.
  @unsafe
  @inline(__always)
  private static func best(
    _ model: borrowing EojeolModel, _ beginning: UInt16, _ arrivals: UnsafeMutablePointer<Arrival>,
    _ count: Int
  ) -> Lattice.Rank {
    let row = model.connections.row(of: beginning)
    var best = Lattice.Rank.worst
    for index in 0..<count {
      let arrival = unsafe arrivals[index]
      best = unsafe best.better(arrival.rank.adding(row[arrival.ending]))
    }
    return best
  }
}
