// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// What it costs that one word follows another: matrix.bin.
@safe
struct ConnectionCosts: @unchecked Sendable {
  // Invariant: `costs` points into `file` to endingCount × beginningCount numbers; it is not written to.
  private let file: FileMapping
  private let costs: UnsafePointer<Int16>
  /// The classes of words by how they end, which is what the next word sees on its left.
  let endingCount: Int
  /// The classes of words by how they begin.
  let beginningCount: Int

  private static let headerBytes = 4

  /// The matrix in the file at `path`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `malformedDictionary`.
  init(_ path: String) throws(TextError) {
    file = try FileMapping(path)
    guard file.count >= Self.headerBytes else {
      throw .malformedDictionary("too short for a matrix", path)
    }
    endingCount = Int(file.load(at: 0, as: UInt16.self))
    beginningCount = Int(file.load(at: 2, as: UInt16.self))
    guard endingCount > 0, beginningCount > 0,
      file.count == Self.headerBytes + 2 * endingCount * beginningCount
    else {
      throw .malformedDictionary(
        "\(file.count) bytes are no matrix of \(endingCount) × \(beginningCount)", path)
    }
    // Safe: a mapping begins on a page border, so the numbers are aligned.
    unsafe costs = (file.start + Self.headerBytes).assumingMemoryBound(to: Int16.self)
  }

  /// The matrix of `endingCount` × `beginningCount` numbers at the even `offset` of `file`.
  init(_ file: FileMapping, at offset: Int, endingCount: Int, beginningCount: Int) {
    precondition(
      offset % 2 == 0 && offset >= 0 && offset + 2 * endingCount * beginningCount <= file.count,
      "a matrix outside of its file")
    self.file = file
    unsafe costs = (file.start + offset).assumingMemoryBound(to: Int16.self)
    self.endingCount = endingCount
    self.beginningCount = beginningCount
  }

  /// Of the costs of `other` those of some classes, in their order.
  init(_ other: ConnectionCosts, endings: [Int], beginnings: [Int]) {
    let byteCount = 2 * endings.count * beginnings.count
    let memory = unsafe FileMapping(byteCount: byteCount) { bytes in
      let costs = unsafe bytes.bindMemory(to: Int16.self)
      var index = 0
      for beginning in beginnings {
        let row = other.costs(of: beginning)
        for ending in endings {
          unsafe costs[index] = row[ending]
          index &+= 1
        }
      }
    }
    self.init(memory, at: 0, endingCount: endings.count, beginningCount: beginnings.count)
  }

  /// The costs of a word that begins like `beginning`, by how the word before it ends.
  @_lifetime(borrow self)
  func costs(of beginning: Int) -> Span<Int16> {
    precondition(beginning >= 0 && beginning < beginningCount)
    let row = unsafe Span(_unsafeStart: costs + beginning * endingCount, count: endingCount)
    return unsafe _overrideLifetime(row, borrowing: self)
  }

  /// The same for the search, which looks up a few of them.
  @inline(__always)
  func row(of beginning: UInt16) -> Row {
    precondition(beginning < beginningCount, "a class of words that the matrix does not have")
    return unsafe Row(costs: costs + Int(beginning) &* endingCount)
  }

  /// The same of a class that must be one of the matrix.
  @unsafe
  @inline(__always)
  func row(unchecked beginning: UInt16) -> Row {
    unsafe Row(costs: costs + Int(beginning) &* endingCount)
  }

  /// The cost of a word that begins like `beginning` behind one that ends like `ending`.
  func cost(_ ending: Int, _ beginning: Int) -> Int {
    precondition(ending < endingCount && beginning < beginningCount)
    return unsafe row(of: UInt16(beginning))[UInt16(ending)]
  }

  /// One row of the matrix.
  @safe
  struct Row {
    // Invariant: as that of the matrix, which outlives this value: `endingCount` numbers.
    fileprivate let costs: UnsafePointer<Int16>

    /// The cost behind a word that ends like `ending`, which must be below ``endingCount``.
    @inline(__always)
    @unsafe
    subscript(ending: UInt16) -> Int { unsafe Int(costs[Int(ending)]) }
  }
}
