// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// One shard, found and opened: what its headers and sizes tell, checked against each other.
package struct TokenShard: Sendable {
  package let format: TokenFileFormat
  /// How ids are stored.
  let type: StoredTokenType
  /// The path of the file of ids, and where in it they lie.
  package let tokenPath: String
  let tokenRange: Range<Int>
  /// The number of documents, by the index.
  package let documentCount: Int
  /// All files, with their sizes in bytes: that of the ids first, then that of the index.
  package let files: [(path: String, byteCount: Int)]
  /// Megatron's index; other formats have an array of ends at ``endsRange`` of the last file.
  let index: MegatronIndex?
  let endsRange: Range<Int>
  /// The id that ends documents, where no file says where they end.
  let endOfDocument: UInt32?
  /// What the set's index says of a shard of MDS, litdata or TFRecord.
  let container: ContainerIndex.Shard?
  /// The file that tells where the documents come from, where there is one.
  package let provenancePath: String?
  let containerType: TokenType

  /// Bytes of ids.
  package var tokenByteCount: Int { tokenRange.count }
  /// The number of tokens, if the file of ids is what the index says; of MDS, litdata and TFRecord no
  /// more than that many could be in the file.
  package var tokenCount: Int { tokenRange.count / type.width }
  /// Bytes of all files.
  var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }

  /// A shard of a directory.
  ///
  /// - Throws: `fileNotFound`, `readFailed`.
  init(_ shard: ContainerIndex.Shard, _ set: ContainerIndex) throws(TextError) {
    let size = try fileSize(shard.path)
    format = set.format
    type = StoredTokenType(set.type)
    tokenPath = shard.path
    tokenRange = 0..<size
    documentCount = shard.sampleCount ?? 0
    (files, provenancePath) = try Self.files([(shard.path, size)], shard.path, set.format)
    index = nil
    endsRange = 0..<0
    endOfDocument = nil
    container = shard
    containerType = set.type
  }

  /// Opens the shard of a flat `format` whose files begin with `path`.
  ///
  /// Where it has ids alone, and `endOfDocument` ends documents, they are read once to count these.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `damagedArtefact`.
  package init(
    path: String, format: TokenFileFormat = .megatron, endOfDocument: UInt32? = nil
  ) throws(TextError) {
    let layout = FlatLayout(format)
    if case .megatron(let dialect) = layout {
      try self.init(path, format, dialect)
    } else if case .olmo = layout {
      try self.init(olmo: path)
    } else if format.holdsIDsAlone, kind(ofPath: path + layout.endsSuffix) == .missing,
      kind(ofPath: path + layout.tokenSuffix) != .missing
    {
      guard let endOfDocument else {
        throw TextError(
          .fileNotFound,
          "nothing says where its documents end: no \(format == .nanoGPT ? ".idx or " : "")"
            + "\(layout.endsSuffix) is there", at: .init(path: path + layout.tokenSuffix),
          remedy: "bring it, or name the id that ends them with --end-of-document")
      }
      try self.init(path, format, layout, endOfDocument)
    } else {
      try self.init(path, format, layout)
    }
  }

  private init(
    _ path: String, _ format: TokenFileFormat, _ dialect: MegatronDialect
  ) throws(TextError) {
    let index = try MegatronIndex(path: path + ".idx", dialect: dialect)
    let tokenPath = path + ".bin"
    let size = try fileSize(tokenPath)
    self.format = format
    self.index = index
    self.tokenPath = tokenPath
    type = index.type
    tokenRange = 0..<size
    documentCount = index.documentCount
    (files, provenancePath) = try Self.files(
      [(tokenPath, size), (index.path, index.byteCount)], path, format)
    endsRange = 0..<0
    endOfDocument = nil
    container = nil
    containerType = .int64
    try checkWholeTokens()
  }

  private init(
    _ path: String, _ format: TokenFileFormat, _ layout: FlatLayout
  ) throws(TextError) {
    let tokenPath = path + layout.tokenSuffix
    let endsPath = path + layout.endsSuffix
    let size = try fileSize(tokenPath)
    let endsSize = try fileSize(endsPath)
    let header = try layout.readHeader(tokenPath, size, besides: path)
    let endsHeader = layout.endsHeaderByteCount
    let endsRange = min(endsHeader, endsSize)..<endsSize
    self.format = format
    self.tokenPath = tokenPath
    self.endsRange = endsRange
    type = header.type
    tokenRange = min(layout.headerByteCount, size)..<size
    documentCount = endsRange.count / 8
    var files = [(path: tokenPath, byteCount: size), (path: endsPath, byteCount: endsSize)]
    for suffix in layout.sideSuffixes where path + suffix != endsPath {
      files.append((path + suffix, try fileSize(path + suffix)))
    }
    (self.files, provenancePath) = try Self.files(files, path, format)
    index = nil
    endOfDocument = nil
    container = nil
    containerType = .int64
    try checkWholeTokens()
    try checkCount(header.tokenCount)
    if endsHeader > 0 {
      let ends = try NumPyHeader(path: endsPath)
      guard ends == NumPyHeader(.uint64, count: documentCount) else {
        throw .damaged(endsPath, byte: 0, "its header is not that of \(documentCount) ends")
      }
    }
    guard endsRange.count % 8 == 0 else {
      throw .damaged(endsPath, byte: endsSize / 8 * 8, "ends within an entry of 8 bytes")
    }
  }

  /// A shard of ids alone.
  private init(
    _ path: String, _ format: TokenFileFormat, _ layout: FlatLayout, _ endOfDocument: UInt32
  ) throws(TextError) {
    let tokenPath = path + layout.tokenSuffix
    let size = try fileSize(tokenPath)
    let header = try layout.readHeader(tokenPath, size, besides: path)
    let tokenRange = layout.headerByteCount..<size
    self.format = format
    self.tokenPath = tokenPath
    self.tokenRange = tokenRange
    self.endOfDocument = endOfDocument
    type = header.type
    (files, provenancePath) = try Self.files([(tokenPath, size)], path, format)
    index = nil
    endsRange = 0..<0
    container = nil
    containerType = .int64
    documentCount = try EndedDocumentCursor.documentCount(
      tokenPath, tokenRange, header.type, endOfDocument)
    try checkIsNotWider(format, endOfDocument)
    try checkWholeTokens()
    try checkCount(header.tokenCount)
  }

  /// A shard of OLMo's: only the rows of its side file tell how many ids there are, and so how wide they
  /// are.
  private init(olmo path: String) throws(TextError) {
    tokenPath = path + ".npy"
    let size = try fileSize(tokenPath)
    let rowsPath = TokenFileFormat.olmo.provenancePath(ofShard: path)
    var rows = try ProvenanceCursor(rowsPath)
    var count = 0
    while try rows.next() { count += 1 }
    let tokens = rows.tokens.upperBound
    guard size == 2 * tokens || size == 4 * tokens else {
      throw .damaged(
        tokenPath, byte: size,
        "\(size) bytes long, where \(rowsPath) tells of \(tokens) ids of 2 or 4 bytes")
    }
    format = .olmo
    type = size == 2 * tokens ? .uint16 : .uint32
    tokenRange = 0..<size
    documentCount = count
    files = [(tokenPath, size), (rowsPath, try fileSize(rowsPath))]
    provenancePath = rowsPath
    endOfDocument = nil
    index = nil
    endsRange = 0..<0
    container = nil
    containerType = .int64
  }

  /// Refuses a Megatron `.bin` without its index for nanoGPT's: nothing else tells the two apart.
  private func checkIsNotWider(
    _ format: TokenFileFormat, _ endOfDocument: UInt32
  ) throws(TextError) {
    guard format == .nanoGPT else { return }
    var cursor = try EndedDocumentCursor(tokenPath, tokenRange, type, endOfDocument)
    guard try cursor.looksTwiceAsWide() else { return }
    throw TextError(
      .damagedArtefact, "holds 32-bit ids, which nanoGPT files do not have",
      at: .init(path: tokenPath),
      remedy: "bring the .idx beside it, or make one with \"malmoi repair --format megatron "
        + "--token-type int32 --end-of-document ID\"")
  }

  private func checkCount(_ stated: Int?) throws(TextError) {
    guard let stated, stated != tokenCount else { return }
    throw .damaged(
      tokenPath, byte: tokenRange.upperBound,
      "holds \(tokenCount) tokens, where its header states \(stated)")
  }

  /// `files` with the file of origins, if the shard at `path` has one.
  private static func files(
    _ files: [(path: String, byteCount: Int)], _ path: String, _ format: TokenFileFormat
  ) throws(TextError) -> (files: [(path: String, byteCount: Int)], provenancePath: String?) {
    let provenance = format.provenancePath(ofShard: path)
    guard kind(ofPath: provenance) == .file else { return (files, nil) }
    return (files + [(provenance, try fileSize(provenance))], provenance)
  }

  private func checkWholeTokens() throws(TextError) {
    guard tokenByteCount % type.width != 0 else { return }
    throw .damaged(
      tokenPath, byte: tokenRange.lowerBound + tokenCount * type.width,
      "ends within a token of \(type.width) bytes")
  }
}

