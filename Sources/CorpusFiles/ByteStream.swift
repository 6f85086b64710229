// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The bytes of a stored file or of an archive's member, decompressed on the way.
///
/// Compression is known by the magic number; a name that promises one and does not keep it means
/// damage, not text.
final class ByteStream: @unchecked Sendable {
  // Invariant: used by one thread at a time, the one that claims the next block.

  enum Origin { case file(StoredFile), member(Archive) }

  /// The path for messages.
  let path: String
  let origin: Origin
  private let limit: ExpansionLimit
  private var decoder: StreamDecoder?
  /// Compressed bytes that are read but not yet decompressed, from `storedOffset` on.
  private var stored = ByteBuffer()
  private var storedOffset = 0
  /// Bytes that were looked at and not yet given out, from `aheadOffset` on.
  private var ahead = ByteBuffer()
  private var aheadOffset = 0
  private var isAtEnd = false
  /// Damage that was met when looking ahead.
  private var damageAhead: TextError?

  /// Begins to read `origin`; `limit` is shared by all streams of a file.
  ///
  /// - Throws: `readFailed`.
  init(_ origin: Origin, path: String, limit: ExpansionLimit) throws(TextError) {
    self.origin = origin
    self.path = path
    self.limit = limit
    try lookAhead(to: Codec.magicBytes)
    let codec = Codec(magicOf: ahead.span) ?? (ahead.isEmpty ? nil : FileNames.codec(of: path))
    if let codec {
      swap(&stored, &ahead)
      decoder = StreamDecoder(codec, windowBytes: limit.windowBytes)
      // A short file ended while its magic number was looked for, and is not decompressed yet.
      isAtEnd = false
    }
  }

  /// Appends up to `room` bytes to `output`; returns how many, 0 at the end.
  ///
  /// - Throws: `readFailed`; `damagedCompression` at a byte of the stored file, after everything
  ///   before the damage was given out. The stream is at its end then.
  func read(upTo room: Int, into output: inout ByteBuffer) throws(TextError) -> Int {
    guard room > 0 else { return 0 }
    if aheadOffset < ahead.count {
      let end = min(ahead.count, aheadOffset + room)
      copy(ahead, aheadOffset..<end, to: &output)
      defer { aheadOffset = end }
      return end - aheadOffset
    }
    if let damage = damageAhead.take() {
      isAtEnd = true
      throw damage
    }
    return try readNext(upTo: room, into: &output)
  }

  /// The next bytes, which are not taken: `count` of them, fewer only before the end or damage.
  ///
  /// - Throws: `readFailed`.
  func peek(_ count: Int) throws(TextError) -> [UInt8] {
    try lookAhead(to: count)
    var bytes = ByteBuffer()
    let end = min(ahead.count, aheadOffset + count)
    copy(ahead, aheadOffset..<end, to: &bytes)
    return bytes.makeArray()
  }

  /// The place in the stored file up to which everything is used.
  var storedPosition: Int {
    switch origin {
    case .file(let file):
      // A stream that is not compressed is never asked while it looks ahead.
      let unused = decoder == nil ? ahead.count - aheadOffset : stored.count - storedOffset
      return file.bytesRead - unused
    case .member(let archive): return archive.storedPosition
    }
  }

  /// Whether what was looked at ends where damage begins.
  var meetsDamage: Bool { damageAhead != nil }

  /// Whether these are the bytes of a stored file as they are stored.
  var isPlainFile: Bool {
    if case .file = origin { return decoder == nil }
    return false
  }

  /// The stored file once more, for readers that go back and forth.
  ///
  /// - Throws: `badRecord` for pipes and for what is compressed or a member.
  func reopened() throws(TextError) -> FileDescriptor {
    if case .file(let file) = origin, isPlainFile, file.byteCount != nil,
      file.path != CorpusInputs.standardInput
    {
      return try FileDescriptor.reading(file.path)
    }
    throw .damage("a 7z archive is read only from a file of its own", at: path, byteOffset: 0)
  }

  /// Reads to the end, so that checksums are checked.
  ///
  /// - Throws: As ``read(upTo:into:)``.
  func drain() throws(TextError) {
    var rest = ByteBuffer()
    while try read(upTo: StoredFile.chunkBytes, into: &rest) > 0 { rest.removeAll() }
  }

  private func lookAhead(to count: Int) throws(TextError) {
    if aheadOffset > 0, ahead.count - aheadOffset < count {
      ahead.removeFirst(aheadOffset)
      aheadOffset = 0
    }
    do throws(TextError) {
      while ahead.count - aheadOffset < count, damageAhead == nil,
        try readNext(upTo: max(count, StoredFile.chunkBytes), into: &ahead) > 0
      {}
    } catch {
      guard error.code == .damagedCompression else { throw error }
      damageAhead = error
    }
  }

