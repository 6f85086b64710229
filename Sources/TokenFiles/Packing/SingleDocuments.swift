// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Every document is a sample of its own, the empty ones too, so that sample n is document n.
///
/// A document that is too long loses ids at the end of its text; the marks at its edges stay, so
/// that its end is still told.
struct SingleDocuments {
  /// The most ids of a sample, marks included.
  let maximumTokens: Int?
  /// Whether shorter documents are padded to as many.
  let pads: Bool
  let edges: DocumentEdges

  /// - Complexity: O(n), at the speed of copying.
  func append(
    _ ids: Span<UInt32>, _ ends: Span<Int>, to output: inout SampleBatch,
    _ layout: borrowing SampleLayout, _ account: inout PackingAccount
  ) {
    var start = 0
    for index in ends.indices {
      let document = ids.extracting(start..<ends[index])
      start = ends[index]
      let used = appendIDs(of: document, to: &output, &account)
      let length = pads ? maximumTokens ?? used : used
      account.add(
        .padding,
        layout.finish(used: used, ends: Span(), length: length, in: &output))
    }
  }

  /// Returns how many ids were appended.
  private func appendIDs(
    of document: Span<UInt32>, to output: inout SampleBatch, _ account: inout PackingAccount
  ) -> Int {
    let excess = document.count - (maximumTokens ?? .max)
    guard excess > 0 else {
      output.values.append(copying: document)
      return document.count
    }
    let tail = document.count - edges.after
    output.values.append(copying: document.extracting(0..<tail - excess))
    output.values.append(copying: document.extracting(tail..<document.count))
    account.add(.truncated, excess)
    account.cutDocuments += 1
    return document.count - excess
  }
}
