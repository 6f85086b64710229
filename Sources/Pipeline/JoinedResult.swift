// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import Normalization
internal import TextCore
internal import TokenFiles

/// A result in a manifest of token files, and how those of parts become that of the whole.
enum JoinedResult {
  case sum(Int)
  case sums([(name: String, count: Int)])
  /// The largest, nil where there is none.
  case largest(Int?)
  /// Must be the same in all parts.
  case same(JSON)
  /// One behind the other, up to so many.
  case list([JSON], most: Int)
  case receipt(NormalizationReceipt, NormalizationRules)
  case packing(PackingAccount)

  /// The result called `name`; nil for one that is not known, or not what it should be.
  init?(_ name: String, _ value: JSONValue) {
    switch name {
    case "shards", "documents", "tokens", "replaced_utf8_sequences", "rejected_records",
      "truncated_documents", "truncated_tokens":
      guard let count = value.integer else { return nil }
      self = .sum(count)
    case "documents_with":
      self = .sums(value.fields.map { ($0.name, $0.value.integer ?? 0) })
    case "maximum_id": self = .largest(value.integer)
    case "token_type": self = .same(JSON(copying: value))
    case "first_rejects":
      self = .list(value.elements.map { JSON(copying: $0) }, most: RejectLog.keptCount)
    case "damaged_inputs": self = .list(value.elements.map { JSON(copying: $0) }, most: .max)
    case "normalization":
      guard let receipt = NormalizationReceipt(value) else { return nil }
      let names = Set(value.fields.map(\.name))
      let rules = NormalizationRules.named.filter { names.contains($0.name) }
      self = .receipt(receipt, NormalizationRules(rules.map(\.rule)))
    case "packing":
      guard let account = PackingAccount(value) else { return nil }
      self = .packing(account)
    default: return nil
    }
  }

  /// Adds that of the next part; false if they do not fit.
  mutating func add(_ later: JoinedResult) -> Bool {
    switch (self, later) {
    case (.sum(let count), .sum(let more)): self = .sum(count + more)
    case (.sums(let counts), .sums(let more)):
      guard counts.map(\.name) == more.map(\.name) else { return false }
      self = .sums(zip(counts, more).map { ($0.name, $0.count + $1.count) })
    case (.largest(let id), .largest(let other)):
      self = .largest(other.map { max($0, id ?? $0) } ?? id)
    case (.same(let value), .same(let other)): return value == other
    case (.list(var items, let most), .list(let more, _)):
      // Taken out of `self`, so that a long list is not copied for each part.
      self = .list([], most: most)
      items += more.prefix(most - items.count)
      self = .list(items, most: most)
    case (.receipt(var receipt, let rules), .receipt(let more, let others)):
      guard rules == others else { return false }
      receipt.merge(more)
      self = .receipt(receipt, rules)
    case (.packing(var account), .packing(let more)):
      account += more
      self = .packing(account)
    default: return false
    }
    return true
  }

  /// The result as a manifest holds it.
  var json: JSON {
    switch self {
    case .sum(let count): .integer(count)
    case .sums(let counts): .object(counts.map { ($0.name, .integer($0.count)) })
    case .largest(let id): id.map { .integer($0) } ?? .null
    case .same(let value): value
    case .list(let items, _): .array(items)
    case .receipt(let receipt, let rules): receipt.json(of: rules)
    case .packing(let account): .object(account.fields)
    }
  }
}
