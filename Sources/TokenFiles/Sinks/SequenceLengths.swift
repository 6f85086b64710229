// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The lengths of a shard's sequences in order, while it is written: the index wants them only when
/// all are known.
///
/// The newest are in memory, the others in a temporary file beside the shard, so that a corpus of a
/// billion lines takes no more memory than one of a million.
struct SequenceLengths: ~Copyable, Sendable {
  private let path: String
  private let heldCount: Int
  private var held = GrowableBuffer<Int32>()
  private var file: FileDescriptor?
  private var spilledCount = 0
  /// Whether the file outlives this value.
  private var isKept = false

  /// No lengths yet; at most `heldCount` will be in memory, the others in the file `path`.
  init(spillingTo path: String, holding heldCount: Int) {
    precondition(heldCount > 0)
    self.path = path
    self.heldCount = heldCount
  }

  /// The first `count` lengths of an earlier run, which ``checkpoint()`` left in the file `path`.
  ///
  /// - Throws: `fileNotFound`, `writeFailed`, `damagedArtefact`.
  init(continuing path: String, count: Int, holding heldCount: Int) throws(TextError) {
    let file = try FileDescriptor.extending(path, keeping: 4 * count)
    self.init(spillingTo: path, holding: heldCount)
    self.file = consume file
    isKept = true
    spilledCount = count
  }

  deinit { if file != nil && !isKept { removeFile(path) } }

  /// The number of lengths.
  var count: Int { spilledCount + held.count }

  /// - Throws: `writeFailed`.
  mutating func append(_ length: Int32) throws(TextError) {
    if held.count == heldCount { try spill() }
    held.append(length)
  }

  private mutating func spill() throws(TextError) {
    if file == nil { file = try FileDescriptor.writing(path) }
    var bytes = ByteBuffer(capacity: held.count * 4)
    for index in 0..<held.count { bytes.append(littleEndian: held[index]) }
    try file?.write(bytes.span, path: path)
    spilledCount += held.count
    held.removeAll()
  }

  /// Puts all lengths into the file, durable, and leaves it there when this value goes; returns its
  /// bytes.
  ///
  /// - Throws: `writeFailed`.
  mutating func checkpoint() throws(TextError) -> Int {
    try spill()
    isKept = true
    try file?.synchronize(path: path)
    return 4 * spilledCount
  }

  /// Calls `body` with each length in order.
  ///
  /// - Throws: `readFailed`; what `body` throws.
  func forEach(_ body: (Int32) throws(TextError) -> Void) throws(TextError) {
    if spilledCount > 0 {
      var section = try FileSection(path, 0..<4 * spilledCount)
      for _ in 0..<spilledCount { try body(try section.next(Int32.self)) }
    }
    for index in 0..<held.count { try body(held[index]) }
  }
}
