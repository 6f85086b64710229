// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// How often each distinct pretoken occurs: all that training needs to know of a corpus.
///
/// Distinct pretokens grow as N^0.75 with a Korean corpus (1.7 million in 256 MB of encyclopedia), so
/// the table never fits a cache and one look-up in ten is of something new: misses of the cache are
/// what counting costs. ``add(pretokensOf:ends:source:)`` therefore works in batches that ask for
/// memory before they need it. An entry is 24 bytes, with up to 16 bytes of text in it (80 % of the
/// distinct pretokens); longer text lies in an arena. With its share of the index an entry takes 34
/// to 41 bytes.
///
/// A pretoken may come from one of several sources, each with a count of its own: entries are pairs
/// of text and source. Where there are no sources, all are of source 0.
package struct PretokenCounts: ~Copyable, Sendable {
  var table = PretokenTable()
  /// Of counts above 32 bits, by entry: what the entry has no room for, as multiples of 2³².
  private var carries: [Int: Int64] = [:]

  package init() {}

  /// The number of entries: distinct pretokens, where all are of one source.
  package var count: Int { table.count }

  /// The sum of all counts.
  package var total: Int64 {
    var sum: Int64 = 0
    for index in 0..<count { sum += occurrences(index) }
    return sum
  }

  /// Bytes of memory in use, and about to be: what the next additions can make of it.
  package var byteCount: Int { table.byteCount }

  /// The bytes of the pretoken `index`, in the order of first occurrence until they are sorted.
  @_lifetime(borrow self)
  package func bytes(_ index: Int) -> Span<UInt8> { table.bytes(index) }

  /// The count of the pretoken `index`.
  package func occurrences(_ index: Int) -> Int64 {
    let low = Int64(table.storedCount(index))
    return carries.isEmpty ? low : low + (carries[index] ?? 0) << 32
  }

  /// The source of the pretoken `index`.
  package func source(_ index: Int) -> Int { table.source(index) }
}

// MARK: - Counting

extension PretokenCounts {
  /// The most sources there can be.
  package static let sourceLimit = 1 << 16

  /// Adds `occurrences`, at least 0, of `pretoken`.
  ///
  /// - Complexity: amortised O(`pretoken.count`).
  package mutating func add(_ pretoken: Span<UInt8>, occurrences: Int64 = 1, source: Int = 0) {
    let key = PretokenTable.Key(pretoken, source: source)
    let index = table.find(key, pretoken) ?? table.insert(key, pretoken)
    addOccurrences(occurrences, index)
  }

  /// Appends a pretoken that is not in the table, without making it easy to find: for tables that are
  /// only read from here on.
  package mutating func append(distinct pretoken: Span<UInt8>, occurrences: Int64) {
    addOccurrences(occurrences, table.append(PretokenTable.Key(pretoken, source: 0), pretoken))
  }

  private mutating func addOccurrences(_ occurrences: Int64, _ index: Int) {
    precondition(occurrences >= 0, "a negative number of occurrences")
    let carry = table.add(occurrences, to: index)
    if carry != 0 { carries[index, default: 0] += carry }
  }

  /// Counts each pretoken of `text` once.
  ///
  /// - Parameters:
  ///   - text: Pretokens, back to back.
  ///   - ends: Where each of `range` ends in `text`, ascending.
  ///   - range: Which of them to count.
  ///   - source: Where the text comes from.
  /// - Complexity: amortised O(n).
  package mutating func add(
    pretokensOf text: borrowing ByteBuffer, ends: borrowing GrowableBuffer<UInt32>,
    range: Range<Int>, source: Int = 0
  ) {
    var first = range.lowerBound
    while first < range.upperBound {
      let last = min(first + PretokenTable.batchCount, range.upperBound)
      table.prepare(text, ends, first..<last, source: source)
      for place in 0..<last - first where !table.countCandidate(place) {
        let pretoken = text.span.extracting(table.preparedRange(place))
        let key = table.preparedKey(place)
        addOccurrences(1, table.find(key, pretoken) ?? table.insert(key, pretoken))
      }
      first = last
    }
  }

  /// Forgets all counts and keeps the memory.
  package mutating func removeAll() {
    table.removeAll()
    carries = [:]
  }
}

// MARK: - Joining

extension PretokenCounts {
  /// Adds all counts of `other`.
  package mutating func merge(_ other: borrowing PretokenCounts) {
    merge(other, part: 0, of: 1)
  }

  /// Adds the counts of those entries of `other` that fall into `part` of `partCount` by their hash,
  /// so that several threads can each add up a part of several tables.
  package mutating func merge(
    _ other: borrowing PretokenCounts, part: Int, of partCount: Int
  ) {
    var next = 0
    while next < other.count {
      let prepared = table.prepare(other.table, &next, part: part, of: partCount)
      for place in 0..<prepared {
        let index = table.preparedEntry(place)
        let key = table.preparedKey(place)
        let pretoken = other.bytes(index)
        addOccurrences(
          other.occurrences(index), table.find(key, pretoken) ?? table.insert(key, pretoken))
      }
    }
  }

  /// Appends the entries of `other`, none of which is here.
  package mutating func append(distinct other: borrowing PretokenCounts) {
    let first = count
    table.append(distinct: other.table)
    for (index, carry) in other.carries { carries[first + index] = carry }
  }

  /// Brings the entries into the order of their bytes, of equal ones into that of their sources.
  ///
  /// - Complexity: O(n log n), in place.
  package mutating func sort() {
    // The few counts above 32 bits are found again by what they belong to.
    let carried = carries.map { (bytes($0.key).makeArray(), source($0.key), $0.value) }
    carries = [:]
    table.sort()
    for (pretoken, source, carry) in carried {
      let key = PretokenTable.Key(pretoken.span, source: source)
      if let index = table.search(key, pretoken.span) { carries[index] = carry }
    }
  }
}
