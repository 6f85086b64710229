// SPDX-License-Identifier: Apache-2.0

package import Normalization
package import TextCore

/// How text became pretokens: what count files must agree in to be added up or trained from.
package struct CountSettings: Sendable, Equatable {
  /// Names and values as manifests hold them.
  package var options: [(String, String?)]

  package init(options: [(String, String?)]) { self.options = options }

  package static func == (left: CountSettings, right: CountSettings) -> Bool {
    left.options.elementsEqual(right.options) { $0 == $1 }
  }

  package subscript(name: String) -> String? { options.first { $0.0 == name }?.1 }

  /// The first option in which `other` differs, with both values.
  package func difference(
    from other: CountSettings
  ) -> (name: String, own: String, other: String)? {
    for (name, value) in options where other[name] != value {
      return (name, value ?? "none", other[name] ?? "none")
    }
    return nil
  }
}

/// One source of a count file: what was read, and what it gave.
package struct CountSource: Sendable {
  package var name: String
  /// The options of reading, names and values as manifests hold them.
  package var reading: [(String, String)] = []
  package var inputs: [Manifest.Input] = []
  package var replacedSequences = 0
  package var rejectedRecords = 0
  /// What each rule of normalisation changed.
  package var receipt = NormalizationReceipt()
  /// The inputs that end early or are corrupt.
  package var damagedInputs: [String] = []
  /// The factors by which its counts were multiplied, one after the other.
  package var weights: [String] = []

  package init(name: String) { self.name = name }

  package var documents: Int { inputs.reduce(0) { $0 + $1.documentCount } }

  /// Adds what another file knows of the source of this name.
  ///
  /// - Throws: `invalidArgument` if it was read or weighted in another way.
  package mutating func add(_ other: CountSource) throws(TextError) {
    guard reading.elementsEqual(other.reading, by: { $0 == $1 }), weights == other.weights else {
      throw TextError(
        .invalidArgument, "source \"\(name)\" was read with other options, or weighted otherwise",
        remedy: "count it again under another name")
    }
    inputs += other.inputs
    replacedSequences += other.replacedSequences
    rejectedRecords += other.rejectedRecords
    receipt.merge(other.receipt)
    damagedInputs += other.damagedInputs
  }
}

/// What a count file was made of and how.
package struct CountManifest: Sendable {
  package static let kind = "pretoken-counts"

  package var toolVersion: String
  package var settings: CountSettings
  /// By the bytes of their names.
  package var sources: [CountSource]
  package var totals: CountTotals
  /// Rows of fewer occurrences were left out, if it is given.
  package var minimumCount: Int?
  package var prunedPretokens = 0
  package var prunedOccurrences = 0

  package init(toolVersion: String, settings: CountSettings, sources: [CountSource]) {
    self.toolVersion = toolVersion
    self.settings = settings
    self.sources = sources
    totals = CountTotals(sourceCount: sources.count)
  }

  /// All inputs in the order of their paths, of equal ones in that of what else is known of them.
  package var inputs: [Manifest.Input] {
    sources.flatMap(\.inputs).sorted { left, right in
      if left.path != right.path {
        return left.path.utf8.lexicographicallyPrecedes(right.path.utf8)
      }
      return (left.sha256, left.byteCount, left.documentCount)
        < (right.sha256, right.byteCount, right.documentCount)
    }
  }

  /// The manifest as it is written.
  package var manifest: Manifest {
    var manifest = Manifest(kind: Self.kind, toolVersion: toolVersion)
    manifest.inputs = inputs
    manifest.options =
      settings.options.map { ($0.0, $0.1.map { .string($0) } ?? .null) } + [
        ("minimum_count", minimumCount.map { .integer($0) } ?? .null)
      ]
    var places: [String: Int] = [:]
    for (place, input) in manifest.inputs.enumerated().reversed() {
      places[Self.identity(input)] = place
    }
    manifest.results = [
      ("rows", .integer(totals.rows)),
      ("pruned_pretokens", .integer(prunedPretokens)),
      ("pruned_occurrences", .integer(prunedOccurrences)),
      ("sources", .array(sources.indices.map { json(ofSource: $0, places) })),
    ]
    return manifest
  }

  private static func identity(_ input: Manifest.Input) -> String {
    "\(input.sha256) \(input.documentCount) \(input.path)"
  }

  private func json(ofSource index: Int, _ places: [String: Int]) -> JSON {
    let source = sources[index]
    let inputs = source.inputs.map { places[Self.identity($0)] ?? 0 }.sorted()
    return .object([
      ("name", .string(source.name)),
      ("inputs", .array(inputs.map { .integer($0) })),
      ("reading", .object(source.reading.map { ($0.0, .string($0.1)) })),
      ("documents", .integer(source.documents)),
      ("replaced_utf8_sequences", .integer(source.replacedSequences)),
      ("rejected_records", .integer(source.rejectedRecords)),
      ("normalization", source.receipt.json()),
      ("damaged_inputs", .array(source.damagedInputs.sorted().map { .string($0) })),
      ("weights", .array(source.weights.map { .string($0) })),
      ("pretokens", .integer(totals.occurrences[index])),
      ("distinct_pretokens", .integer(totals.distinct[index])),
    ])
  }
}

