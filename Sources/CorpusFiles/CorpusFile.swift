// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A corpus file on disk as the stream of what it holds: itself, or the members of an archive, which
/// may hold archives in turn, one level deep.
///
/// A member goes by the path of its archive, "!/" and its own: `news.zip!/2024/기사.json`.
struct CorpusFile: ~Copyable, Sendable {
  private let file: StoredFile
  private let limit: ExpansionLimit
  private let options: CorpusOptions
  /// The stored file's own bytes, until they are given out or become an archive.
  private var whole: ByteStream?
  /// The archives that are open, the outermost first.
  private var archives: [Archive] = []
  /// Whether a member of the file was given out or named as lost.
  private var isAnythingTold = false
  /// What the file held.
  private(set) var findings = FileFindings()

  private static let separator = "!/"
  /// An archive in an archive is read; one in that is not.
  private static let maximumDepth = 2

  /// Stored bytes read so far.
  var storedBytesRead: Int { file.bytesRead }

  /// Opens `path`, "-" for standard input.
  ///
  /// - Throws: `fileNotFound`, `readFailed`.
  init(_ path: String, _ options: CorpusOptions) throws(TextError) {
    let file = try StoredFile(path)
    let limit = ExpansionLimit(
      file, ratio: options.maximumExpansion, windowBytes: options.maximumWindowBytes)
    let stream = try ByteStream(.file(file), path: path, limit: limit)
    self.file = file
    self.limit = limit
    self.options = options
    whole = stream
  }

  /// What comes next in a file.
  enum Next {
    case member(ByteStream)
    /// Something that cannot be read; what follows it may be.
    case lost(TextError)
    case end
  }

  /// The next member, or the file itself if it is no archive.
  ///
  /// - Throws: `readFailed`.
  mutating func next() throws(TextError) -> Next {
    do throws(TextError) {
      if let stream = whole.take() {
        guard let container = try Self.container(of: stream) else { return .member(stream) }
        findings.isArchive = true
        archives.append(try Archive(container, stream, limit: limit))
      }
      while let archive = archives.last {
        guard let member = try archive.nextMember() else {
          archives.removeLast()
          continue
        }
        if let next = try open(member, of: archive) { return next }
      }
    } catch {
      guard error.code == .damagedCompression else { throw error }
      // What is inside a damaged archive is lost with it; what is around it goes on.
      if !archives.isEmpty { archives.removeLast() }
      isAnythingTold = true
      return .lost(error)
    }
    if findings.isArchive, !isAnythingTold {
      isAnythingTold = true
      return .lost(nothingRead)
    }
    return .end
  }

  /// Notes what the text of a member was found to be.
  mutating func note(_ charset: Charset, utf8Lines: Int) {
    findings.charsets[charset, default: 0] += 1
    findings.convertedRecords += utf8Lines
  }

  /// Reads what is left of the file and returns its digest.
  ///
  /// - Throws: `readFailed`.
  consuming func finish() throws(TextError) -> FileDigest { try file.finish() }

  private static func container(of stream: ByteStream) throws(TextError) -> Container? {
    let header = try stream.peek(Container.headerBytes)
    if let found = Container(magicOf: header.span) { return found }
    // As for compression, a name that is not kept means damage.
    return header.isEmpty ? nil : FileNames.container(of: stream.path)
  }

  /// Opens a member of `archive`; nil if it is to be passed over.
  private mutating func open(
    _ member: Archive.Member, of archive: Archive
  ) throws(TextError) -> Next? {
    guard member.isFile, !FileNames.isHidden(member.name) else { return nil }
    let path = archive.path + Self.separator + member.name
    if options.excludes(path) {
      findings.excluded += 1
      return nil
    }
    guard FileNames.isOfCorpus(member.name) else {
      findings.ignore(path)
      return nil
    }
    isAnythingTold = true
    if member.isEncrypted {
      return .lost(
        TextError(
          .badRecord, "is encrypted", at: .init(path: path, byteOffset: archive.storedPosition),
          remedy: "decrypt the archive first"))
    }
    let stream = try ByteStream(.member(archive), path: path, limit: limit)
    guard let container = try Self.container(of: stream) else {
      findings.read += 1
      return .member(stream)
    }
    guard archives.count < Self.maximumDepth else {
      return .lost(
        TextError(
          .badRecord, "is an archive in an archive in an archive",
          at: .init(path: path, byteOffset: archive.storedPosition), remedy: "unpack the outer one")
      )
    }
    archives.append(try Archive(container, stream, limit: limit))
    return nil
  }

  private var nothingRead: TextError {
    TextError(
      .badRecord, "no member of this archive has the name of a corpus file",
      at: .init(path: file.path), remedy: "see malmoi cat --help for the names")
  }
}
