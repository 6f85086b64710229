// SPDX-License-Identifier: Apache-2.0

internal import CArchive
internal import Glibc
internal import TextCore

/// An archive whose members come one after the other, by libarchive; nothing is unpacked to disk.
@safe
final class Archive: @unchecked Sendable {
  // Invariant: `handle` is owned by this object; libarchive calls back only while one of its functions
  // runs, so `self` outlives every call. Used by one thread at a time, the one that claims.
  private let container: Container
  let path: String
  private let input: ByteStream
  private let limit: ExpansionLimit
  private var handle: OpaquePointer?
  /// The piece of the input that libarchive looks at.
  private var piece = ByteBuffer()
  /// What went wrong with the input while libarchive waited for it.
  private var inputError: TextError?
  private var isInputAtEnd = false
  /// The file once more, for 7z: its reader goes back and forth.
  private let seekable: FileDescriptor?

  /// libarchive forgets what it has decompressed of a piece that holds damage, so pieces are small.
  private static let pieceBytes = 1 << 14

  /// Opens `input` as an archive.
  ///
  /// - Throws: `damagedCompression` for a 7z archive that can only be read forwards.
  init(_ container: Container, _ input: ByteStream, limit: ExpansionLimit) throws(TextError) {
    self.container = container
    self.input = input
    self.limit = limit
    path = input.path
    seekable = container == .sevenZip ? try input.reopened() : nil
    let kind =
      switch container {
      case .zip: CA_ZIP
      case .tar: CA_TAR
      case .sevenZip: CA_7ZIP
      }
    let source = unsafe ca_input(
      context: Unmanaged.passUnretained(self).toOpaque(),
      read: { context, bytes in
        guard let context = unsafe context, let bytes = unsafe bytes else { return -1 }
        return unsafe Unmanaged<Archive>.fromOpaque(context).takeUnretainedValue().nextPiece(bytes)
      },
      seek: seekable == nil
        ? nil
        : { context, offset, whence in
          guard let context = unsafe context else { return -1 }
          return Int64(
            unsafe Unmanaged<Archive>.fromOpaque(context).takeUnretainedValue()
              .seekable?.seek(Int(offset), whence) ?? -1)
        })
    unsafe handle = ca_archive_new(kind, source)
    precondition(unsafe handle != nil, "no memory for an archive")
  }

  deinit { if let handle = unsafe handle { unsafe ca_archive_free(handle) } }

  /// A member of the archive.
  struct Member {
    /// The name in the archive.
    var name: String
    var isFile: Bool
    var isEncrypted: Bool
  }

  /// Goes to the next member, nil behind the last.
  ///
  /// - Throws: `readFailed`; `damagedCompression`, after which there is no next member.
  func nextMember() throws(TextError) -> Member? {
    var found = unsafe ca_member()
    switch unsafe ca_archive_next(handle, &found) {
    case CA_MORE:
      // Safe: the name lives until the next call.
      let name = unsafe Span(_unsafeStart: found.name, count: found.name_count)
      return unsafe Member(
        name: decodedName(name), isFile: found.is_file, isEncrypted: found.is_encrypted)
    case CA_END:
      if let error = inputError.take() { throw error }
      // libarchive looks for more only where the mark of the end is missing.
      if container == .tar, isInputAtEnd {
        throw damage("ends without the mark of a tar's end", path)
      }
      if container != .sevenZip { try input.drain() }
      return nil
    default: throw failure(path)
    }
  }

  /// Appends up to `room` bytes of the current member to `output`; returns how many, 0 at its end.
  ///
  /// - Throws: `readFailed`; `damagedCompression`.
  func read(upTo room: Int, into output: inout ByteBuffer) throws(TextError) -> Int {
    var result = CA_MORE
    let before = output.count
    // Safe: at most `room` bytes are written, to the room that was made for them.
    unsafe output.append(room: room) { spare in
      var written = 0
      result = unsafe ca_archive_read(handle, spare, room, &written)
      return written
    }
    if result == CA_BAD_MEMBER || result == CA_BAD_ARCHIVE { throw failure(path) }
    let count = output.count - before
    if container != .tar { try limit.add(count) { damage($0, path) } }
    return count
  }

  /// The place in the stored file up to which everything is used.
  var storedPosition: Int {
    let position = unsafe Int(ca_archive_position(handle))
    // Where the archive is the stored file itself, libarchive knows better than its input.
    return input.isPlainFile ? position : input.storedPosition
  }

  private func nextPiece(_ bytes: UnsafeMutablePointer<UnsafePointer<UInt8>?>) -> Int {
    piece.removeAll()
    do throws(TextError) {
      let room = StoredFile.chunkBytes
      if try seekable?.read(upTo: room, into: &piece, path: path) == nil {
        _ = try input.read(upTo: Self.pieceBytes, into: &piece)
      }
    } catch {
      inputError = error
    }
    isInputAtEnd = piece.isEmpty
    unsafe bytes.pointee = UnsafePointer(piece.elements)
    return piece.count
  }

  private func failure(_ path: String) -> TextError {
    // Damage of what holds the archive explains the archive's.
    if let error = inputError { return error }
    let message = unsafe String(cString: ca_archive_message(handle))
    return damage("damaged \(container.name) archive: \(message)", path)
  }

  private func damage(_ what: String, _ path: String) -> TextError {
    .damage(what, at: path, byteOffset: storedPosition)
  }
}

extension Container {
  /// The name in messages.
  var name: String {
    switch self {
    case .zip: "zip"
    case .tar: "tar"
    case .sevenZip: "7z"
    }
  }
}

/// The name of a member: UTF-8, or CP949 as Korean Windows writes it into zip archives.
private func decodedName(_ bytes: Span<UInt8>) -> String {
  if isWellFormedUTF8(bytes) { return String(decodingUTF8: bytes) }
  var name = ByteBuffer()
  DoubleByteCharset.cp949.appendUTF8(bytes, to: &name)
  return name.makeString()
}
