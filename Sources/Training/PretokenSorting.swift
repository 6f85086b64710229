// SPDX-License-Identifier: Apache-2.0

internal import TextCore

// Sorting entries in place, for a table may be all the memory there is: American flag sort
// (McIlroy, Bostic and McIlroy 1993) by the first eight bytes, then quicksort, by heapsort where
// that goes wrong, and insertion sort for what is small.

extension PretokenTable {
  private static let radixBytes = 8
  private static let smallCount = 24

  mutating func sort() {
    dropIndex()
    sort(0..<entries.count, byte: 0)
  }

  /// Whether entry `left` comes before `right`.
  @inline(__always)
  private func precedes(_ left: Entry, _ right: Entry) -> Bool {
    if left.low != right.low { return left.low.byteSwapped < right.low.byteSwapped }
    return precedesBehind(left, right)
  }

  /// The same for entries with equal first bytes.
  private func precedesBehind(_ left: Entry, _ right: Entry) -> Bool {
    let lengths = (left.meta & 0xFF, right.meta & 0xFF)
    if lengths.0 <= Self.inlineLength, lengths.1 <= Self.inlineLength {
      if left.high != right.high { return left.high.byteSwapped < right.high.byteSwapped }
      return lengths.0 != lengths.1 ? lengths.0 < lengths.1 : left.meta < right.meta
    }
    let texts = (text(left), text(right))
    let common = min(texts.0.length, texts.1.length)
    for place in min(8, common)..<common {
      let bytes = (byte(left, texts.0.start, place), byte(right, texts.1.start, place))
      if bytes.0 != bytes.1 { return bytes.0 < bytes.1 }
    }
    return texts.0.length != texts.1.length
      ? texts.0.length < texts.1.length : left.meta >> 8 < right.meta >> 8
  }

  /// Where the text of an entry lies in the arena, nil if it lies in the entry; and its length.
  private func text(_ entry: Entry) -> (start: Int?, length: Int) {
    let length = entry.meta & 0xFF
    guard length == Self.longLength else { return (nil, Int(length)) }
    let offset = Self.offset(entry.high)
    let stored = (0..<4).reduce(0) { $0 | Int(arena[offset + $1]) << ($1 * 8) }
    return (offset + 4, stored)
  }

  private func byte(_ entry: Entry, _ start: Int?, _ place: Int) -> UInt8 {
    if let start { return arena[start + place] }
    let word = place < 8 ? entry.low : entry.high
    return UInt8(truncatingIfNeeded: word >> UInt64((place & 7) * 8))
  }

  // MARK: Radix

  private mutating func sort(_ range: Range<Int>, byte: Int) {
    if range.count <= Self.smallCount { return insertionSort(range) }
    if byte == Self.radixBytes {
      return quickSort(range, depth: 2 * (Int.bitWidth - range.count.leadingZeroBitCount))
    }
    let shift = UInt64(byte * 8)
    // ---- How many of each byte ----
    var starts = GrowableBuffer<Int>(capacity: 257)
    starts.append(repeating: 0, count: 257)
    for place in range { starts[Int(entries[place].low >> shift & 0xFF) + 1] += 1 }
    let first = Int(entries[range.lowerBound].low >> shift & 0xFF)
    if starts[first + 1] == range.count { return sort(range, byte: byte + 1) }
    starts[0] = range.lowerBound
    for value in 0..<256 { starts[value + 1] += starts[value] }
    // ---- Every entry to its place ----
    var next = GrowableBuffer<Int>(capacity: 256)
    next.append(copying: starts.span.extracting(0..<256))
    for value in 0..<256 {
      while next[value] < starts[value + 1] {
        var entry = entries[next[value]]
        var home = Int(entry.low >> shift & 0xFF)
        while home != value {
          let target = next[home]
          let displaced = entries[target]
          entries[target] = entry
          entry = displaced
          next[home] = target + 1
          home = Int(entry.low >> shift & 0xFF)
        }
        entries[next[value]] = entry
        next[value] += 1
      }
    }
    for value in 0..<256 where starts[value + 1] - starts[value] > 1 {
      sort(starts[value]..<starts[value + 1], byte: byte + 1)
    }
  }

  // MARK: Comparing

  private mutating func insertionSort(_ range: Range<Int>) {
    for place in range.dropFirst() {
      let entry = entries[place]
      var gap = place
      while gap > range.lowerBound, precedes(entry, entries[gap - 1]) {
        entries[gap] = entries[gap - 1]
        gap -= 1
      }
      entries[gap] = entry
    }
  }

  private mutating func quickSort(_ range: Range<Int>, depth: Int) {
    var range = range
    var depth = depth
    while range.count > Self.smallCount {
      if depth == 0 { return heapSort(range) }
      depth -= 1
      let border = partition(range)
      // The smaller part on the stack, the larger one in this loop.
      let parts = (range.lowerBound..<border, border..<range.upperBound)
      let isFirstSmaller = parts.0.count < parts.1.count
      quickSort(isFirstSmaller ? parts.0 : parts.1, depth: depth)
      range = isFirstSmaller ? parts.1 : parts.0
    }
    insertionSort(range)
  }

  /// Hoare's partition by the median of three; both parts hold something.
  private mutating func partition(_ range: Range<Int>) -> Int {
    let middle = range.lowerBound + range.count / 2
    insertionSort(ofThree: range.lowerBound, middle, range.upperBound - 1)
    let pivot = entries[middle]
    var low = range.lowerBound
    var high = range.upperBound - 1
    while true {
      repeat { low += 1 } while precedes(entries[low], pivot)
      repeat { high -= 1 } while precedes(pivot, entries[high])
      if low >= high { return low }
      exchange(low, high)
    }
  }

  private mutating func insertionSort(ofThree first: Int, _ second: Int, _ third: Int) {
    if precedes(entries[second], entries[first]) { exchange(first, second) }
    if precedes(entries[third], entries[second]) {
      exchange(second, third)
      if precedes(entries[second], entries[first]) { exchange(first, second) }
    }
  }

  private mutating func exchange(_ left: Int, _ right: Int) {
    let entry = entries[left]
    entries[left] = entries[right]
    entries[right] = entry
  }

  private mutating func heapSort(_ range: Range<Int>) {
    let base = range.lowerBound
    for root in (0..<range.count / 2).reversed() { sink(root, range.count, base) }
    for last in (1..<range.count).reversed() {
      exchange(base, base + last)
      sink(0, last, base)
    }
  }

  private mutating func sink(_ root: Int, _ count: Int, _ base: Int) {
    var root = root
    while true {
      var child = 2 * root + 1
      if child >= count { return }
      if child + 1 < count, precedes(entries[base + child], entries[base + child + 1]) {
        child += 1
      }
      if !precedes(entries[base + root], entries[base + child]) { return }
      exchange(base + root, base + child)
      root = child
    }
  }

  // MARK: Searching

  /// The entry of `key` in a sorted table.
  func search(_ key: Key, _ pretoken: Span<UInt8>) -> Int? {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      switch order(bytes(middle), source(middle), pretoken, Int(key.meta >> 8)) {
      case 0: return middle
      case ..<0: low = middle + 1
      default: high = middle
      }
    }
    return nil
  }

  private func order(
    _ left: Span<UInt8>, _ leftSource: Int, _ right: Span<UInt8>, _ rightSource: Int
  ) -> Int {
    for place in 0..<min(left.count, right.count) where left[place] != right[place] {
      return Int(left[place]) - Int(right[place])
    }
    return left.count != right.count ? left.count - right.count : leftSource - rightSource
  }
}
