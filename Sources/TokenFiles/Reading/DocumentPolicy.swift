// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// What a manifest promises of the edges of every document, and of its length.
struct DocumentPolicy: Sendable {
  /// The ids with which every document begins.
  private var before: [UInt32] = []
  /// The ids with which every document ends.
  private var after: [UInt32] = []
  private var maximumTokens: Int?

  /// The promises of `manifest`, none if there is no manifest or the samples are no documents.
  init(_ manifest: StoredManifest?) {
    guard let options = manifest?.root["options"], options["packing"]?.fields.isEmpty ?? true
    else { return }
    before = Self.ids(options["beginning_of_document"]) + Self.ids(options["tokens_before"])
    after = Self.ids(options["tokens_after"]) + Self.ids(options["end_of_document"])
    maximumTokens = options["max_document_tokens"]?.integer
  }

  private static func ids(_ value: JSONValue?) -> [UInt32] {
    guard let value else { return [] }
    let numbers = value.integer.map { [$0] } ?? value.elements.compactMap(\.integer)
    return numbers.compactMap { UInt32(exactly: $0) }
  }

  /// What is wrong with a document of `ids`, nil if it keeps the promises.
  func fault(of ids: Span<UInt32>) -> String? {
    if let maximumTokens, ids.count > maximumTokens {
      return "has \(ids.count) tokens, where the manifest allows \(maximumTokens)"
    }
    guard ids.count >= before.count + after.count else {
      return "has \(ids.count) tokens, where \(before.count + after.count) stand at its edges"
    }
    for (index, id) in before.enumerated() where ids[index] != id {
      return "begins with token id \(ids[index]), where the manifest states \(id)"
    }
    let start = ids.count - after.count
    for (index, id) in after.enumerated() where ids[start + index] != id {
      return "ends with token id \(ids[start + index]), where the manifest states \(id)"
    }
    return nil
  }
}
