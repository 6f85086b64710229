// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// What stands at the edges of every document, and how long it may be.
package struct DocumentBoundaries: Sendable, Equatable {
  /// The id put before every document, also the empty ones.
  package var before: UInt32?
  /// The id put behind every document, also the empty ones.
  package var after: UInt32?
  /// The most ids of a document, those at its edges counted.
  package var maximumTokens: Int?
  /// How many ids at the start and end of the text itself are never cut away, because a template has
  /// put them there.
  package var keptBefore = 0
  package var keptAfter = 0

  package init(before: UInt32? = nil, after: UInt32? = nil, maximumTokens: Int? = nil) {
    self.before = before
    self.after = after
    self.maximumTokens = maximumTokens
  }

  /// Whether documents stay as they are.
  package var isNothing: Bool { before == nil && after == nil && maximumTokens == nil }

  /// The fewest ids that leave room for what is never cut away.
  package var leastTokens: Int {
    keptBefore + keptAfter + (before == nil ? 0 : 1) + (after == nil ? 0 : 1)
  }

  /// What was cut away.
  package struct Truncation: Sendable, Equatable {
    package var documents = 0
    package var tokens = 0

    package init() {}

    /// The counts that ``fields`` are in `object`; none where they are not.
    package init(_ object: JSONValue?) {
      documents = object?["truncated_documents"]?.integer ?? 0
      tokens = object?["truncated_tokens"]?.integer ?? 0
    }

    /// The counts as manifests hold them.
    package var fields: [(String, JSON)] {
      [
        ("truncated_documents", .integer(documents)), ("truncated_tokens", .integer(tokens)),
      ]
    }

    package static func += (total: inout Truncation, more: Truncation) {
      total.documents += more.documents
      total.tokens += more.tokens
    }
  }

  /// Appends the documents of `source`, which has one column, to `output` with their edges.
  ///
  /// A document that is too long loses ids before its end: its last ones stay, so that the end of
  /// the document is told.
  ///
  /// - Complexity: O(n), at the speed of copying.
  package func append(
    _ source: borrowing SampleBatch, to output: inout SampleBatch
  ) -> Truncation {
    precondition(source.columnCount == 1 && output.columnCount == 1, "documents of one column")
    precondition(maximumTokens ?? .max >= leastTokens, "no room for the edges of a document")
    var truncation = Truncation()
    let edges = (before == nil ? 0 : 1) + (after == nil ? 0 : 1)
    for index in 0..<source.count {
      let document = source.values.span.extracting(source.range(sample: index))
      if let before { output.values.append(before) }
      let excess = document.count + edges - (maximumTokens ?? .max)
      if excess > 0 {
        let tail = document.count - keptAfter
        output.values.append(copying: document.extracting(0..<tail - excess))
        output.values.append(copying: document.extracting(tail..<document.count))
        truncation.documents += 1
        truncation.tokens += excess
      } else {
        output.values.append(copying: document)
      }
      if let after { output.values.append(after) }
      output.endRun()
    }
    return truncation
  }
}