extension FlatLayout {
  /// The name, behind the shard's path, of the file with the ends of documents.
  var endsSuffix: String {
    switch self {
    case .datatrove: ".ds.index"
    case .olmo: TokenFileFormat.olmo.provenanceSuffix
    default: Self.endsSuffix
    }
  }

  /// Bytes before the first end of a document.
  var endsHeaderByteCount: Int {
    if case .datatrove = self { return 0 }
    return NumPyHeader.byteCount
  }

  /// What the header of a file of ids says; nanoGPT's has none.
  ///
  /// - Throws: `readFailed`, `damagedArtefact`.
  func readHeader(
    _ path: String, _ size: Int, besides stem: String
  ) throws(TextError) -> (type: StoredTokenType, tokenCount: Int?) {
    guard size >= headerByteCount else {
      throw .damaged(path, byte: size, "ends within its header of \(headerByteCount) bytes")
    }
    switch self {
    case .megatron, .nanoGPT, .olmo: return (.uint16, nil)
    case .llmC:
      let header = try LLMCHeader(path: path)
      return (StoredTokenType(header.type), header.tokenCount)
    case .numPy:
      let header = try NumPyHeader(path: path)
      return (try StoredTokenType(header.kind, path: path), header.count)
    case .datatrove: return try Self.readMetadata(stem + ".ds.metadata")
    }
  }

