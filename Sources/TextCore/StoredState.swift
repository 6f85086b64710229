// SPDX-License-Identifier: Apache-2.0

// Sums and lists as bytes, for files that hold what a job has found so far: each type that is kept
// writes itself with a StateWriter, and is read back by a StateReader, which believes nothing.

/// The largest number, and the largest sum of a list, that a state holds.
///
/// So many states as a merge takes (2¹⁴) add up to less than 2⁶³.
package let largestStoredNumber = 1 << 48

/// Appends numbers and strings to the bytes of a state.
package struct StateWriter: ~Copyable {
  package private(set) var bytes = ByteBuffer()
  /// Whether a number was above ``largestStoredNumber``; such a state cannot be read back.
  package private(set) var isOverfull = false

  package init() {}

  /// Appends `number`, which is not negative.
  package mutating func put(_ number: Int) {
    if number > largestStoredNumber { isOverfull = true }
    bytes.append(varint: UInt64(number))
  }

  /// Appends eight bytes, the lowest first.
  package mutating func put(word: UInt64) {
    bytes.append(littleEndian: word, bytes: 8)
  }

  package mutating func put(_ string: Span<UInt8>) {
    put(string.count)
    bytes.append(copying: string)
  }

  package mutating func put(_ text: String) { put(text.utf8.span) }

  /// Appends `numbers`, of which most may be 0: a run of zeros is a 0 and its length.
  ///
  /// Their number is not kept; the reader has to know it.
  package mutating func put(counts numbers: [Int]) {
    var zeros = 0
    var sum = 0
    for number in numbers {
      if number == 0 {
        zeros += 1
        continue
      }
      endZeros(&zeros)
      put(number)
      sum &+= number
    }
    endZeros(&zeros)
    if !(0...largestStoredNumber).contains(sum) { isOverfull = true }
  }

  private mutating func endZeros(_ zeros: inout Int) {
    if zeros == 0 { return }
    put(0)
    put(zeros)
    zeros = 0
  }
}

/// Reads what a ``StateWriter`` has written; throws `damagedArtefact` for anything else.
package struct StateReader: ~Copyable {
  private let bytes: ByteBuffer
  private let path: String
  /// Where the next number begins.
  private var offset: Int
  private let end: Int

  /// A reader of the bytes `range` of the file `path`, whose contents are `bytes`.
  package init(_ bytes: consuming ByteBuffer, _ range: Range<Int>, path: String) {
    precondition(range.upperBound <= bytes.count, "a state ends behind its file")
    (offset, end) = (range.lowerBound, range.upperBound)
    self.bytes = bytes
    self.path = path
  }

  /// The next number, at most `limit`.
  package mutating func number(
    upTo limit: Int = largestStoredNumber
  ) throws(TextError) -> Int {
    // What stands behind the end is of the file, but not of the state.
    guard let number = bytes.varint(at: &offset), offset <= end, number <= limit else {
      throw damaged("a number is cut off, or larger than it may be")
    }
    return number
  }

  /// The number of items that follow, of which each takes at least a byte.
  package mutating func itemCount(upTo limit: Int = .max) throws(TextError) -> Int {
    let count = try number()
    guard count <= min(limit, end - offset) else { throw damaged("a list is too long") }
    return count
  }

  package mutating func word() throws(TextError) -> UInt64 {
    guard end - offset >= 8 else { throw damaged("a number is cut off") }
    defer { offset += 8 }
    return bytes.littleEndian(at: offset, bytes: 8)
  }

  package mutating func string() throws(TextError) -> [UInt8] {
    let count = try itemCount()
    let start = offset
    offset += count
    return (start..<offset).map { bytes[$0] }
  }

  package mutating func text() throws(TextError) -> String {
    String(decoding: try string(), as: UTF8.self)
  }

  /// As many counts as were written.
  package mutating func counts(_ count: Int) throws(TextError) -> [Int] {
    var numbers: [Int] = []
    numbers.reserveCapacity(count)
    var sum = 0
    while numbers.count < count {
      let number = try number()
      if number == 0 {
        let zeros = try self.number(upTo: count - numbers.count)
        guard zeros > 0 else { throw damaged("a run of zeros is empty") }
        numbers.append(contentsOf: repeatElement(0, count: zeros))
        continue
      }
      numbers.append(number)
      sum += number
      guard sum <= largestStoredNumber else { throw damaged("counts are too large together") }
    }
    return numbers
  }

  /// Throws unless everything was read.
  package func finish() throws(TextError) {
    if offset < end { throw damaged("something stands behind its end") }
  }

  package func damaged(_ what: String) -> TextError {
    TextError(
      .damagedArtefact, what, at: .init(path: path, byteOffset: offset), remedy: "make it again")
  }
}