// MARK: - Reading

extension CountManifest {
  /// The manifest in `text`, of the count file `path`.
  ///
  /// - Throws: `damagedArtefact`.
  package init(_ text: borrowing ByteBuffer, path: String) throws(TextError) {
    let root = try JSONDocument(text, path: path, code: .damagedArtefact).root
    func damaged(_ what: String) -> TextError { .damagedCounts(path, what) }
    guard root["malmoi_manifest"]?.integer == Manifest.formatVersion,
      root["kind"]?.string == Self.kind, let version = root["tool_version"]?.string,
      let results = root["results"], let rows = results["rows"]?.integer
    else { throw damaged("its manifest is not one of pretoken counts") }
    let inputs = (root["inputs"]?.elements ?? []).compactMap(Manifest.Input.init)
    toolVersion = version
    let options = root["options"]?.fields ?? []
    settings = CountSettings(
      options: options.filter { $0.name != "minimum_count" }.map { ($0.name, $0.value.string) })
    minimumCount = root["options"]?["minimum_count"]?.integer
    prunedPretokens = results["pruned_pretokens"]?.integer ?? 0
    prunedOccurrences = results["pruned_occurrences"]?.integer ?? 0
    let stored = results["sources"]?.elements ?? []
    sources = []
    totals = CountTotals(sourceCount: stored.count)
    totals.rows = rows
    for (index, value) in stored.enumerated() {
      guard let source = Self.source(value, inputs), let pretokens = value["pretokens"]?.integer,
        let distinct = value["distinct_pretokens"]?.integer
      else { throw damaged("source \(index) of its manifest is incomplete") }
      sources.append(source)
      totals.occurrences[index] = pretokens
      totals.distinct[index] = distinct
    }
    let names = sources.map { Array($0.name.utf8) }
    guard zip(names, names.dropFirst()).allSatisfy({ $0.lexicographicallyPrecedes($1) }) else {
      throw damaged("the sources of its manifest are not in the order of their names")
    }
  }

  private static func source(_ value: JSONValue, _ inputs: [Manifest.Input]) -> CountSource? {
    guard let name = value["name"]?.string else { return nil }
    var source = CountSource(name: name)
    for place in value["inputs"]?.elements ?? [] {
      guard let index = place.integer, inputs.indices.contains(index) else { return nil }
      source.inputs.append(inputs[index])
    }
    source.reading = (value["reading"]?.fields ?? []).map { ($0.name, $0.value.string ?? "") }
    source.replacedSequences = value["replaced_utf8_sequences"]?.integer ?? 0
    source.rejectedRecords = value["rejected_records"]?.integer ?? 0
    source.receipt = value["normalization"].flatMap(NormalizationReceipt.init) ?? .init()
    source.damagedInputs = (value["damaged_inputs"]?.elements ?? []).compactMap(\.string)
    source.weights = (value["weights"]?.elements ?? []).compactMap(\.string)
    return source
  }
}
