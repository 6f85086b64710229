// SPDX-License-Identifier: Apache-2.0

import CorpusFiles
import Pipeline
import TextCore

extension TrainCommand {
  /// Prints what a run that made one vocabulary has made.
  func printSummary(
    _ result: TrainJob.Report, _ use: PresetUse?
  ) throws(TextError) {
    let account = result.account
    guard let made = result.vocabularies.first, let vocabSize else { return }
    if report.json {
      return try Console.print(
        JSON.object([
          ("output", .string(output)),
          ("documents", .integer(account.documents)),
          ("rejected_records", .integer(account.rejects.count)),
          ("replaced_utf8_sequences", .integer(account.replacedSequences)),
          ("pretokens", .integer(result.pretokens)),
          ("distinct_pretokens", .integer(result.distinctPretokens)),
          ("pruned_pretokens", .integer(result.prunedPretokens)),
          ("estimated_merging_bytes", .integer(result.mergingNeed)),
          ("resumed_files", .integer(result.resumedFiles)),
          ("resumed_merges", .integer(result.resumedMerges)),
          ("vocabulary_size", .integer(made.size)),
          ("padding_tokens", .integer(made.paddingTokens)),
          ("merges", .integer(made.merges)),
          ("superwords", .integer(made.superwords)),
          ("morphemes_other_ids", made.otherIDs.map { .double($0) } ?? .null),
          ("preset", use?.json ?? .null),
        ]))
    }
    if report.quiet { return }
    var table = Table(.left, .right)
    table.add("documents", grouped(account.documents))
    table.add("pretokens", grouped(result.pretokens))
    table.add("distinct pretokens", grouped(result.distinctPretokens))
    if result.prunedPretokens > 0 {
      table.add("left out as rare", grouped(result.prunedPretokens))
    }
    table.add("merges", grouped(made.merges))
    if made.superwords > 0 { table.add("tokens of several words", grouped(made.superwords)) }
    if result.resumedMerges > 0 {
      table.add("of an earlier run", grouped(result.resumedMerges))
    }
    if let share = made.otherIDs {
      table.add("other ids without morphemes", percent(share))
    }
    if made.paddingTokens > 0 { table.add("tokens that fill up", grouped(made.paddingTokens)) }
    table.add("vocabulary", grouped(made.size))
    ProgressLine.clear()
    let preset = use.map { $0.summary + "\n" } ?? ""
    try Console.print("trained \(output)\n\(preset)\(table.text)")
    if made.size < vocabSize {
      Console.note(
        "the vocabulary has \(made.size) ids, not \(vocabSize): no pair was left to merge"
      )
    }
  }
}
