// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenFiles

/// What stands last before the sinks: a packer, or, without a plan, nothing.
struct PackingStage: ~Copyable {
  private var packer: Packer?
  private var packed: SampleBatch

  /// The stage at the start of a run, or as it was when ``state`` gave `saved`.
  ///
  /// - Throws: `damagedArtefact` if that is not what ``state`` gave under the same plan.
  init(_ plan: PackingPlan?, saved: String?) throws(TextError) {
    packed = SampleBatch(columnCount: plan?.columns.count ?? 1)
    packer = nil
    guard let plan else { return }
    if let saved {
      let bytes = Base64.decode(saved.utf8.span) ?? []
      packer = try Packer(plan, restoring: bytes.span)
    } else {
      packer = Packer(plan)
    }
  }

  /// Takes in documents and gives what is complete to the sinks of `range`.
  ///
  /// - Throws: `writeFailed`, `badRecord`.
  mutating func append(
    _ documents: borrowing SampleBatch, to output: inout TokenOutput, _ range: Range<Int>
  ) throws(TextError) {
    if packer == nil { return try output.append(documents, to: range) }
    packed.removeAll()
    packer?.append(documents: documents.values.span, ends: documents.ends.span, to: &packed)
    try output.append(packed, to: range)
  }

  /// Gives what waits to the sinks of `range`.
  ///
  /// - Throws: `writeFailed`; `emptyCorpus` if the documents' tokens are not one sample.
  mutating func finish(
    to output: inout TokenOutput, _ range: Range<Int>
  ) throws(TextError) {
    guard packer != nil, !output.isWritten else { return }
    packed.removeAll()
    packer?.finish(to: &packed)
    try output.append(packed, to: range)
    if let account, account.tokensIn > 0, account.samplesOut == 0 {
      throw TextError(
        .emptyCorpus,
        "the \(account.tokensIn) tokens of the corpus fill no sequence, and all are dropped",
        remedy: "choose a smaller --sequence-length, or --tail pad")
    }
  }

  /// What has become of the tokens, nil without a plan.
  var account: PackingAccount? {
    switch packer {
    case .some(let packer): packer.account
    case .none: nil
    }
  }

  /// What a later run needs to go on, nil without a plan.
  var state: String? {
    var bytes = ByteBuffer()
    switch packer {
    case .some(let packer): packer.save(to: &bytes)
    case .none: return nil
    }
    return String(decoding: Base64.encode(bytes.span), as: UTF8.self)
  }
}
