// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import TextCore

/// Closes a shard of every sink behind each unit of the inputs (``InputUnits``), so that a run over all
/// of them writes what runs over single units write, one behind the other.
///
/// A unit without a document gets a shard all the same.
struct UnitShards {
  /// Nothing where shards do not end with inputs.
  private let units: InputUnits?
  /// The unit whose shard is being filled.
  private var current: Int

  /// The units of `inputs`, ``ShardLimits/inputBytes`` given, at their start or where an earlier run was
  /// when it noted ``fields``.
  ///
  /// - Throws: `invalidArgument` for inputs without a size.
  init(
    _ inputs: CorpusInputs, inputBytes: Int?, restored: JSONValue?
  ) throws(TextError) {
    units = try inputBytes.map { (bytes) throws(TextError) in
      try InputUnits(inputs, unitBytes: bytes)
    }
    current = restored?[Self.name]?.integer ?? 0
  }

  private static let name = "input_unit"

  /// What a later run has to know.
  var fields: [(String, JSON)] { units == nil ? [] : [(Self.name, .integer(current))] }

  /// Closes the shards of the units before that of file `index`, whose documents come next.
  ///
  /// - Throws: `writeFailed`.
  mutating func begin(file index: Int, in output: inout TokenOutput) throws(TextError) {
    guard let units else { return }
    try advance(to: units.ofFile[index], in: &output)
  }

  /// Closes the shards of all units but the last, which ends with the set.
  ///
  /// - Throws: `writeFailed`.
  mutating func finish(in output: inout TokenOutput) throws(TextError) {
    guard let units else { return }
    try advance(to: max(units.count - 1, current), in: &output)
  }

  private mutating func advance(to unit: Int, in output: inout TokenOutput) throws(TextError) {
    while current < unit {
      try output.endShards()
      current += 1
    }
  }
}
