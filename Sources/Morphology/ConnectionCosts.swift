// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// What it costs that one word follows another: matrix.bin.
@safe
struct ConnectionCosts: @unchecked Sendable {
  // Invariant: `costs` points into `file` to leftCount × rightCount numbers; it is not written to.
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

  /// The costs of a word that begins like `beginning` behind each way to end.
  @inline(__always)
  func row(of beginning: UInt16) -> Row {
    precondition(beginning < beginningCount, "a class of words that the matrix does not have")
    return unsafe Row(costs: costs + Int(beginning) &* endingCount)
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
