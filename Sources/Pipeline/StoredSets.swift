// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenFiles

/// Sets of token files that are read as one: they must be of the same tokenizer.
struct StoredSets {
  private let readers: [TokenFileReader]
  private var manifests: [StoredManifest] { readers.compactMap(\.manifest) }

  /// The sets of `readers`.
  ///
  /// - Throws: `invalidArgument` if manifests name different tokenizers, edges of documents or ways of
  ///   packing, or columns that would be lost.
  init(_ readers: [TokenFileReader]) throws(TextError) {
    self.readers = readers
    let names = [
      "tokenizer_sha256", "vocabulary_size", "beginning_of_document", "end_of_document", "packing",
    ]
    for name in names { try checkSame(name) }
    for manifest in manifests { try checkColumns(manifest) }
  }

  private func checkColumns(_ manifest: StoredManifest) throws(TextError) {
    let columns = manifest.root["options"]?["packing"]?["columns"]?.elements.compactMap(\.string)
    guard let columns, columns.count > 1 else { return }
    throw TextError(
      .invalidArgument,
      "the set has columns beside its ids (\(columns.dropFirst().joined(separator: ", "))), which "
        + "would be lost", at: .init(path: manifest.path), remedy: "encode the corpus again")
  }

  private func checkSame(_ name: String) throws(TextError) {
    let stated = manifests.map { manifest in
      let value = manifest.root["options"]?[name].map { JSON(copying: $0) } ?? .null
      return (manifest.path, value.serialized(indent: nil).makeString())
    }
    guard let first = stated.first, let other = stated.first(where: { $0.1 != first.1 }) else {
      return
    }
    throw TextError(
      .invalidArgument,
      "sets that do not belong together: \(name) is \(first.1) in \(first.0) and \(other.1) in \(other.0)",
      remedy: "join only sets of one tokenizer, one way of ending documents and one of packing")
  }

  /// What the sets hold: as their manifests state it, or by reading them through.
  ///
  /// - Throws: `readFailed`, `damagedArtefact`, `interrupted`.
  func totals(_ context: JobContext) throws(TextError) -> TokenFileSummary {
    var totals = TokenFileSummary()
    for reader in readers {
      if let results = reader.manifest?.root["results"],
        let documents = results["documents"]?.integer,
        let tokens = results["tokens"]?.integer, let largest = results["maximum_id"]
      {
        totals.documentCount += documents
        totals.tokenCount += tokens
        totals.include(largest.integer.flatMap { UInt32(exactly: $0) })
        continue
      }
      try reader.forEachDocument { (_, ids) throws(TextError) in
        try context.checkCancellation()
        totals.documentCount += 1
        totals.tokenCount += ids.count
        totals.include(ids.largest)
      }
    }
    // The width must hold what the tokenizer can make, not only what it made here.
    if let size = manifests.first?.root["options"]?["vocabulary_size"]?.integer {
      totals.include(UInt32(exactly: size - 1))
    }
    return totals
  }

  /// What decides the result.
  ///
  /// - Throws: `readFailed`.
  func identity(
    _ sinks: [SinkSettings], _ tokenType: TokenTypeRequest
  ) throws(TextError) -> JobIdentity {
    let files = readers.flatMap(\.paths).map { path -> JSON in
      let state = FileState(path: path)
      return .string(
        "\(path), \(state?.byteCount ?? -1) bytes, changed at \(state?.modified ?? -1)")
    }
    let ends = readers.map { $0.endOfDocument.map { JSON.integer(Int($0)) } ?? .null }
    let outputs = sinks.map { sink -> JSON in
      .object([
        ("sink", .string("\(sink.output.format.rawValue):\(sink.output.path)")),
        ("token_type", .string(sink.shards.type.name)), ("limits", .object(sink.limits.fields)),
      ])
    }
    return JobIdentity(
      json: .object([
        ("job", .string("convert-shards")), ("tool_version", .string(toolVersion)),
        ("outputs", .array(outputs)), ("inputs", .array(files)), ("ends", .array(ends)),
      ]))
  }

  /// The manifest of what is written from the sets, but for what the sink adds: the options of the
  /// first set that has a manifest, and the sets as inputs.
  func manifest(_ sink: SinkSettings, _ inputs: [Manifest.Input]) -> Manifest {
    var manifest = Manifest(kind: "token-files", toolVersion: toolVersion)
    manifest.inputs = inputs
    let layout = [
      "format", "shard_tokens", "shard_bytes", "shard_input_bytes", "shards", "balanced_shards",
    ]
    let options = manifests.first?.root["options"]?.fields ?? []
    manifest.options =
      options.filter { !layout.contains($0.name) }.map { ($0.name, JSON(copying: $0.value)) }
      + [("format", .string(sink.output.format.rawValue))] + sink.limits.fields
    return manifest
  }

  /// What was read: of each set its manifest, which has the checksums of the others, or else every
  /// file.
  ///
  /// - Throws: `readFailed`.
  func inputs() throws(TextError) -> [Manifest.Input] {
    var inputs: [Manifest.Input] = []
    for reader in readers {
      var documentCount = reader.documentCount
      for path in reader.manifest.map({ [$0.path] }) ?? reader.paths {
        let hashed = try SHA256.hash(fileAt: path)
        inputs.append(
          Manifest.Input(
            path: path, byteCount: hashed.byteCount, sha256: hashed.digest,
            documentCount: documentCount))
        documentCount = 0
      }
    }
    return inputs
  }
}
