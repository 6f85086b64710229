// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// How a well-known corpus is read, and where it comes from: a JSON file of `corpora/recipes`.
package struct Recipe: Sendable {
  package let name: String
  package let title: String
  /// Where to get it.
  package let location: String
  package let licence: String
  /// What has to be done to get it.
  package let access: String
  /// What the files are and how they are laid out.
  package let layout: String
  /// Names of options of the command line, without their dashes, and their values.
  package let options: [(name: String, value: String)]

  /// Reads the recipe at `path`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`; `invalidArgument` for what is no recipe.
  package init(path: String) throws(TextError) {
    let root = try JSONDocument(readFile(path), path: path, code: .invalidArgument).root
    func text(_ field: String) throws(TextError) -> String {
      if let value = root[field]?.string { return value }
      throw TextError(
        .invalidArgument, "no \"\(field)\" in this recipe", at: .init(path: path),
        remedy: "see corpora/recipes for what recipes have")
    }
    name = try text("name")
    title = try text("title")
    location = try text("location")
    licence = try text("licence")
    access = try text("access")
    layout = try text("layout")
    var options: [(String, String)] = []
    for (name, value) in root["options"]?.fields ?? [] {
      for item in value.kind == .array ? value.elements : [value] {
        options.append((name, item.string ?? (item.bool == true ? "true" : "")))
      }
    }
    self.options = options
  }

  /// Sets what the recipe says in `options`.
  ///
  /// - Throws: `invalidArgument` for an option that recipes have not, or a value it has not.
  package func apply(to options: inout CorpusOptions) throws(TextError) {
    for (option, value) in self.options {
      switch option {
      case "input-format": options.format = try self.value(option, InputFormat(rawValue: value))
      case "documents": options.documents = try self.value(option, DocumentUnit(rawValue: value))
      case "quoting": options.quoting = try self.value(option, Quoting(rawValue: value))
      case "charset": options.charset = try self.value(option, Charset(rawValue: value))
      case "no-header": options.hasHeader = value != "true"
      case "field": options.field = value
      case "record": options.record = try CorpusOptions.parsed(path: value)
      case "template": options.template = try options.parsed(template: value)
      case "metadata": try options.setMetadata(value)
      default: _ = try self.value(option, nil as Int?)
      }
    }
    try options.checkPaths()
  }

  private func value<Value>(_ option: String, _ value: Value?) throws(TextError) -> Value {
    if let value { return value }
    throw TextError(
      .invalidArgument, "recipe \"\(name)\" has an option \"\(option)\" that cannot be used",
      remedy: "see corpora/recipes for what recipes have")
  }
}

// MARK: - Options as they are written

extension CorpusOptions {
  /// The path that `text` spells.
  package static func parsed(path text: String) throws(TextError) -> JSONPath {
    if text.isEmpty { return .root }
    if let path = JSONPath(text) { return path }
    throw TextError(
      .invalidArgument, "\"\(text)\" is no path of fields",
      remedy: "write names with dots between them and [] behind arrays, as data[].body.text")
  }

  /// The template that `text` spells.
  package func parsed(template text: String) throws(TextError) -> Template {
    if let template = Template(text) { return template }
    throw TextError(
      .invalidArgument, "\"\(text)\" is no template",
      remedy: #"write fields in braces, as '{title}\n{body}'"#)
  }

  /// Takes an option of the form NAME=FIELD.
  package mutating func setMetadata(_ entry: String) throws(TextError) {
    let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].isEmpty,
      let field = MetadataField.allCases.first(where: { $0.name == String(parts[0]) })
    else {
      throw TextError(
        .invalidArgument, "\"\(entry)\" names no metadata",
        remedy: "write id=FIELD, title=FIELD, source=FIELD or date=FIELD")
    }
    metadataFields[field] = String(parts[1])
  }

  /// Checks that fields are paths, unless they are columns.
  package func checkPaths() throws(TextError) {
    if format == .csv || format == .tsv { return }
    for text in (template?.fields ?? [field]) + metadataFields.values.sorted() {
      _ = try CorpusOptions.parsed(path: text)
    }
  }
}