  /// The first two lines of datatrove's metadata.
  private static func readMetadata(
    _ path: String
  ) throws(TextError) -> (type: StoredTokenType, tokenCount: Int?) {
    let lines = try readFile(path).makeString().split(
      separator: "\n", omittingEmptySubsequences: false)
    let width = lines.first?.split(separator: "|").last.flatMap { Int($0) }
    guard let width, width == 2 || width == 4, lines.count >= 2, let count = Int(lines[1]) else {
      throw .damaged(path, "does not say how many bytes a token has, and how many there are")
    }
    return (width == 2 ? .uint16 : .uint32, count)
  }
}

extension StoredTokenType {
  /// How `type` is stored.
  init(_ type: TokenType) {
    switch type {
    case .uint16: self = .uint16
    case .int32: self = .int32
    case .uint32: self = .uint32
    case .int64: self = .int64
    }
  }

  /// - Throws: `damagedArtefact` for a kind that is not one of ids.
  fileprivate init(_ kind: NumPyHeader.Kind, path: String) throws(TextError) {
    switch kind {
    case .uint16: self = .uint16
    case .int32: self = .int32
    case .uint32: self = .uint32
    case .int64: self = .int64
    case .uint64: throw .damaged(path, byte: 0, "its values are 64-bit and unsigned, not token ids")
    }
  }
}
