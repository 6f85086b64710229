// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Finds where runs that have a ``RunKey`` are cut: what ``EojeolAnalyzer`` finds, but for the words, for some
/// runs together.
///
/// Nearly all runs are that short. It is Viterbi's search backwards: the ways from a place to the end of the
/// run, the cheapest for each class of words that begin there, are those of a suffix, and ``SuffixTable`` has
/// them if it was seen before. Only the first place of a run, and on average one more, are searched.
///
/// Half of the time of a search is waiting for memory. So the runs go through the steps of a search together:
/// what one step needs was asked for in the one before, and waited for once.
///
/// Of ways that cost the same the search forwards takes that whose last words are shortest; here such runs, one
/// in twenty thousand, are left to it, as are runs that the model knows as they are.
@safe
struct RunSearch: ~Copyable, Sendable {
  // Internal: private ones do not link where the compiler specialises their buffers elsewhere.

  /// A run.
  struct Job: BitwiseCopyable {
    var key: RunKey
    /// The caller's number.
    var number: Int
    /// For each place eight bits: for each length whether a word of it stands there.
    var lengths: UInt64 = 0
    /// The node of the whole run, 0 if no word begins so.
    var whole: UInt32 = 0
    /// A bit for each place that is searched.
    var searched: UInt8 = 1
    var count: UInt8
    /// For each syllable a bit, set if the run is cut before it; nil if a lattice must tell.
    var cuts: UInt8?
  }

  /// The entries of a word.
  struct Word: BitwiseCopyable {
    var first: UInt32
    var last: UInt32
  }

  /// A place where words may go on: behind `node`, by the step in `slot`.
  struct Open: BitwiseCopyable {
    var node: UInt32
    var slot: UInt32 = 0
    var job: UInt16
    var place: UInt16
  }

  private static let longest = RunKey.longest
  /// How many runs are searched together.
  static let capacity = 16

  // Invariant: the buffers have room for `capacity` jobs of `longest` places each: `syllables` and `open` for one
  // element a place, `words` for one of each length, `columns` for one a place and the end of the run: the
  // numbers of its columns in `table`. Jobs, places and lengths are below `count`, a run's count, and what is
  // left of it.
  private var jobs = GrowableBuffer<Job>()
  private(set) var count = 0
  private var syllables = GrowableBuffer<UInt16>()
  private var open = GrowableBuffer<Open>()
  private var words = GrowableBuffer<Word>()
  private var columns = GrowableBuffer<UInt32>()
  private let table: SuffixTable

  /// A search that keeps the columns of suffixes in at most `byteCount` bytes.
  init(byteCount: Int) {
    let (longest, capacity) = (Self.longest, Self.capacity)
    jobs.append(repeating: Job(key: RunKey(), number: 0, count: 0), count: capacity)
    syllables.append(repeating: 0, count: capacity * longest)
    open.append(repeating: Open(node: 0, job: 0, place: 0), count: capacity * longest)
    words.append(repeating: Word(first: 0, last: 0), count: capacity * longest * longest)
    columns.append(repeating: 0, count: capacity * (longest + 1))
    table = SuffixTable(byteCount: byteCount, jobCount: capacity)
  }

  var isFull: Bool { count == Self.capacity }

  /// The job at `index`, below ``count``.
  @inline(__always)
  subscript(index: Int) -> Job { jobs[index] }

  mutating func removeAll() { count = 0 }
}

// MARK: - Suffixes

extension RunSearch {
  /// Asks for the columns of the suffixes of a run of `count` syllables, and for what follows its first.
  @inline(__always)
  func request(_ key: RunKey, _ count: Int, _ model: borrowing EojeolModel) {
    var left = min(count &- 1, SuffixTable.longest)
    var suffix = key.suffix(from: count &- left)
    while left > 0 {
      table.request(suffix)
      suffix &>>= RunKey.syllableBits
      left &-= 1
    }
    model.requestNode(model.node(of: key.syllable(at: 0)))
  }

  /// Adds a run of `count` syllables, which its caller calls `number`; there must be room.
  @inline(__always)
  mutating func add(_ key: RunKey, _ count: Int, number: Int, _ model: borrowing EojeolModel) {
    precondition(!isFull && count <= Self.longest)
    let index = self.count
    self.count &+= 1
    var job = Job(key: key, number: number, count: UInt8(truncatingIfNeeded: count))
    // Safe: see the invariant.
    let syllables = unsafe syllables.elements + index &* Self.longest
    let columns = unsafe columns.elements + index &* (Self.longest &+ 1)
    unsafe syllables[0] = key.syllable(at: 0)
    var place = 1
    while place < count {
      let syllable = key.syllable(at: place)
      unsafe syllables[place] = syllable
      let suffix = key.suffix(from: place)
      var column = table.place(of: suffix)
      if count &- place > SuffixTable.longest || !table.holds(suffix, at: column) {
        job.searched |= 1 &<< UInt8(truncatingIfNeeded: place)
        column = table.place(ofJob: index, place)
        model.requestNode(model.node(of: syllable))
      }
      unsafe columns[place] = UInt32(truncatingIfNeeded: column)
      place &+= 1
    }
    unsafe columns[count] = UInt32(truncatingIfNeeded: table.end)
    unsafe jobs.elements[index] = job
  }

