// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore

/// The entries of ``PretokenCounts`` and the index that finds them.
///
/// Entries lie back to back, in the order in which they came. The index is a table of cache lines:
/// twelve tags of a byte and the twelve numbers of the entries they stand for. A look-up takes one
/// line of the index and one of the entries, both asked for ahead of time in a batch.
@safe
struct PretokenTable: ~Copyable, @unchecked Sendable {
  struct Entry: BitwiseCopyable {
    /// Bytes 0 to 7, zero behind the end.
    var low: UInt64
    /// Bytes 8 to 15; of a long pretoken, where it lies in the arena (48 bits) below 16 bits of hash.
    var high: UInt64
    /// The length, ``longLength`` if it is above 16, and from bit 8 on the source.
    var meta: UInt32
    /// The lower 32 bits of the count.
    var count: UInt32
  }

  /// What an entry is found by.
  struct Key: BitwiseCopyable {
    var low: UInt64
    var high: UInt64
    var meta: UInt32
    var hash: UInt64
  }

  /// A pretoken of a batch on its way through the table.
  struct Prepared: BitwiseCopyable {
    var key: Key
    /// The entry that it might be, or that it is copied from.
    var candidate: UInt32
    var start: UInt32
    var end: UInt32
  }

  static let inlineLength = 16
  static let longLength: UInt32 = 17
  /// Enough to cover the way to memory with work, few enough for the first-level cache.
  static let batchCount = 128

  // Invariant: an entry's offset into the arena points to four bytes of length and as many bytes.
  // `index` is empty, or 2^bits lines of 64 bytes: 12 tags (0 = free, filled from the front), their
  // number in byte 12, and at byte 16 twelve numbers of entries, each below entries.count.
  var entries = PageBuffer<Entry>()
  var arena = PageBuffer<UInt8>()
  private var index = PageBuffer<UInt64>()
  private var indexBits = 0
  /// Those of the last index there was.
  private var lastIndexBits = 0
  private var prepared = GrowableBuffer<Prepared>()

  private static let lanes = 12
  private static let wordsPerLine = 8

  var count: Int { entries.count }
}

// MARK: - Entries

extension PretokenTable {
  @_lifetime(borrow self)
  func bytes(_ place: Int) -> Span<UInt8> {
    precondition(place >= 0 && place < entries.count, "no such pretoken")
    let entry = unsafe entries.elements + place
    let length = unsafe entry.pointee.meta & 0xFF
    let start: UnsafeRawPointer
    let count: Int
    if length == Self.longLength {
      // Safe: the offset of a long entry points to its length and its bytes.
      unsafe start = UnsafeRawPointer(arena.elements) + Self.offset(entry.pointee.high) + 4
      count = Int(unsafe (start - 4).loadUnaligned(as: UInt32.self))
    } else {
      unsafe start = UnsafeRawPointer(entry)
      count = Int(length)
    }
    let span = unsafe Span<UInt8>(
      _unsafeStart: start.assumingMemoryBound(to: UInt8.self), count: count)
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  static func offset(_ high: UInt64) -> Int { Int(high & 0xFFFF_FFFF_FFFF) }

  func source(_ place: Int) -> Int { Int(entries[place].meta >> 8) }

  func storedCount(_ place: Int) -> UInt32 { entries[place].count }

  /// Adds to the count of an entry; returns what it has no room for, as a multiple of 2³².
  mutating func add(_ occurrences: Int64, to place: Int) -> Int64 {
    let sum = Int64(entries[place].count) + occurrences
    entries[place].count = UInt32(truncatingIfNeeded: sum)
    return sum >> 32
  }

  /// Appends an entry that the index does not hold.
  mutating func append(_ key: Key, _ pretoken: Span<UInt8>) -> Int {
    precondition(entries.count < Int(UInt32.max), "more than 2^32 distinct pretokens in a table")
    var high = key.high
    if key.meta & 0xFF == Self.longLength {
      precondition(arena.count < 1 << 48)
      high = UInt64(arena.count) | key.high << 48
      var length = UInt32(pretoken.count)
      for _ in 0..<4 {
        arena.append(UInt8(truncatingIfNeeded: length))
        length >>= 8
      }
      arena.append(copying: pretoken)
    }
    entries.append(Entry(low: key.low, high: high, meta: key.meta, count: 0))
    return entries.count - 1
  }

  mutating func append(distinct other: borrowing PretokenTable) {
    precondition(entries.count + other.entries.count < Int(UInt32.max))
    let base = UInt64(arena.count)
    arena.append(copying: other.arena.span)
    let first = entries.count
    entries.append(copying: other.entries.span)
    for place in first..<entries.count where entries[place].meta & 0xFF == Self.longLength {
      entries[place].high += base
    }
    dropIndex()
  }

  mutating func removeAll() {
    entries.removeAll()
    arena.removeAll()
    // The next text needs as large an index.
    index = PageBuffer()
    indexBits = lastIndexBits
    if indexBits > 0 { index.append(zeros: Self.wordsPerLine << indexBits) }
  }

  /// Forgets the index; the next look-up makes it anew.
  mutating func dropIndex() {
    index = PageBuffer()
    indexBits = 0
  }
}

// MARK: - Keys

extension PretokenTable.Key {
  /// The key of the pretoken at `range` of `text`, without looking at its length byte by byte.
  @inline(__always)
  init(_ text: borrowing ByteBuffer, _ range: Range<Int>, source: Int) {
    precondition(range.upperBound <= text.count)
    // Safe: a buffer has 64 readable bytes behind its last one.
    let start = unsafe UnsafeRawPointer(text.elements + range.lowerBound)
    let count = range.upperBound &- range.lowerBound
    let low = unsafe start.loadUnaligned(as: UInt64.self).littleEndian
    let high = unsafe start.loadUnaligned(fromByteOffset: 8, as: UInt64.self).littleEndian
    self.init(
      low: low & UInt64.max >> UInt64(max(64 &- count &* 8, 0)),
      high: high & UInt64.max >> UInt64(min(max(128 &- count &* 8, 0), 64)),
      count: count, source: source, hash64(text.span.extracting(range)))
  }
}

// MARK: - Looking up

extension PretokenTable {
  /// The tag of a hash: never 0, the tag of a free place.
  private static func tag(_ hash: UInt64) -> UInt64 { hash & 0x7F | 0x80 }

