// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import Statistics
package import TextCore

/// By which of their fields documents are grouped.
package struct DocumentGrouping: Sendable, Equatable {
  /// What stands for the file that a document is of.
  package static let file = "file"
  /// So many groups keep the counts of a thread in tens of MiB.
  package static let maximumCount = 64

  /// `file`, or fields of JSON and separated values (a path as in `meta.domain`).
  package let fields: [String]

  /// A grouping by `fields`; by nothing where there are none.
  ///
  /// - Throws: `invalidArgument`.
  package init(_ fields: [String]) throws(TextError) {
    self.fields = fields
    let isUnique = Set(fields).count == fields.count
    if !isUnique || slots.count > MetadataField.allCases.count {
      throw TextError(
        .invalidArgument, "documents are grouped by \(fields.count) fields",
        remedy: "name up to \(MetadataField.allCases.count) different ones")
    }
  }

  package init() { fields = [] }

  package var isEmpty: Bool { fields.isEmpty }

  /// The fields to be read; batches keep four, of which nobody asks for the names.
  private var slots: [String] { fields.filter { $0 != Self.file } }

  private static let order: [MetadataField] = [.source, .title, .date, .id]

  /// Has readers keep what documents are grouped by, and no more.
  func prepare(_ options: inout CorpusOptions) {
    options.keepsMetadata = !slots.isEmpty
    for (slot, field) in zip(Self.order, slots) {
      // What is told apart already stays as it is.
      let isOwn = slot.name == field
      if !isOwn || options.metadataFields[slot] == nil { options.metadataFields[slot] = field }
    }
  }

  /// Throws `invalidArgument` if `count` groups are too many.
  func checkCount(_ count: Int) throws(TextError) {
    guard count > Self.maximumCount else { return }
    throw TextError(
      .invalidArgument,
      "documents have more than \(Self.maximumCount) values of \(fields.joined(separator: ", "))",
      remedy: "group them by a field with fewer")
  }

  /// A value for each field of the documents with this key.
  static func names(of key: [UInt8]) -> [String] {
    key.split(separator: 0xFF, omittingEmptySubsequences: false).dropLast()
      .map { String(decoding: $0, as: UTF8.self) }
  }

  /// Makes `key` the values of document `index`, each behind its length in bytes.
  fileprivate func setKey(
    _ key: inout [UInt8], of batch: borrowing DocumentBatch, _ index: Int
  ) {
    key.removeAll(keepingCapacity: true)
    var slot = 0
    for field in fields {
      if field == Self.file {
        key.append(contentsOf: batch.path.utf8)
      } else {
        let value = batch.metadata(Self.order[slot], of: index)
        for place in value.indices { key.append(value[place]) }
        slot += 1
      }
      // No text has this byte.
      key.append(0xFF)
    }
  }
}

/// What a thread counts of each group of documents.
struct GroupedTallies: Sendable {
  private(set) var groups: GroupNumbers
  var tallies: [CorpusTally] = []
  private let traits: [TokenTraits]

  init(_ grouping: DocumentGrouping, _ traits: [TokenTraits]) {
    groups = GroupNumbers(grouping)
    self.traits = traits
  }

  /// The place of document `index` of `batch` in ``tallies``.
  ///
  /// - Throws: `invalidArgument` where there are too many.
  mutating func index(of batch: borrowing DocumentBatch, _ index: Int) throws(TextError) -> Int {
    let group = try groups.number(of: batch, index)
    if group == tallies.count { tallies.append(CorpusTally(traits)) }
    return group
  }
}

/// What all threads have counted of each group of documents.
struct GroupedStatistics: Sendable {
  private(set) var groups: GroupNumbers
  private var tallies: [CorpusTally] = []
  private let vocabularySizes: [Int]

  init(_ grouping: DocumentGrouping, vocabularySizes: [Int]) {
    groups = GroupNumbers(grouping)
    self.vocabularySizes = vocabularySizes
  }

  mutating func add(_ other: consuming GroupedTallies) {
    for (key, index) in other.groups.numbers {
      let group = groups.number(of: key)
      if group == tallies.count {
        tallies.append(other.tallies[index])
      } else {
        tallies[group].merge(other.tallies[index])
      }
    }
  }

  /// The statistics of all documents, and of each group in the order of their keys.
  ///
  /// A tally is given back once it is statistics: both of all groups would take twice the memory.
  consuming func statistics() -> (total: CorpusStatistics, groups: [CorpusInspection.Group]) {
    let isGrouped = !groups.grouping.isEmpty
    let sorted = groups.sorted
    var total = CorpusStatistics(vocabularySizes: vocabularySizes)
    var found: [CorpusInspection.Group] = []
    for (key, number) in sorted {
      if isGrouped {
        var statistics = CorpusStatistics(vocabularySizes: vocabularySizes)
        statistics.merge(tallies[number])
        found.append(CorpusInspection.Group(key: key, statistics: statistics))
      }
      total.merge(tallies[number])
      tallies[number] = CorpusTally([])
    }
    return (total, found)
  }
}

/// Groups of documents, numbered as they come.
struct GroupNumbers: Sendable {
  let grouping: DocumentGrouping
  private(set) var numbers: [[UInt8]: Int] = [:]
  private var key: [UInt8] = []
  /// Of the document before, which often is of the same group.
  private var lastKey: [UInt8] = []
  private var lastNumber = -1

  init(_ grouping: DocumentGrouping) { self.grouping = grouping }

  /// The group of document `index` of `batch`.
  ///
  /// - Throws: `invalidArgument` where there are too many.
  mutating func number(of batch: borrowing DocumentBatch, _ index: Int) throws(TextError) -> Int {
    grouping.setKey(&key, of: batch, index)
    if lastNumber < 0 || key != lastKey {
      if numbers[key] == nil { try grouping.checkCount(numbers.count + 1) }
      lastNumber = number(of: key)
      lastKey = key
    }
    return lastNumber
  }

  mutating func number(of key: [UInt8]) -> Int {
    if let number = numbers[key] { return number }
    numbers[key] = numbers.count
    return numbers.count - 1
  }

  /// The groups in the order of their keys.
  var sorted: [(key: [UInt8], number: Int)] {
    numbers.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key, $0.value) }
  }
}
