// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Adds up what was found in the parts of a corpus.
///
/// Memory: two of the parts, and the names of all input files.
package struct MergeInspectionsJob: Sendable {
  /// Files that ``PartialInspection`` wrote, in the order of their inputs in the corpus.
  package var paths: [String]

  /// Sums of more might not fit 63 bits.
  package static let largestCount = 1 << 14

  package init(paths: [String]) { self.paths = paths }

  /// Runs the job.
  ///
  /// - Throws: `invalidArgument` for parts that do not belong together, or that share an input; what
  ///   reading them throws; `interrupted`.
  package func run(_ context: JobContext) throws(TextError) -> PartialInspection {
    guard let first = paths.first else {
      throw TextError(
        .invalidArgument, "no partial inspections",
        remedy: "name files that \"malmoi inspect corpus --partial\" wrote")
    }
    guard paths.count <= Self.largestCount else {
      throw TextError(
        .invalidArgument, "\(paths.count) partial inspections are merged at once",
        remedy: "merge up to \(Self.largestCount) by --partial, and then what that gives")
    }
    var inputs = MergedInputs()
    var sum = try PartialInspection(path: first)
    try inputs.add(sum, of: first)
    for path in paths.dropFirst() {
      try context.checkCancellation()
      let part = try PartialInspection(path: path)
      try sum.settings.check(part.settings, of: path, against: first)
      try inputs.add(part, of: path)
      try sum.merge(part)
    }
    return sum
  }
}

/// The input files of all parts so far.
private struct MergedInputs {
  private struct Identity: Hashable {
    var path: String
    var sha256: String
  }

  private var seen: Set<Identity> = []

  /// Throws if an input of `part` was in another part: one pass over the corpus would refuse to read it
  /// twice.
  ///
  /// What was read from pipes, and empty files, may be alike.
  mutating func add(_ part: PartialInspection, of path: String) throws(TextError) {
    for input in part.inspection.account.inputs where input.path != "-" && input.byteCount > 0 {
      let identity = Identity(path: input.path, sha256: input.sha256)
      guard seen.insert(identity).inserted else {
        throw TextError(
          .invalidArgument, "its input \(input.path) is in another part too",
          at: .init(path: path), remedy: "merge each part once")
      }
    }
  }
}