  private func line(_ hash: UInt64) -> Int {
    Int(truncatingIfNeeded: hash >> UInt64(64 - indexBits))
  }

  @inline(__always)
  private func prefetchLine(_ hash: UInt64) {
    // Safe: a prefetch of any address is harmless.
    unsafe ck_prefetch(index.elements + line(hash) &* Self.wordsPerLine)
  }

  /// One bit for every byte of `word` that is `tag`, perhaps for a byte above it that differs in the
  /// lowest bit alone.
  @inline(__always)
  private static func matches(_ word: UInt64, _ tag: UInt64) -> UInt64 {
    let difference = word ^ tag &* 0x0101_0101_0101_0101
    return (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
  }

  /// The first entry that may be the one of `hash`; ``UInt32/max`` if there is none in its line.
  @inline(__always)
  private func candidate(_ hash: UInt64) -> UInt32 {
    // Safe: a hash shifted to indexBits is below the number of lines.
    let words = unsafe index.elements + line(hash) &* Self.wordsPerLine
    let tag = Self.tag(hash)
    let first = Self.matches(unsafe words[0], tag)
    let second = Self.matches(unsafe words[1], tag)
    if first | second == 0 { return .max }
    let lane = first != 0 ? first.trailingZeroBitCount >> 3 : 8 + second.trailingZeroBitCount >> 3
    return unsafe UnsafeRawPointer(words).load(fromByteOffset: 16 &+ lane &* 4, as: UInt32.self)
  }

  private func isEntry(_ place: Int, _ key: Key, _ pretoken: Span<UInt8>) -> Bool {
    let entry = entries[place]
    guard entry.low == key.low, entry.meta == key.meta else { return false }
    if key.meta & 0xFF != Self.longLength { return entry.high == key.high }
    return entry.high >> 48 == key.high && bytes(place).elementsEqual(pretoken)
  }

  /// The entry of `key`, whose text is `pretoken`.
  mutating func find(_ key: Key, _ pretoken: Span<UInt8>) -> Int? {
    if index.count == 0 { makeIndex() }
    let mask = 1 << indexBits - 1
    let tag = Self.tag(key.hash)
    var line = line(key.hash)
    while true {
      // Safe: `line` is below the number of lines.
      let words = unsafe index.elements + line &* Self.wordsPerLine
      for half in 0..<2 {
        var matches = Self.matches(unsafe words[half], tag)
        while matches != 0 {
          let lane = half &* 8 &+ matches.trailingZeroBitCount >> 3
          let place = unsafe UnsafeRawPointer(words).load(
            fromByteOffset: 16 &+ lane &* 4, as: UInt32.self)
          if isEntry(Int(place), key, pretoken) { return Int(place) }
          matches &= matches &- 1
        }
      }
      if unsafe words[1] >> 32 & 0xFF < UInt64(Self.lanes) { return nil }
      line = (line &+ 1) & mask
    }
  }

  /// Appends an entry for `key`, which is not in the table.
  mutating func insert(_ key: Key, _ pretoken: Span<UInt8>) -> Int {
    let place = append(key, pretoken)
    if entries.count > growthCount {
      makeIndex()
    } else {
      insertIntoIndex(place, key.hash)
    }
    return place
  }

  private func insertIntoIndex(_ place: Int, _ hash: UInt64) {
    let mask = 1 << indexBits - 1
    var line = line(hash)
    while true {
      // Safe: `line` is below the number of lines, and a lane below 12.
      let words = unsafe index.elements + line &* Self.wordsPerLine
      let fill = Int(unsafe words[1] >> 32 & 0xFF)
      if fill < Self.lanes {
        let bytes = UnsafeMutableRawPointer(words)
        unsafe bytes.storeBytes(
          of: UInt8(truncatingIfNeeded: Self.tag(hash)), toByteOffset: fill, as: UInt8.self)
        unsafe bytes.storeBytes(of: UInt8(fill + 1), toByteOffset: Self.lanes, as: UInt8.self)
        unsafe bytes.storeBytes(
          of: UInt32(place), toByteOffset: 16 + fill * 4, as: UInt32.self)
        return
      }
      line = (line &+ 1) & mask
    }
  }

  /// The entries at which the index is full: lines run over at seven eighths.
  private var growthCount: Int {
    index.count == 0 ? 0 : (1 << indexBits) * Self.lanes / 8 * 7
  }

  /// Makes an index with room for twice the entries there are.
  private mutating func makeIndex() {
    var bits = 4
    while (1 << bits) * Self.lanes / 8 * 7 <= entries.count { bits += 1 }
    index = PageBuffer()
    index.append(zeros: Self.wordsPerLine << bits)
    indexBits = bits
    lastIndexBits = bits
    // ---- Hashes a batch ahead, so that the lines are there when they are written ----
    let ahead = 16
    var hashes = GrowableBuffer<UInt64>()
    hashes.append(repeating: 0, count: ahead)
    for place in 0..<entries.count + ahead {
      if place >= ahead { insertIntoIndex(place - ahead, hashes[place % ahead]) }
      if place < entries.count {
        let hash = storedKey(place).hash
        hashes[place % ahead] = hash
        prefetchLine(hash)
      }
    }
  }

  private func storedKey(_ place: Int) -> Key {
    let entry = entries[place]
    return Key(
      low: entry.low, high: entry.high, count: Int(entry.meta & 0xFF),
      source: Int(entry.meta >> 8), hash64(bytes(place)))
  }

  /// Bytes in use, and those of an index of twice the size if it will soon be due.
  var byteCount: Int {
    let used = entries.count * MemoryLayout<Entry>.stride + arena.count + index.count * 8
    let soon = entries.count + Self.growthNotice > growthCount
    return used + (soon ? index.count * 16 : 0)
  }

  /// Distinct pretokens that may come between two looks at ``byteCount``.
  private static let growthNotice = 1 << 14
}

// MARK: - Batches

extension PretokenTable {
  /// Makes the keys of a batch, and asks for the memory that they will need.
  mutating func prepare(
    _ text: borrowing ByteBuffer, _ ends: borrowing GrowableBuffer<UInt32>, _ range: Range<Int>,
    source: Int
  ) {
    if index.count == 0 { makeIndex() }
    prepared.removeAll()
    var start = range.lowerBound == 0 ? 0 : ends[range.lowerBound - 1]
    for place in range {
      let end = ends[place]
      let key = Key(text, Int(start)..<Int(end), source: source)
      prefetchLine(key.hash)
      prepared.append(Prepared(key: key, candidate: 0, start: start, end: end))
      start = end
    }
    for place in 0..<prepared.count {
      let candidate = candidate(prepared[place].key.hash)
      prepared[place].candidate = candidate
      // Safe: a prefetch of any address is harmless.
      unsafe ck_prefetch(entries.elements + Int(candidate))
    }
  }

