// SPDX-License-Identifier: Apache-2.0

package import Statistics
package import TextCore

/// What was found in a corpus; what was found in its parts adds up to it.
package struct CorpusInspection: Sendable {
  package let grouping: DocumentGrouping
  package private(set) var account: CorpusAccount
  /// Of all documents.
  package private(set) var total: CorpusStatistics
  /// Of the documents of each group, by the bytes of their keys; empty unless documents are grouped.
  package private(set) var groups: [Group]
  private(set) var sample: SentenceSample

  package struct Group: Sendable {
    /// What documents are told apart by (``DocumentGrouping``).
    let key: [UInt8]
    package internal(set) var statistics: CorpusStatistics

    /// A value for each field that documents are grouped by; empty where a document has none.
    package var names: [String] { DocumentGrouping.names(of: key) }
  }

  init(
    grouping: DocumentGrouping, account: CorpusAccount, total: CorpusStatistics, groups: [Group],
    sample: SentenceSample
  ) {
    self.grouping = grouping
    self.account = account
    self.total = total
    self.groups = groups
    self.sample = sample
  }

  /// As many sentences as were wanted, and are there.
  package var sentences: [SentenceSample.Sentence] { sample.sentences }

  /// Adds what was found in a later part of the corpus by the same job.
  ///
  /// - Throws: `invalidArgument` where there are too many groups.
  mutating func merge(_ later: CorpusInspection) throws(TextError) {
    account.merge(later.account)
    total.merge(later.total)
    sample.merge(later.sample)
    for group in later.groups {
      let place = groups.firstIndex { !$0.key.lexicographicallyPrecedes(group.key) } ?? groups.count
      if place < groups.count, groups[place].key == group.key {
        groups[place].statistics.merge(group.statistics)
      } else {
        groups.insert(group, at: place)
        try checkGroups()
      }
    }
  }

  /// Throws if there were no documents.
  ///
  /// - Throws: `emptyCorpus`.
  package func check() throws(TextError) { try account.checkNotEmpty() }

  /// Notes files that were not read, beside those that are known.
  mutating func leaveOut(_ files: [String]) { account.ignoredInputs += files }

  /// - Throws: `invalidArgument` where there are too many groups.
  func checkGroups() throws(TextError) { try grouping.checkCount(groups.count) }
}

// MARK: - As bytes

extension CorpusInspection {
  /// Writes the sums and sentences; ``account`` is kept apart from them.
  func write(to writer: inout StateWriter) {
    sample.write(to: &writer)
    if grouping.isEmpty { return total.write(to: &writer) }
    writer.put(groups.count)
    for group in groups {
      writer.put(group.key.span)
      group.statistics.write(to: &writer)
    }
  }

  /// What ``write(to:)`` wrote of an inspection with this grouping and tokenizers of these sizes.
  ///
  /// - Throws: `damagedArtefact`.
  init(
    reading reader: inout StateReader, grouping: DocumentGrouping, account: CorpusAccount,
    vocabularySizes: [Int]
  ) throws(TextError) {
    let sample = try SentenceSample(reading: &reader)
    var total = CorpusStatistics(vocabularySizes: vocabularySizes)
    var groups: [Group] = []
    if grouping.isEmpty {
      total = try CorpusStatistics(reading: &reader, vocabularySizes: vocabularySizes)
    } else {
      for _ in 0..<(try reader.number(upTo: DocumentGrouping.maximumCount)) {
        let key = try reader.string()
        guard DocumentGrouping.names(of: key).count == grouping.fields.count else {
          throw reader.damaged("a group has not the fields of the others")
        }
        if let last = groups.last, !last.key.lexicographicallyPrecedes(key) {
          throw reader.damaged("groups are not in order")
        }
        let statistics = try CorpusStatistics(reading: &reader, vocabularySizes: vocabularySizes)
        groups.append(Group(key: key, statistics: statistics))
        total.merge(statistics)
      }
    }
    guard total.text.documents == account.documents else {
      throw reader.damaged("other documents are measured than were read")
    }
    self.init(
      grouping: grouping, account: account, total: total, groups: groups, sample: sample)
  }
}
