// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Pipeline
import Statistics
import TextCore
import TokenFiles
import Tokenization

struct InspectShards: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shards",
    abstract: "What a set of token files holds.",
    discussion: """
      Documents, tokens, lengths, and the first documents, one document (--document) or the text \
      around a token (--around-token), which a loss curve or a trainer's log may have named.
      """)

  @Argument(help: "The path of the token files up to their extension, or their manifest.")
  var prefix: String

  @Option(help: "Decode what is shown with this tokenizer.")
  var tokenizer: String?

  @OptionGroup var cutting: PreTokenizerOption

  @Option(help: "How many documents to show.")
  var head = 3

  @Option(help: "Show the whole document of this number, counted from 0 over all shards.")
  var document: Int?

  @Option(help: "Show what stands around this token, counted from 0 over all shards.")
  var aroundToken: Int?

  @Option(help: "How many tokens to show on either side with --around-token.")
  var context = 40

  @OptionGroup var report: ReportOptions

  func validate() throws {
    if document != nil, aroundToken != nil {
      throw ValidationError("Say either --document or --around-token.")
    }
    for (name, value) in [
      ("head", head), ("document", document ?? 0), ("around-token", aroundToken ?? 0),
      ("context", context),
    ] where value < 0 {
      throw ValidationError("--\(name) must not be negative.")
    }
  }

  private var selection: InspectTokenFilesJob.Selection {
    if let document { return .number(document) }
    if let aroundToken { return .aroundToken(aroundToken, context: context) }
    return .first(head)
  }

  func run() throws {
    let reader = try TokenFileReader(prefix)
    var loaded: Tokenizer?
    if let tokenizer { loaded = try cutting.loadForDecoding(tokenizer) }
    let job = InspectTokenFilesJob(reader: reader, tokenizer: loaded, shown: selection)
    let (statistics, shown) = try job.run()
    if report.json { return try Console.print(json(statistics, shown, reader.shards.count)) }
    var table = Table(.left, .right)
    table.add("shards", grouped(reader.shards.count))
    table.add("documents", grouped(statistics.documents))
    table.add("empty documents", grouped(statistics.emptyDocuments))
    table.add("tokens", grouped(statistics.tokens))
    table.add("tokens a document", fixed(ratio(statistics.tokens, statistics.documents), 1))
    table.add("longest document", grouped(statistics.longestDocument))
    try Console.print(
      """
      \(prefix)
      \(table.text)

      documents by length in tokens
      \(lengthTable(statistics.lengths))

      \(heading)
      \(shown.map(line).joined(separator: "\n"))
      """)
  }

  private var heading: String {
    switch selection {
    case .first: "first documents"
    case .number(let number): "document \(grouped(number))"
    case .aroundToken(let token, _): "around token \(grouped(token))"
    }
  }

  private func line(_ shown: InspectTokenFilesJob.Shown) -> String {
    let label = "  [\(shown.number)] " + (shown.origin.map(origin) ?? "")
    if let place = shown.place {
      let position = "token \(shown.start + place) of the document, id \(shown.ids[place])"
      let parts = shown.text ?? [ids(shown.ids[..<place]), "", ids(shown.ids[(place + 1)...])]
      let token = shown.text?[1] ?? String(shown.ids[place])
      return "\(label)\(position)\n  \(parts[0])»\(token)«\(parts[2])"
    }
    if let text = shown.text { return label + text[0] }
    let isCut = document == nil && shown.ids.count > 64
    return label + ids(isCut ? shown.ids[..<64] : shown.ids[...])
  }

  private func origin(_ origin: DocumentOrigin) -> String {
    let place = "\(origin.source):\(origin.location)"
    return (origin.id.isEmpty ? place : "\(place), id \(origin.id)") + "\n  "
  }

  private func ids(_ ids: ArraySlice<UInt32>) -> String {
    ids.map(String.init).joined(separator: " ")
  }

  private func json(
    _ statistics: TokenFileStatistics, _ shown: [InspectTokenFilesJob.Shown], _ shards: Int
  ) -> JSON {
    .object([
      ("shards", .integer(shards)),
      ("documents", .integer(statistics.documents)),
      ("empty_documents", .integer(statistics.emptyDocuments)),
      ("tokens", .integer(statistics.tokens)),
      ("longest_document", .integer(statistics.longestDocument)),
      ("length_histogram", lengthJSON(statistics.lengths)),
      (
        selection == .first(head) ? "first_documents" : "shown",
        .array(
          shown.map { document in
            .object(
              [
                ("document", .integer(document.number)), ("start", .integer(document.start)),
                ("ids", .array(document.ids.map { .integer(Int($0)) })),
                ("text", document.text.map { .string($0.joined()) } ?? .null),
              ] + (document.place.map { [("place", .integer($0))] } ?? [])
                + (document.origin.map { [("origin", originJSON($0))] } ?? []))
          })
      ),
    ])
  }

  private func originJSON(_ origin: DocumentOrigin) -> JSON {
    .object([
      ("id", .string(origin.id)), ("src", .string(origin.source)),
      ("loc", .integer(origin.location)),
    ])
  }
}
