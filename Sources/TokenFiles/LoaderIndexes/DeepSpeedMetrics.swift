// SPDX-License-Identifier: Apache-2.0

internal import Glibc
package import TextCore

/// What DeepSpeed's data-efficiency library sorts training samples by.
package enum DeepSpeedMetric: String, Sendable, CaseIterable {
  /// Tokens of the sample.
  case seqlen
  /// −Σ ln p(token), truncated to an integer, where p is the token's share of all tokens.
  case vocabRarity = "vocab_rarity"
}

/// Makes the files of DeepSpeed's DataAnalyzer for a set of token files, so that its
/// DeepSpeedDataSampler finds them.
///
/// Of each metric M there are, in the directory M:
///
///   M_sample_to_metric   the value of every sample
///   M_index_to_metric   the distinct values, ascending
///   M_index_to_sample   the samples of each of them
///   M_index_to_sample_percentile_merged   the same, put together to about a hundred arrays
///
/// and with the rarity `total_vocab_freq/total_vocab_freq_metric_value`, how often each id occurs.
///
/// A sample is a document. As DeepSpeed 0.16.4
/// (`deepspeed/runtime/data_pipeline/data_sampling/data_analyzer.py`) with the metric functions of
/// Megatron-DeepSpeed (`examples_deepspeed/data_efficiency/analyze_data.py`).
package struct DeepSpeedMetrics: Sendable {
  /// The set: its prefix, its manifest or one of its files.
  package var path: String
  package var outputDirectory: String
  package var metrics: [DeepSpeedMetric] = DeepSpeedMetric.allCases
  /// Tokens of a document that training takes; those behind do not count.
  package var maximumLength: Int?
  /// The ids there may be, of which each counts once if it does not occur; nil for the size in the
  /// manifest, or, without one, up to the largest that occurs.
  package var vocabularySize: Int?
  package var overwrites = false

  package init(path: String, outputDirectory: String) {
    self.path = path
    self.outputDirectory = outputDirectory
  }

  /// What was written for one metric.
  package struct Summary: Sendable, Equatable {
    package var metric: DeepSpeedMetric
    package var sampleCount: Int
    package var distinctCount: Int
    package var minimum: Int
    package var maximum: Int
  }

  /// Reads the set, twice for the rarity, and writes the files.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `damagedArtefact`, `writeFailed`, `outputExists`;
  ///   `invalidArgument` for a set without documents and an id outside the vocabulary.
  /// - Complexity: Memory is 24 bytes a document and 8 bytes an id of the vocabulary.
  package func write() throws(TextError) -> [Summary] {
    let reader = try TokenFileReader(path)
    guard reader.documentCount > 0 else {
      throw TextError(
        .invalidArgument, "no documents to analyse", at: .init(path: path),
        remedy: "name token files that hold some")
    }
    for metric in metrics where !overwrites { try checkMissing(metric) }
    var summaries: [Summary] = []
    for metric in metrics {
      var values: [Int] = []
      values.reserveCapacity(reader.documentCount)
      switch metric {
      case .seqlen:
        try reader.forEachDocument { (_, ids) throws(TextError) in
          values.append(used(ids.count))
        }
      case .vocabRarity:
        let counts = try countIDs(reader)
        try writeFrequencies(counts)
        let rarities = Self.rarities(counts)
        try reader.forEachDocument { (_, ids) throws(TextError) in
          var sum = 0.0
          for index in 0..<used(ids.count) { sum += rarities[Int(ids[index])] }
          values.append(Int(sum))
        }
      }
      summaries.append(try write(metric, values))
    }
    return summaries
  }

  private func checkMissing(_ metric: DeepSpeedMetric) throws(TextError) {
    let path = prefix(metric.rawValue, "sample_to_metric") + ".idx"
    guard kind(ofPath: path) == .missing else {
      throw TextError(
        .outputExists, "already exists", at: .init(path: path),
        remedy: "pass --overwrite to replace it")
    }
  }

  private func prefix(_ metric: String, _ name: String) -> String {
    "\(outputDirectory)/\(metric)/\(metric)_\(name)"
  }

  /// The ids of a document of `count` that training takes.
  private func used(_ count: Int) -> Int { min(count, maximumLength ?? count) }
}

