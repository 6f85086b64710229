// SPDX-License-Identifier: Apache-2.0

/// What an artefact was made from and how: the small JSON file beside every vocabulary and every
/// set of token files.
///
/// It records what decides the artefact's bytes and nothing else (no time, threads, memory or
/// absolute path), so it is as deterministic as the artefact.
package struct Manifest: Sendable {
  /// The version of the manifest's own layout.
  package static let formatVersion = 1

  /// A file that was read.
  package struct Input: Sendable {
    /// The path as given.
    package var path: String
    /// Bytes as stored, before decompression.
    package var byteCount: Int
    /// SHA-256 of the bytes as stored.
    package var sha256: String
    package var documentCount: Int
    /// What was found in it, where it is more than UTF-8 text: how many members in which charset, how
    /// many records repaired, by name.
    package var findings: [Finding] = []

    package struct Finding: Hashable, Sendable {
      package var name: String
      package var count: Int

      package init(_ name: String, _ count: Int) {
        self.name = name
        self.count = count
      }
    }

    package init(path: String, byteCount: Int, sha256: String, documentCount: Int) {
      self.path = path
      self.byteCount = byteCount
      self.sha256 = sha256
      self.documentCount = documentCount
    }
  }

  /// A file that was written, named relative to the manifest.
  package struct Output: Sendable, Equatable {
    package var name: String
    package var byteCount: Int
    /// "sha256:…" or "xxh3:…", hexadecimal.
    package var checksum: String

    package init(name: String, byteCount: Int, checksum: String) {
      self.name = name
      self.byteCount = byteCount
      self.checksum = checksum
    }
  }

  /// "tokenizer" or "token-files".
  package var kind: String
  package var toolVersion: String
  package var inputs: [Input] = []
  /// The options that decide the bytes, in a fixed order.
  package var options: [(String, JSON)] = []
  /// Counts and facts about the result.
  package var results: [(String, JSON)] = []
  package var outputs: [Output] = []

  package init(kind: String, toolVersion: String) {
    self.kind = kind
    self.toolVersion = toolVersion
  }

  package var json: JSON {
    .object([
      ("malmoi_manifest", .integer(Self.formatVersion)),
      ("kind", .string(kind)),
      ("tool_version", .string(toolVersion)),
      (
        "inputs",
        .array(
          inputs.map { input in
            .object(
              [
                ("path", .string(input.path)), ("bytes", .integer(input.byteCount)),
                ("sha256", .string(input.sha256)), ("documents", .integer(input.documentCount)),
              ] + input.foundFields)
          })
      ),
      ("options", .object(options)),
      ("results", .object(results)),
      (
        "outputs",
        .array(
          outputs.map(\.json))
      ),
    ])
  }
}

extension Manifest.Output {
  package var json: JSON {
    .object([
      ("name", .string(name)), ("bytes", .integer(byteCount)), ("checksum", .string(checksum)),
    ])
  }

  package init?(_ value: JSONValue) {
    guard let name = value["name"]?.string, let bytes = value["bytes"]?.integer,
      let checksum = value["checksum"]?.string
    else { return nil }
    self.init(name: name, byteCount: bytes, checksum: checksum)
  }
}

extension Manifest.Input {
  /// The findings as a manifest holds them: no field if there is nothing to tell.
  package var foundFields: [(String, JSON)] {
    findings.isEmpty
      ? [] : [("found", .object(findings.map { ($0.name, .integer($0.count)) }))]
  }

  /// The input that an entry of a manifest holds; nil if it is incomplete.
  package init?(_ value: JSONValue) {
    guard let path = value["path"]?.string, let bytes = value["bytes"]?.integer,
      let sha256 = value["sha256"]?.string, let documents = value["documents"]?.integer
    else { return nil }
    self.init(path: path, byteCount: bytes, sha256: sha256, documentCount: documents)
    findings = (value["found"]?.fields ?? []).compactMap { name, value in
      value.integer.map { Finding(name, $0) }
    }
  }
}

/// A manifest read back, for verifying and for finding the files it names.
package struct StoredManifest {
  package let path: String
  package let root: JSONValue
  package let kind: String
  package let outputs: [Manifest.Output]
  package let seal: ManifestSeal

  /// Reads the manifest at `path`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `damagedArtefact`.
  package init(path: String) throws(TextError) {
    self.path = path
    let contents = try readFile(path)
    seal = ManifestSeal(of: contents.span)
    root = try JSONDocument(contents, path: path, code: .damagedArtefact).root
    func damaged(_ what: String) -> TextError {
      TextError(
        .damagedArtefact, what, at: .init(path: path), remedy: "make the artefact again")
    }
    guard root["malmoi_manifest"]?.integer == Manifest.formatVersion,
      let kind = root["kind"]?.string
    else { throw damaged("not a malmoi manifest of version \(Manifest.formatVersion)") }
    self.kind = kind
    var outputs: [Manifest.Output] = []
    for item in root["outputs"]?.elements ?? [] {
      guard let output = Manifest.Output(item) else {
        throw damaged("an entry of \"outputs\" is incomplete")
      }
      outputs.append(output)
    }
    self.outputs = outputs
  }

  /// The directory of the manifest, with its slash, or nothing for the current one.
  package var directoryPrefix: String {
    TextCore.directoryPrefix(ofPath: path)
  }
}
