// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import TextCore

/// How the files of a corpus are divided into units, and shards with them.
struct UnitOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Close a shard behind the input file with which its files hold so many bytes as they are stored, as \
      in 1GiB; 0 for a shard of each file. A file is never divided between shards.
      """, valueName: "size"))
  var shardInputBytes: String?

  /// - Throws: `invalidArgument`.
  var byteCount: Int? {
    get throws(TextError) {
      guard let shardInputBytes else { return nil }
      if let count = MalmoiCommand.byteCount(shardInputBytes) { return count }
      throw TextError(
        .invalidArgument, "\"\(shardInputBytes)\" is no amount of input",
        remedy: "write 256MiB, 1GiB or 0")
    }
  }
}

extension EncodeCommand {
  /// Refuses what crosses input files, beside shards that end with them: a file's part of the result must
  /// not depend on the files before it.
  ///
  /// - Throws: `invalidArgument`.
  func checkUnits() throws(TextError) {
    let crossing: [(Bool, String)] = [
      (shards != nil, "--shards"), (choosing.shuffleSeed != nil, "--shuffle-seed"),
      (choosing.split != nil, "--split"), (!choosing.weight.isEmpty, "--weight"),
      (!choosing.quotaTokens.isEmpty, "--quota-tokens"),
      (choosing.deduplicateIds, "--deduplicate-ids"),
      (reading.sampleBytes != nil, "--sample-bytes"),
      (packing.fimRate != nil, "--fim-rate"),
      (
        ![nil, .documents, .fixed].contains(packing.pack),
        "--pack \(packing.pack?.rawValue ?? "")"
      ),
    ]
    guard let refused = crossing.first(where: \.0) else { return }
    throw TextError(
      .invalidArgument, "\(refused.1) reaches beyond one file, --shard-input-bytes does not",
      remedy: "leave one of them out")
  }
}
