// SPDX-License-Identifier: Apache-2.0

internal import Normalization
internal import PreTokenization
package import TextCore

extension Preset {
  /// The presets that are shipped, by their names.
  ///
  /// - Throws: `fileNotFound` where no data are shipped; what reading throws.
  package static func all(in data: ShippedData) throws(TextError) -> [Preset] {
    let directory = data.path("presets")
    var presets: [Preset] = []
    for name in try directoryEntries(directory) where name.hasSuffix(".json") {
      presets.append(try Preset(path: "\(directory)/\(name)"))
    }
    return presets.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// The preset called `name`, or the one in the file `name`, if that ends in `.json`.
  ///
  /// - Throws: `invalidArgument` if there is none; what reading throws.
  package static func named(_ name: String) throws(TextError) -> Preset {
    if name.hasSuffix(".json") { return try Preset(path: name) }
    let known = try all(in: .find())
    if let found = known.first(where: { $0.name == name }) { return found }
    throw TextError(
      .invalidArgument, "no preset is called \"\(name)\"",
      remedy: "\"malmoi presets\" lists those there are")
  }

  /// Reads the preset at `path`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`; `malformedPreset` with the place in the file.
  package init(path: String) throws(TextError) {
    let root = try JSONDocument(readFile(path), path: path, code: .malformedPreset).root
    let file = try PresetFields(root, path: path, place: "", names: Self.fieldNames)
    name = try file.text("name")
    title = try file.text("title")
    grade = try file.choice("grade")
    algorithm = try file.text("algorithm")
    normalizer = try file.choice("normalizer")
    preTokenizer = try file.choice("pre_tokenizer")
    if let stage = file.optionalValue("first_stage") {
      let fields = try PresetFields(
        stage, path: path, place: "first_stage", names: ["pre_tokenizer", "size"])
      firstStage = FirstStage(
        preTokenizer: try fields.choice("pre_tokenizer"),
        size: try fields.number("size", atLeast: 256))
    }
    morphemes = try file.choice("morphemes")
    morphemesIn = try file.choice("morphemes_in")
    vocabularySize = try file.number("vocabulary_size", atLeast: 256)
    specialTokens = try file.list("special_tokens") { (value, place) throws(TextError) in
      let token = try PresetFields(value, path: path, place: place, names: ["content", "id"])
      return SpecialToken(
        content: try token.text("content"), id: try token.optionalNumber("id", atLeast: 0))
    }
    reservedLastIDs = try file.number("reserved_last_ids", atLeast: 0)
    sizeMultiple = try file.number("size_multiple", atLeast: 1)
    paddedSize = try file.optionalNumber("padded_size", atLeast: vocabularySize)
    let files = try PresetFields(
      try file.value("token_files"), path: path, place: "token_files",
      names: ["format", "token_type", "sequence_length"])
    tokenFiles = TokenFiles(
      format: try files.choice("format"), tokenType: try files.choice("token_type"),
      sequenceLength: try files.optionalNumber("sequence_length", atLeast: 1))
    unverified = try file.texts("unverified")
    chosen = try file.texts("chosen")
    sources = try file.texts("sources")
    check = try file.text("check")
    notes = try file.texts("notes")
    if let firstStage, firstStage.size > vocabularySize {
      throw file.malformed("is above vocabulary_size", "first_stage.size")
    }
    try checkTokens(file)
    try checkDoubts(file)
  }

  private static let fieldNames = [
    "name", "title", "grade", "algorithm", "normalizer", "pre_tokenizer", "first_stage",
    "morphemes", "morphemes_in", "vocabulary_size", "special_tokens", "reserved_last_ids",
    "size_multiple",
    "padded_size", "token_files", "unverified", "chosen", "sources", "check", "notes",
  ]

  /// Checks that special tokens are different and have room.
  private func checkTokens(_ file: PresetFields) throws(TextError) {
    var contents: Set<String> = []
    var ids: Set<Int> = []
    for (index, token) in specialTokens.enumerated() {
      let place = "special_tokens[\(index)]"
      guard contents.insert(token.content).inserted else {
        throw file.malformed("\"\(token.content)\" is there twice", place)
      }
      guard let id = token.id else { continue }
      guard id < vocabularySize else {
        throw file.malformed("id \(id) is not below vocabulary_size", place)
      }
      guard ids.insert(id).inserted else {
        throw file.malformed("id \(id) is given to two tokens", place)
      }
    }
    let free = vocabularySize - reservedLastIDs - firstTokens.count - placedTokens.count
    guard free >= 256 else {
      throw file.malformed("leaves no room for the 256 bytes", "vocabulary_size")
    }
  }

  /// Checks that what is doubtful is something that the preset sets.
  private func checkDoubts(_ file: PresetFields) throws(TextError) {
    let settings = Set(settings.map(\.name))
    for (list, names) in [("unverified", unverified), ("chosen", chosen)] {
      for (index, name) in names.enumerated() where !settings.contains(name) {
        throw file.malformed("\"\(name)\" is no field that a preset sets", "\(list)[\(index)]")
      }
    }
  }
}

/// The fields of an object in the file of a preset, of which none is unknown and none is there twice.
private struct PresetFields {
  private let path: String
  private let place: String
  private var fields: [String: JSONValue] = [:]

