// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import CountFiles
internal import Normalization
internal import TextCore

// What was read, as far as reports tell it, as a partial inspection keeps it: not the losses of each
// file, nor the metadata, which no report of an inspection looks at.

extension CorpusAccount {
  var stored: JSON {
    let inputs: [JSON] = inputs.map { input in
      .object(
        [
          ("path", .string(input.path)), ("bytes", .integer(input.byteCount)),
          ("sha256", .string(input.sha256)), ("documents", .integer(input.documentCount)),
        ] + input.foundFields)
    }
    // The first of all parts together are among the first of each.
    let kept = [ignoredInputs, ignoredMembers].map { $0.prefix(Self.listedFiles) }
    let unlisted =
      unlistedIgnoredFiles + ignoredInputs.count - kept[0].count + ignoredMembers.count
      - kept[1].count
    return .object([
      ("inputs", .array(inputs)), ("documents", .integer(documents)),
      ("replaced_utf8_sequences", .integer(replacedSequences)),
      ("rejected_records", .integer(rejects.count)),
      ("first_rejects", .array(rejects.first.map(\.error.stored))),
      ("damaged_inputs", .array(damagedFiles.map(\.stored))),
      ("ignored_files", .array(kept[0].map { .string($0) })),
      ("ignored_members", .array(kept[1].map { .string($0) })),
      ("unlisted_ignored_files", .integer(unlisted)),
      ("normalization", receipt.json()),
    ])
  }

  /// What ``stored`` gave; nil if `value` is no such thing.
  init?(stored value: JSONValue) {
    self.init()
    guard let documents = value["documents"]?.storedCount,
      let replaced = value["replaced_utf8_sequences"]?.storedCount,
      let rejected = value["rejected_records"]?.storedCount,
      let inputs = value["inputs"]?.list({ Manifest.Input($0) }),
      let rejects = value["first_rejects"]?.list({ TextError(stored: $0) }),
      let damages = value["damaged_inputs"]?.list({ TextError(stored: $0) }),
      let ignoredInputs = value["ignored_files"]?.list({ $0.string }),
      let ignoredMembers = value["ignored_members"]?.list({ $0.string }),
      let unlisted = value["unlisted_ignored_files"]?.storedCount,
      let receipt = value["normalization"].flatMap(NormalizationReceipt.init),
      rejects.count <= min(rejected, RejectLog.keptCount)
    else { return nil }
    self.documents = documents
    replacedSequences = replaced
    self.rejects = RejectLog(count: rejected, first: rejects.map { RejectedRecord($0) })
    self.inputs = inputs
    damagedFiles = damages
    self.ignoredInputs = ignoredInputs
    self.ignoredMembers = ignoredMembers
    unlistedIgnoredFiles = unlisted
    self.receipt = receipt
    guard hasStorableSums else { return nil }
  }

  private var hasStorableSums: Bool {
    var sum = 0
    for number in inputs.lazy.flatMap({ $0.findings.map(\.count) + [$0.documentCount] }) {
      guard (0...largestStoredNumber).contains(number) else { return false }
      sum += number
      if sum > largestStoredNumber { return false }
    }
    return inputs.allSatisfy { $0.byteCount >= 0 }
  }
}

extension JSONValue {
  /// A number that is no larger than states hold, and not negative.
  var storedCount: Int? {
    integer.flatMap { (0...largestStoredNumber).contains($0) ? $0 : nil }
  }

  /// What `make` makes of each element; nil if this is no array, or an element is none of its kind.
  func list<Element>(_ make: (JSONValue) -> Element?) -> [Element]? {
    guard kind == .array else { return nil }
    let elements = elements
    let made = elements.compactMap(make)
    return made.count == elements.count ? made : nil
  }
}
