// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Moves the middle of documents to their end, so that a model learns to fill it in (Bavarian and
/// others 2022, "Efficient Training of Language Models to Fill in the Middle").
///
/// A share of the documents is cut at two places, both uniformly among the gaps between their ids,
/// their ends included, into prefix, middle and suffix. They become, with a sentinel <…> each,
///
///     <PRE> prefix <SUF> suffix <MID> middle      PSM
///     <PRE> <SUF> suffix <MID> prefix middle      SPM, variant 2
///
/// The marks at a document's edges stay there. No id is lost, and none cut in two: places are between
/// tokens, where the paper's are between characters. What happens to a document depends on the seed
/// and its number alone.
package struct FillInTheMiddle: Sendable, Equatable {
  /// The share of documents that are rearranged.
  package var rate: Double
  /// The share of these that become SPM; the others become PSM.
  package var suffixFirstRate: Double
  package var prefixID: UInt32
  package var middleID: UInt32
  package var suffixID: UInt32
  package var seed: UInt64

  package init(
    rate: Double, suffixFirstRate: Double = 0.5, prefixID: UInt32, middleID: UInt32,
    suffixID: UInt32, seed: UInt64 = 0
  ) {
    self.rate = rate
    self.suffixFirstRate = suffixFirstRate
    self.prefixID = prefixID
    self.middleID = middleID
    self.suffixID = suffixID
    self.seed = seed
  }

  func fault(vocabularySize: Int) -> PackingFault? {
    for (id, name) in [(prefixID, "prefix"), (middleID, "middle"), (suffixID, "suffix")]
    where id >= vocabularySize {
      return .id(id, "\(name) sentinel", vocabularySize)
    }
    if prefixID == middleID || middleID == suffixID || suffixID == prefixID {
      return PackingFault("two sentinels are the same token", "name three tokens")
    }
    return .share(rate, "fill-in-the-middle rate")
      ?? .share(suffixFirstRate, "rate of suffix first")
  }

  var fields: [(String, JSON)] {
    [
      ("rate", .double(rate)), ("suffix_first_rate", .double(suffixFirstRate)),
      ("prefix_id", .integer(Int(prefixID))), ("middle_id", .integer(Int(middleID))),
      ("suffix_id", .integer(Int(suffixID))), ("seed", .string(String(seed))),
    ]
  }
}

extension FillInTheMiddle {
  /// Appends documents to `output`, some of them rearranged.
  ///
  /// - Complexity: O(n), at the speed of copying.
  func append(
    _ ids: Span<UInt32>, ends: Span<Int>, edges: DocumentEdges, firstDocument: Int,
    to output: inout SampleBatch, _ account: inout PackingAccount
  ) {
    var start = 0
    for index in ends.indices {
      let document = ids.extracting(start..<ends[index])
      start = ends[index]
      if append(document, edges, number: firstDocument + index, to: &output) {
        account.add(.sentinels, 3)
        account.movedMiddles += 1
      }
      output.endRun()
    }
  }

  /// Returns whether the document was rearranged.
  private func append(
    _ document: Span<UInt32>, _ edges: DocumentEdges, number: Int, to output: inout SampleBatch
  ) -> Bool {
    var generator = PackingGenerator(seed: seed, document: number)
    let count = document.count - edges.count
    guard count > 0, generator.unit() < rate else {
      output.values.append(copying: document)
      return false
    }
    let isSuffixFirst = generator.unit() < suffixFirstRate
    let places = (generator.below(count + 1), generator.below(count + 1))
    let text = document.extracting(edges.before..<edges.before + count)
    let prefix = text.extracting(0..<min(places.0, places.1))
    let middle = text.extracting(min(places.0, places.1)..<max(places.0, places.1))
    let suffix = text.extracting(max(places.0, places.1)..<count)

    output.values.append(copying: document.extracting(0..<edges.before))
    output.values.append(prefixID)
    if !isSuffixFirst { output.values.append(copying: prefix) }
    output.values.append(suffixID)
    output.values.append(copying: suffix)
    output.values.append(middleID)
    if isSuffixFirst { output.values.append(copying: prefix) }
    output.values.append(copying: middle)
    output.values.append(copying: document.extracting(edges.before + count..<document.count))
    return true
  }
}