  /// Counts the pretoken `place` of the batch if its candidate is it, it is short, and the count has
  /// room; returns whether it did.
  @inline(__always)
  mutating func countCandidate(_ place: Int) -> Bool {
    let prepared = prepared[place]
    guard Int(prepared.candidate) < entries.count else { return false }
    // Safe: candidate < entries.count.
    let entry = unsafe entries.elements + Int(prepared.candidate)
    guard unsafe entry.pointee.low == prepared.key.low,
      unsafe entry.pointee.high == prepared.key.high,
      unsafe entry.pointee.meta == prepared.key.meta, unsafe entry.pointee.count != .max,
      prepared.key.meta & 0xFF != Self.longLength
    else { return false }
    unsafe entry.pointee.count &+= 1
    return true
  }

  func preparedKey(_ place: Int) -> Key { prepared[place].key }

  func preparedRange(_ place: Int) -> Range<Int> {
    Int(prepared[place].start)..<Int(prepared[place].end)
  }

  func preparedEntry(_ place: Int) -> Int { Int(prepared[place].candidate) }

  /// Makes the keys of the next entries of `other` that fall into `part`, from `next` on, and asks
  /// for the lines of the index; returns how many.
  mutating func prepare(
    _ other: borrowing PretokenTable, _ next: inout Int, part: Int, of partCount: Int
  ) -> Int {
    if index.count == 0 { makeIndex() }
    prepared.removeAll()
    while next < other.count, prepared.count < Self.batchCount {
      let key = other.storedKey(next)
      // The upper bits choose the line, the lower ones the tag: the part goes by those between.
      if (key.hash >> 7 & 0xFFFF_FFFF) % UInt64(partCount) == UInt64(part) {
        prefetchLine(key.hash)
        prepared.append(Prepared(key: key, candidate: UInt32(next), start: 0, end: 0))
      }
      next += 1
    }
    for place in 0..<prepared.count {
      let candidate = candidate(prepared[place].key.hash)
      // Safe: a prefetch of any address is harmless.
      unsafe ck_prefetch(entries.elements + Int(candidate))
    }
    return prepared.count
  }
}