  private func readNext(
    upTo room: Int, into output: inout ByteBuffer
  ) throws(TextError) -> Int {
    if isAtEnd { return 0 }
    do throws(TextError) {
      let count =
        decoder == nil
        ? try receive(upTo: room, into: &output) : try decompress(upTo: room, into: &output)
      isAtEnd = count == 0
      return count
    } catch {
      isAtEnd = true
      throw error
    }
  }

  /// Reads bytes as they are stored.
  private func receive(
    upTo room: Int, into output: inout ByteBuffer
  ) throws(TextError) -> Int {
    switch origin {
    case .file(let file): try file.read(upTo: room, into: &output)
    case .member(let archive): try archive.read(upTo: room, into: &output)
    }
  }

  /// Decompresses until `output` has grown, or to the end.
  private func decompress(
    upTo room: Int, into output: inout ByteBuffer
  ) throws(TextError) -> Int {
    let before = output.count
    while output.count == before {
      switch decoder?.step(stored, from: storedOffset, upTo: room, into: &output) {
      case .consumed(let count)?:
        storedOffset += count
        if count > 0 || output.count > before { break }
        guard storedOffset == stored.count, try !receiveStored() else { break }
        if decoder?.isBetweenStreams == false { throw damage("ends inside \(unit)") }
        return 0
      case .damaged(let count, let message)?:
        storedOffset += count
        let error = damage("damaged \(codecName) data: \(message)")
        if output.count == before { throw error }
        // What stands before the damage comes first.
        damageAhead = error
      case .windowTooLarge?:
        throw limit.windowError { damage($0) }
      case nil: preconditionFailure("only compressed streams are decompressed")
      }
    }
    try limit.add(output.count - before) { damage($0) }
    return output.count - before
  }

  /// Reads the next compressed bytes behind those not yet used; false at the end.
  private func receiveStored() throws(TextError) -> Bool {
    if storedOffset == stored.count {
      stored.removeAll()
      storedOffset = 0
    }
    return try receive(upTo: StoredFile.chunkBytes, into: &stored) > 0
  }

  private var codecName: String {
    guard let codec = decoder?.codec else { return "" }
    return "\(codec)"
  }

  /// What the specification of the codec calls that which may be followed by another.
  private var unit: String {
    switch decoder?.codec {
    case .zstd?: "a zstd frame"
    case .lz4?: "an lz4 frame"
    case .gzip?: "a gzip member"
    case .bzip2?: "a bzip2 stream"
    case .xz?: "an xz stream"
    case nil: "a stream"
    }
  }

  private func damage(_ what: String) -> TextError {
    .damage(what, at: path, byteOffset: storedPosition)
  }
}

private func copy(
  _ source: borrowing ByteBuffer, _ range: Range<Int>, to target: inout ByteBuffer
) {
  target.append(copying: source.span.extracting(range))
}

extension TextError {
  /// Damage at a byte of the stored file.
  static func damage(_ what: String, at path: String, byteOffset: Int) -> TextError {
    TextError(
      .damagedCompression, what, at: .init(path: path, byteOffset: byteOffset),
      remedy: "copy or download the file again; what stands before is used")
  }
}

/// How far the streams of a file may expand, the guard against decompression bombs, and what they may
/// take for it.
final class ExpansionLimit: @unchecked Sendable {
  // Invariant: used by one thread at a time, the one that claims the next block.
  private let file: StoredFile
  /// Bytes out for each stored byte; 0 for no limit.
  private let ratio: Int
  private var bytes = 0
  /// The largest window of a zstd frame.
  let windowBytes: Int

  /// So much may come out of any file: a bomb that is smaller does no harm.
  private static let harmlessBytes = 1 << 28

  init(_ file: StoredFile, ratio: Int, windowBytes: Int) {
    self.file = file
    self.ratio = ratio
    self.windowBytes = windowBytes
  }

  /// The error of a frame that asks for a larger window, made by `error` of what is wrong.
  ///
  /// It is no damage where somebody has set the limit: leaving the rest out would be a loss.
  func windowError(_ error: (String) -> TextError) -> TextError {
    guard windowBytes < ZstdDecoder.maximumWindowBytes else {
      return error("a zstd frame asks for a window of more than 2 GiB")
    }
    var refusal = error(
      "a zstd frame asks for a window of more than the \(windowBytes >> 20) MiB that are set aside for it"
    )
    refusal.code = .invalidArgument
    refusal.remedy = "decompress the file first, or leave --memory out"
    return refusal
  }

  /// Counts bytes that were decompressed.
  ///
  /// - Throws: The error that `error` makes of what is wrong, beyond the limit.
  func add(_ count: Int, _ error: (String) -> TextError) throws(TextError) {
    bytes += count
    guard ratio > 0, bytes > Self.harmlessBytes, bytes / ratio > file.bytesRead else { return }
    var bomb = error("expands to more than \(ratio) times its size")
    bomb.remedy = "pass --max-expansion 0 to read it all the same; what stands before is used"
    throw bomb
  }
}
