// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CorpusFiles
import TextCore

extension InputFormat: ExpressibleByArgument {}
extension DocumentUnit: ExpressibleByArgument {}
extension Quoting: ExpressibleByArgument {}

/// How the files of a corpus are laid out.
struct LayoutOptions: ParsableArguments {
  @Option(
    help: """
      How the files are laid out (default: auto, which goes by name, else by content). modu is the \
      JSON of the National Institute of Korean Language, aihub that of AI Hub, wikipedia a MediaWiki \
      XML dump, subtitle is SubRip, WebVTT or SAMI.
      """)
  var inputFormat: InputFormat?

  @Option(
    help: """
      The field that holds the text (default: text): a path in JSON, such as \
      "document[].paragraph[].form", where [] goes through an array and up to the first [] makes a \
      document; a column of csv and tsv.
      """)
  var field: String?

  @Option(
    help: """
      The path of the JSON values that are a document each, as "data[].paragraphs[]"; fields are then \
      looked for in them.
      """)
  var record: String?

  @Option(help: #"Several fields with text between them, as '{title}\n{body}'."#)
  var template: String?

  @Option(
    help: """
      NAME=FIELD: where the id, title, source or date of a document stands, if not in the field of \
      that name; repeat for more.
      """)
  var metadata: [String] = []

  @Option(help: "Quotes around fields of csv and tsv (default: rfc4180).")
  var quoting: Quoting?

  @Flag(help: "The first record of csv and tsv is data; columns are called 1, 2 and so on.")
  var noHeader = false

  @Option(help: "What is a document in plain text (default: line). A line's end is not part of it.")
  var documents: DocumentUnit?

  @Option(
    help: """
      Read as a well-known corpus is laid out: a name that "malmoi corpora" lists, or a file of that \
      kind. Other options come before what it says.
      """)
  var recipe: String?

  /// Sets what the options say in `options`.
  func apply(to options: inout CorpusOptions) throws(TextError) {
    if let recipe { try RecipeShelf.recipe(recipe).apply(to: &options) }
    if let inputFormat { options.format = inputFormat }
    if let documents { options.documents = documents }
    if let quoting { options.quoting = quoting }
    if noHeader { options.hasHeader = false }
    if let template {
      options.template = try options.parsed(template: template)
    } else if let field {
      options.field = field
      options.template = nil
    }
    if let record { options.record = try CorpusOptions.parsed(path: record) }
    for entry in metadata { try options.setMetadata(entry) }
    try options.checkPaths()
  }
}
