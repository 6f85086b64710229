// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenFiles

/// The file in which a run that moves shards notes what it moves, for the run after it: from before the
/// first file gets its new name until the last one has lost its old one.
struct MoveJournal {
  private static let version = 1

  var format: TokenFileFormat
  /// Of each set.
  var shardCounts: [Int]

  /// What tells one such run from another.
  static func identity(_ sets: [String], _ output: String) -> JobIdentity {
    JobIdentity(
      json: .object([
        ("job", .string("move-shards")), ("tool_version", .string(toolVersion)),
        ("output", .string(output)), ("sets", .array(sets.map { .string($0) })),
      ]))
  }

  /// Writes the journal of the set `names`.
  ///
  /// - Throws: `writeFailed`.
  func write(_ names: TokenFileNames, _ identity: JobIdentity) throws(TextError) {
    let json = JSON.object([
      ("malmoi_move", .integer(Self.version)), ("job", identity.json),
      ("format", .string(format.rawValue)),
      ("shards", .array(shardCounts.map { .integer($0) })),
    ])
    try writeFile(names.journal, json.serialized().span)
    try synchronizeDirectory(ofPath: names.journal)
  }

  /// What an unfinished run has noted for `output`, of whatever format; nil if there is none.
  ///
  /// - Throws: `outputExists` for that of another run; `damagedArtefact`, `readFailed`.
  static func find(
    _ output: String, _ identity: JobIdentity
  ) throws(TextError) -> MoveJournal? {
    let places = [TokenFileFormat.megatron, .mds].map {
      TokenFileNames(format: $0, path: output).journal
    }
    guard let path = places.first(where: { kind(ofPath: $0) == .file }) else { return nil }
    let root = try JSONDocument(readFile(path), path: path, code: .damagedArtefact).root
    guard root["malmoi_move"] != nil else {
      throw TextError(
        .outputExists, "an unfinished run of another command is there", at: .init(path: path),
        remedy: "run that command again, or choose another output")
    }
    guard let job = root["job"], let name = root["format"]?.string,
      let format = TokenFileFormat(rawValue: name), let counts = root["shards"]?.elements
    else {
      throw TextError(
        .damagedArtefact, "no journal of this version", at: .init(path: path),
        remedy: "pass --restart to begin anew")
    }
    try identity.check(
      against: JSON(copying: job).serialized().makeString(), path: path, what: "run")
    return MoveJournal(format: format, shardCounts: counts.map { $0.integer ?? 0 })
  }
}
