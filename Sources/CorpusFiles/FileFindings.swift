// SPDX-License-Identifier: Apache-2.0

/// What a corpus file was found to be.
package struct FileFindings: Sendable {
  package var isArchive = false
  /// Members of an archive that were read.
  package var read = 0
  /// Members that a pattern left out.
  package var excluded = 0
  /// Members that were not read, for their names are not those of corpus files, and the first of them.
  package var ignored = 0
  package var firstIgnored: [String] = []
  /// How many files or members are in each charset.
  package var charsets: [Charset: Int] = [:]
  /// Records that were converted from another charset than their file's.
  package var convertedRecords = 0
  /// Documents whose double encoding was undone.
  package var repairedDocuments = 0

  package init() {}

  /// Enough names to see what they are.
  private static let keptNames = 5

  mutating func ignore(_ path: String) {
    ignored += 1
    if firstIgnored.count < Self.keptNames { firstIgnored.append(path) }
  }

  /// The counts by name, those that tell more than that a file is UTF-8 text.
  package var counts: [(name: String, count: Int)] {
    var counts: [(String, Int)] = []
    if isArchive { counts.append(("members", read)) }
    if isArchive || charsets.keys.contains(where: { $0 != .utf8 }) {
      counts += charsets.sorted { $0.key < $1.key }.map { ($0.key.rawValue, $0.value) }
    }
    counts += [
      ("ignored_members", ignored), ("excluded_members", excluded),
      ("converted_records", convertedRecords), ("repaired_documents", repairedDocuments),
    ].filter { $0.1 > 0 }
    return counts
  }
}
