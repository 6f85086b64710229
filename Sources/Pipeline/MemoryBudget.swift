// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The most memory that a job may take, and how it is shared out.
package struct MemoryBudget: Sendable, Equatable {
  package let byteCount: Int
  /// Whether somebody asked for it; a guess never stops a job.
  private let isWanted: Bool

  /// What the process takes without tables: the program and its libraries (29 MiB, of which Foundation, for
  /// reports, 12), the data of ICU, the manifest.
  static let fixedBytes = 38 << 20
  /// What a thread takes beside its table: blocks that wait, parsed documents, buffers.
  static let threadBytes = 12 << 20
  /// A window that is larger is worth telling of: most are of 2 to 8 MiB.
  static let usualWindowBytes = 8 << 20
  /// The smallest table that is worth the name.
  private static let smallestTableBytes = 1 << 20
  /// What a merge takes for each of its runs.
  private static let runBytes = 320 << 10

  private init(byteCount: Int, isWanted: Bool) {
    self.byteCount = byteCount
    self.isWanted = isWanted
  }

  /// Half of the machine's memory.
  package static var standard: MemoryBudget {
    MemoryBudget(byteCount: physicalMemoryBytes / 2, isWanted: false)
  }

  /// The budget that `text` spells: a number of bytes, or of KiB, MiB, GiB or TiB.
  package init?(_ text: String) {
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)]
    let unit = units.first { text.hasSuffix($0.0) }
    let number = text.dropLast(unit == nil ? 0 : 3)
    guard let count = Int(number), count > 0, count <= Int.max >> (unit?.1 ?? 0) else { return nil }
    self.init(byteCount: count << (unit?.1 ?? 0), isWanted: true)
  }

  /// What is set aside for a window that cannot be known before it is met: an eighth, but no more than
  /// `zstd --long` takes.
  private var unknownWindowBytes: Int { min(byteCount / 8, 128 << 20) }

  /// What the table of each thread may take for reading `source`, whose windows are limited to what is
  /// set aside for them.
  ///
  /// - Throws: As ``tableBytes(threadCount:windowBytes:)``.
  func tableBytes(threadCount: Int, reading source: inout CorpusSource) throws(TextError) -> Int {
    let windowBytes = source.windowBytes(unknown: isWanted ? unknownWindowBytes : 0)
    // A guess never stops a job.
    if isWanted { source.limitWindows(to: windowBytes) }
    return try tableBytes(threadCount: threadCount, windowBytes: windowBytes)
  }

  /// What merging may take: a guess never stops it.
  var limit: Int { isWanted ? byteCount : .max }

  /// What the table of each of `threadCount` threads may take, where inputs are decompressed through a
  /// window of `windowBytes`.
  ///
  /// - Throws: `invalidArgument` if there is too little.
  func tableBytes(threadCount: Int, windowBytes: Int = 0) throws(TextError) -> Int {
    let fixedBytes = Self.fixedBytes + windowBytes
    let rest = byteCount - fixedBytes - threadCount * Self.threadBytes
    guard rest / threadCount >= Self.smallestTableBytes else {
      if !isWanted { return Self.smallestTableBytes }
      let needed = fixedBytes + threadCount * (Self.threadBytes + Self.smallestTableBytes)
      let window =
        windowBytes <= Self.usualWindowBytes
        ? "" : " and an input that was compressed with a window of \(windowBytes >> 20) MiB"
      throw TextError(
        .invalidArgument,
        "\(byteCount >> 20) MiB are too little memory for \(threadCount) threads"
          + window,
        remedy: "allow at least --memory \((needed - 1) >> 20 + 1)MiB, or fewer --threads")
    }
    return rest / threadCount
  }

  /// How many runs are merged at a time.
  var fanIn: Int {
    // Descriptors are few: the usual limit is 1024.
    min(max((byteCount - Self.fixedBytes) / Self.runBytes, 8), 512)
  }
}
