// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// How often each rule changed the text, and the first times it did.
///
/// Receipts of parts of a corpus add up to the receipt of the whole, however it is cut.
package struct NormalizationReceipt: Sendable, Equatable {
  /// One change, with the text around it.
  package struct Sample: Sendable, Equatable {
    package var path: String
    package var line: Int
    /// The text as read: up to so many code points before the change, what was changed, and behind it.
    package var before: String
    package var source: String
    package var after: String
    /// What the changed text became.
    package var result: String

    package init(
      path: String, line: Int, before: String, source: String, after: String, result: String
    ) {
      (self.path, self.line, self.before) = (path, line, before)
      (self.source, self.after, self.result) = (source, after, result)
    }
  }

  /// How many samples of a rule are kept.
  package static let sampleCount = 3
  /// Code points shown on either side of a sample, and at most of the change itself.
  static let contextPoints = 12

  /// By the rule's index.
  private var counts = [Int](repeating: 0, count: NormalizationRules.named.count)
  private var samples = [[Sample]](repeating: [], count: NormalizationRules.named.count)

  package init() {}

  package func count(of rule: NormalizationRules) -> Int { counts[rule.index] }
  package func samples(of rule: NormalizationRules) -> [Sample] { samples[rule.index] }

  /// The rules that changed anything.
  private var fired: NormalizationRules {
    NormalizationRules.named.reduce(into: []) { rules, named in
      if counts[named.rule.index] > 0 { rules.insert(named.rule) }
    }
  }

  /// The number of changes by all rules.
  package var total: Int { counts.reduce(0, +) }

  func wantsSample(of rule: NormalizationRules) -> Bool {
    samples[rule.index].count < Self.sampleCount
  }

  mutating func count(_ rule: NormalizationRules, _ times: Int) { counts[rule.index] += times }

  mutating func add(_ sample: Sample, of rule: NormalizationRules) {
    samples[rule.index].append(sample)
  }

  /// Adds the receipt of text that comes later in the same file, or is of another one.
  ///
  /// The samples are the first by path and line, whatever the order in which files are added.
  package mutating func merge(_ later: NormalizationReceipt) {
    for index in counts.indices {
      counts[index] += later.counts[index]
      if later.samples[index].isEmpty { continue }
      let all = samples[index] + later.samples[index]
      // Swift's sort is stable.
      samples[index] = Array(all.sorted { $0.isBefore($1) }.prefix(Self.sampleCount))
    }
  }

  /// Replaces the number of each sample's record by its line.
  package mutating func replaceLines(_ line: (Int) -> Int) {
    for index in samples.indices {
      for place in samples[index].indices {
        samples[index][place].line = line(samples[index][place].line)
      }
    }
  }
}

// MARK: - As JSON

extension NormalizationReceipt {
  /// The receipt as manifests hold it: an object with the rules of `rules`, in their order, or those
  /// that changed anything.
  package func json(of rules: NormalizationRules? = nil) -> JSON {
    let rules = rules ?? fired
    return .object(
      NormalizationRules.named.filter { rules.contains($0.rule) }.map { name, rule in
        (
          name,
          .object([
            ("changes", .integer(count(of: rule))),
            ("samples", .array(samples(of: rule).map(\.json))),
          ])
        )
      })
  }

  /// The receipt that `json` wrote; nil if it is none.
  package init?(_ value: JSONValue) {
    self.init()
    for (name, rule) in NormalizationRules.named {
      guard let stored = value[name] else { continue }
      guard let changes = stored["changes"]?.integer,
        (0...largestStoredNumber).contains(changes)
      else { return nil }
      counts[rule.index] = changes
      let kept = (stored["samples"]?.elements ?? []).compactMap(Sample.init)
      samples[rule.index] = Array(kept.prefix(Self.sampleCount))
    }
  }
}

extension NormalizationReceipt.Sample {
  fileprivate func isBefore(_ other: Self) -> Bool {
    path == other.path
      ? line < other.line : path.utf8.lexicographicallyPrecedes(other.path.utf8)
  }

  package var json: JSON {
    .object([
      ("path", .string(path)), ("line", .integer(line)), ("before", .string(before)),
      ("source", .string(source)), ("after", .string(after)), ("result", .string(result)),
      ("source_points", .string(Self.points(source))),
      ("result_points", .string(Self.points(result))),
    ])
  }

  init?(_ value: JSONValue) {
    guard let path = value["path"]?.string, let line = value["line"]?.integer,
      let before = value["before"]?.string, let source = value["source"]?.string,
      let after = value["after"]?.string, let result = value["result"]?.string
    else { return nil }
    self.init(
      path: path, line: line, before: before, source: source, after: after, result: result)
  }

  /// The code points by number: most of what changes cannot be seen.
  package static func points(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      let digits = String(scalar.value, radix: 16, uppercase: true)
      return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }.joined(separator: " ")
  }
}