  init(_ value: JSONValue, path: String, place: String, names: [String]) throws(TextError) {
    self.path = path
    self.place = place
    guard value.kind == .object else { throw malformed("is no object", place) }
    for (name, value) in value.fields {
      guard names.contains(name) else { throw malformed("is no field of a preset", within(name)) }
      guard fields.updateValue(value, forKey: name) == nil else {
        throw malformed("is there twice", within(name))
      }
    }
  }

  private func within(_ name: String) -> String { place.isEmpty ? name : "\(place).\(name)" }

  /// The error that says what is wrong at `place`.
  func malformed(_ what: String, _ place: String) -> TextError {
    TextError(
      .malformedPreset, place.isEmpty ? what : "\(place): \(what)", at: .init(path: path),
      remedy: "docs/presets.md tells what a preset holds")
  }

  /// The value of `name`; nil for null or where the field is missing.
  func optionalValue(_ name: String) -> JSONValue? {
    fields[name].flatMap { $0.isNull ? nil : $0 }
  }

  func value(_ name: String) throws(TextError) -> JSONValue {
    if let value = fields[name] { return value }
    throw malformed("is missing", within(name))
  }

  /// The text of `name`, which is not empty.
  func text(_ name: String) throws(TextError) -> String {
    try text(try value(name), within(name))
  }

  private func text(_ value: JSONValue, _ place: String) throws(TextError) -> String {
    if let text = value.string, !text.isEmpty { return text }
    throw malformed("is no text", place)
  }

  /// One of the names that `Choice` has.
  func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String
  ) throws(TextError) -> Choice {
    let text = try text(name)
    if let choice = Choice(rawValue: text) { return choice }
    let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    throw malformed("\"\(text)\" is none of \(names)", within(name))
  }

  func number(_ name: String, atLeast least: Int) throws(TextError) -> Int {
    if let number = try optionalNumber(name, atLeast: least) { return number }
    throw malformed("is no number of at least \(least)", within(name))
  }

  /// The number of `name`, nil for null or where the field is missing; ids have 24 bits at most.
  func optionalNumber(_ name: String, atLeast least: Int) throws(TextError) -> Int? {
    guard let value = optionalValue(name) else { return nil }
    if let number = value.integer, number >= least, number <= 1 << 24 { return number }
    throw malformed("is no number of at least \(least)", within(name))
  }

  func texts(_ name: String) throws(TextError) -> [String] {
    try list(name) { (value, place) throws(TextError) in try text(value, place) }
  }

  /// What `read` makes of each element of `name`.
  func list<Element>(
    _ name: String, _ read: (JSONValue, String) throws(TextError) -> Element
  ) throws(TextError) -> [Element] {
    let value = try value(name)
    guard value.kind == .array else { throw malformed("is no list", within(name)) }
    var elements: [Element] = []
    try value.forEachElement { (element) throws(TextError) in
      elements.append(try read(element, "\(within(name))[\(elements.count)]"))
    }
    return elements
  }
}