  /// Finds the cuts of all runs that were added.
  ///
  /// - Complexity: O(1) for each.
  mutating func find(_ model: borrowing EojeolModel, _ boundaries: MorphemeBoundaries) {
    if model.isForLatticeOnly { return }
    findWords(model)
    addUnknownWords(model)
    for index in 0..<count { findCuts(index, model, boundaries) }
    // Not before: the other runs look at what the table holds.
    for index in 0..<count { keepColumns(index) }
  }

  /// Puts the columns that were made for the job `index` into the table.
  private func keepColumns(_ index: Int) {
    // Safe: see the invariant.
    let job = unsafe jobs.elements[index]
    if job.cuts == nil { return }
    var places = job.searched & ~1
    while places != 0 {
      let place = places.trailingZeroBitCount
      places &= places &- 1
      if Int(job.count) &- place > SuffixTable.longest { continue }
      table.keep(table.place(ofJob: index, place), as: job.key.suffix(from: place))
    }
  }
}

// MARK: - Words

extension RunSearch {
  /// Finds the words at the places that are searched, at all of them together, as ``RunWords`` does.
  private mutating func findWords(_ model: borrowing EojeolModel) {
    // Safe: see the invariant; a round has at most as many open places as the one before.
    let (jobs, open, words) = unsafe (jobs.elements, open.elements, words.elements)
    let syllables = unsafe syllables.elements
    var openCount = 0
    for index in 0..<count {
      var places = unsafe jobs[index].searched
      while places != 0 {
        let place = places.trailingZeroBitCount
        places &= places &- 1
        let node = unsafe model.node(of: syllables[index &* Self.longest &+ place])
        unsafe open[openCount] = Open(
          node: node, job: UInt16(truncatingIfNeeded: index),
          place: UInt16(truncatingIfNeeded: place))
        openCount &+= node != 0 ? 1 : 0
      }
    }
    var length = 1
    while openCount != 0 {
      // ---- Words that end here, and the places that go on ----
      var kept = 0
      for index in 0..<openCount {
        var one = unsafe open[index]
        let (entries, steps) = model.entriesAndSteps(at: one.node)
        model.requestEntry(entries.lowerBound)
        let first = (Int(one.job) &* Self.longest &+ Int(one.place)) &* Self.longest
        unsafe words[first &+ length &- 1] = Word(
          first: entries.lowerBound, last: entries.upperBound)
        let job = unsafe jobs + Int(one.job)
        let bit = UInt64(one.place) &* 8 &+ UInt64(truncatingIfNeeded: length &- 1)
        unsafe job.pointee.lengths |= (entries.isEmpty ? 0 : 1) &<< bit
        let end = Int(one.place) &+ length
        if unsafe end < Int(job.pointee.count) {
          let syllable = unsafe syllables[Int(one.job) &* Self.longest &+ end]
          let slot = model.slot(behind: one.node, syllable)
          model.requestSlot(slot)
          one.slot = UInt32(truncatingIfNeeded: slot)
          unsafe open[kept] = one
          kept &+= Int(steps &>> UInt32(syllable & 31) & 1)
        } else if one.place == 0 {
          unsafe job.pointee.whole = one.node
        }
      }
      // ---- Their next syllable ----
      openCount = 0
      for index in 0..<kept {
        var one = unsafe open[index]
        let end = Int(one.place) &+ length
        let syllable = unsafe syllables[Int(one.job) &* Self.longest &+ end]
        one.node = model.node(behind: one.node, syllable, from: Int(one.slot))
        model.requestNode(one.node)
        unsafe open[openCount] = one
        openCount &+= one.node != 0 ? 1 : 0
      }
      length &+= 1
    }
  }

  /// Adds unknown words where none is known.
  private mutating func addUnknownWords(_ model: borrowing EojeolModel) {
    for index in 0..<count {
      // Safe: see the invariant.
      let job = unsafe jobs.elements + index
      var places = unsafe job.pointee.searched
      while places != 0 {
        let place = places.trailingZeroBitCount
        places &= places &- 1
        if unsafe UInt8(truncatingIfNeeded: job.pointee.lengths &>> UInt64(place &* 8)) != 0 {
          continue
        }
        let rule = model.unknownRule
        let lengths = unsafe rule.lengths(left: Int(job.pointee.count) &- place)
        unsafe job.pointee.lengths |= UInt64(lengths) &<< UInt64(place &* 8)
        let words = unsafe words.elements + (index &* Self.longest &+ place) &* Self.longest
        for length in 0..<Self.longest {
          unsafe words[length] = Word(first: 0, last: UInt32(truncatingIfNeeded: rule.entryCount))
        }
      }
    }
  }
}