// MARK: - Rarity

extension DeepSpeedMetrics {
  /// How often each id of the vocabulary occurs.
  private func countIDs(_ reader: TokenFileReader) throws(TextError) -> [Int] {
    let size = vocabularySize ?? reader.manifest?.root["options"]?["vocabulary_size"]?.integer
    var counts = [Int](repeating: 0, count: size ?? 0)
    try reader.forEachDocument { (number, ids) throws(TextError) in
      for index in 0..<used(ids.count) {
        let id = Int(ids[index])
        if id >= counts.count {
          if let size {
            throw TextError(
              .invalidArgument,
              "document \(number) has token id \(id), outside the vocabulary of \(size)",
              at: .init(path: path), remedy: "give the size of the vocabulary it was encoded with")
          }
          counts += [Int](repeating: 0, count: id + 1 - counts.count)
        }
        counts[id] += 1
      }
    }
    return counts
  }

  /// −ln of each id's share; one that does not occur counts once.
  private static func rarities(_ counts: [Int]) -> [Double] {
    let total = Double(counts.reduce(0) { $0 + max($1, 1) })
    return counts.map { -log(Double(max($0, 1)) / total) }
  }

  private func writeFrequencies(_ counts: [Int]) throws(TextError) {
    let metric = "total_vocab_freq"
    try createDirectory("\(outputDirectory)/\(metric)")
    var file = try DeepSpeedArraysWriter(
      prefix(metric, "metric_value"), DeepSpeedType(maximum: counts.max() ?? 0))
    for count in counts { try file.append(count) }
    file.endArray()
    try file.publish(wasMerged: false)
  }
}

// MARK: - Files

extension DeepSpeedMetrics {
  private func write(_ metric: DeepSpeedMetric, _ values: [Int]) throws(TextError) -> Summary {
    let name = metric.rawValue
    try createDirectory("\(outputDirectory)/\(name)")
    let maximum = values.max() ?? 0
    let valueType = DeepSpeedType(maximum: maximum)
    let sampleType = DeepSpeedType(maximum: values.count - 1)
    let groups = Groups(values)

    var merged = try DeepSpeedArraysWriter(
      prefix(name, "index_to_sample_percentile_merged"), sampleType)
    let step = max(1, groups.count / 100)
    for first in stride(from: 0, to: groups.count, by: step) {
      for group in first..<min(first + step, groups.count) {
        for sample in groups.samples(group) { try merged.append(sample) }
      }
      merged.endArray()
    }
    try merged.publish(wasMerged: false)

    var samples = try DeepSpeedArraysWriter(prefix(name, "index_to_sample"), sampleType)
    var distinct = try DeepSpeedArraysWriter(prefix(name, "index_to_metric"), valueType)
    for group in 0..<groups.count {
      for sample in groups.samples(group) { try samples.append(sample) }
      samples.endArray()
      try distinct.append(groups.value(group))
      distinct.endArray()
    }
    try samples.publish(wasMerged: true)
    try distinct.publish(wasMerged: true)

    var all = try DeepSpeedArraysWriter(prefix(name, "sample_to_metric"), valueType)
    for value in values {
      try all.append(value)
      all.endArray()
    }
    try all.publish(wasMerged: true)
    return Summary(
      metric: metric, sampleCount: values.count, distinctCount: groups.count,
      minimum: groups.value(0), maximum: maximum)
  }

  /// Samples by their values, ascending; those of one value in their order.
  private struct Groups {
    private let sorted: [(value: Int, sample: Int)]
    /// Where each group begins, and the end.
    private let starts: [Int]

    init(_ values: [Int]) {
      let sorted = values.enumerated().map { (value: $1, sample: $0) }.sorted { $0 < $1 }
      self.sorted = sorted
      starts =
        sorted.indices.filter { $0 == 0 || sorted[$0].value != sorted[$0 - 1].value }
        + [sorted.count]
    }

    var count: Int { starts.count - 1 }
    func value(_ group: Int) -> Int { sorted[starts[group]].value }
    func samples(_ group: Int) -> some Sequence<Int> {
      sorted[starts[group]..<starts[group + 1]].lazy.map(\.sample)
    }
  }
}