// MARK: - Ways

extension RunSearch {
  /// Finds the cuts of the job `index`, whose words are known.
  private func findCuts(
    _ index: Int, _ model: borrowing EojeolModel, _ boundaries: MorphemeBoundaries
  ) {
    // Safe: see the invariant.
    let job = unsafe jobs.elements + index
    let isBehindSpace = unsafe job.pointee.key.isBehindSpace
    let whole = unsafe job.pointee.whole
    if whole != 0, model.knownRun(whole, isBehindSpace: isBehindSpace) != nil { return }
    // ---- From the last place to the second ----
    var places = unsafe UInt32(job.pointee.searched)
    while places != 1 {
      let place = 31 &- places.leadingZeroBitCount
      places ^= 1 &<< UInt32(truncatingIfNeeded: place)
      if unsafe !makeColumn(index, place, job, model, boundaries) { return }
    }
    // ---- The first ----
    var best = Way.worst
    let before = model.beginning(isBehindSpace: isBehindSpace)
    unsafe forEachWay(index, 0, job, model, boundaries) { way, entry in
      var way = unsafe way.adding(model.connections.row(unchecked: entry.word.beginning)[before])
      if isBehindSpace { way = way.adding(Int(model.penalties[entry.tag])) }
      best = best.better(way)
      return true
    }
    if !best.isTied { unsafe job.pointee.cuts = best.cuts(of: Int(job.pointee.count)) }
  }

  /// Makes the column of a place of which all behind it are there; false if it has too many ways.
  @unsafe
  @inline(__always)
  private func makeColumn(
    _ index: Int, _ place: Int, _ job: UnsafeMutablePointer<Job>, _ model: borrowing EojeolModel,
    _ boundaries: MorphemeBoundaries
  ) -> Bool {
    let column = unsafe table.column(table.place(ofJob: index, place))
    var count = 0
    let isMade = unsafe forEachWay(index, place, job, model, boundaries) { way, _ in
      var other = 1
      while unsafe other <= count && Way(bits: column[other]).beginning != way.beginning {
        other &+= 1
      }
      if other <= count {
        unsafe column[other] = Way(bits: column[other]).better(way).bits
        return true
      }
      if count == SuffixTable.room { return false }
      count &+= 1
      unsafe column[count] = way.bits
      return true
    }
    unsafe SuffixTable.setCount(column, count)
    return isMade
  }

  /// Calls `body` with the cheapest way through each word at a place, and with the word, until it is
  /// false; false if it was.
  @unsafe
  @discardableResult
  @inline(__always)
  private func forEachWay(
    _ index: Int, _ place: Int, _ job: UnsafeMutablePointer<Job>, _ model: borrowing EojeolModel,
    _ boundaries: MorphemeBoundaries, _ body: (Way, EojeolEntry) -> Bool
  ) -> Bool {
    let columns = unsafe columns.elements + index &* (Self.longest &+ 1) + place
    let words = unsafe words.elements + (index &* Self.longest &+ place) &* Self.longest
    let cutBit = unsafe Way.cutBit(Int(job.pointee.count) &- place)
    var lengths = unsafe UInt8(truncatingIfNeeded: job.pointee.lengths &>> UInt64(place &* 8))
    while lengths != 0 {
      let length = lengths.trailingZeroBitCount &+ 1
      lengths &= lengths &- 1
      let column = unsafe table.column(Int(columns[length]))
      let word = unsafe words[length &- 1]
      var number = word.first
      repeat {
        let entry = unsafe model.entry(unchecked: number)
        let cut = model.isCut(before: entry, boundaries) ? cutBit : 0
        let way = unsafe Self.best(column, behind: entry.word.ending, model)
          .adding(Int(entry.word.cost)).behind(entry.word.beginning, cut: cut)
        if !body(way, entry) { return false }
        number &+= 1
      } while number < word.last
    }
    return true
  }

  /// The cheapest way of `column` behind a word that ends like `ending`, its connection included.
  @unsafe
  @inline(__always)
  private static func best(
    _ column: UnsafeMutablePointer<Int64>, behind ending: UInt16, _ model: borrowing EojeolModel
  ) -> Way {
    let last = unsafe column + SuffixTable.count(column)
    var next = unsafe column + 1
    var best = unsafe cost(Way(bits: next[0]), behind: ending, model)
    while unsafe next < last {
      unsafe next += 1
      best = unsafe best.better(cost(Way(bits: next[0]), behind: ending, model))
    }
    return best
  }

  @unsafe
  @inline(__always)
  private static func cost(
    _ way: Way, behind ending: UInt16, _ model: borrowing EojeolModel
  ) -> Way {
    unsafe way.adding(model.connections.row(unchecked: way.beginning)[ending])
  }
}
