// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import TextCore

/// What an estimate reads of a corpus, and how much each part of it stands for.
///
/// A corpus within the budget is read whole. Of a larger one, each kind of file (its extensions) gets a
/// share of the budget by its stored bytes, and files are drawn by systematic sampling with
/// probability proportional to size: points at equal distances from a seeded start in the files
/// laid end to end. Each point stands for as many stored bytes, and reads a piece of the file it
/// falls in, from its beginning. A total is then the sum of what each piece stands for times what
/// is found in it a byte (Hansen and Hurwitz 1943).
package struct EstimateReadings: Sendable, Equatable {
  /// A file to read, or its beginning.
  package struct Reading: Sendable, Equatable {
    /// The file's place among the inputs.
    package var file: Int
    /// The points that fall into the file; 1 where its kind is read whole.
    package var points: Int
    /// Stored bytes that it stands for.
    package var represented: Double
    /// After how many stored bytes reading stops; nil to read the whole file.
    package var limit: Int?
    /// The place of its kind in ``kinds``.
    package var kind: Int
  }

  /// The files of one kind.
  package struct Kind: Sendable, Equatable {
    package var storedBytes = 0
    /// Whether all of its files are read whole.
    package var isWhole = true
    /// How many points were laid; 0 where it is read whole.
    package var points = 0
  }

  /// In the order of the inputs, each file once.
  package private(set) var readings: [Reading] = []
  package private(set) var kinds: [Kind] = []

  /// Pieces of a budget: enough files to see how they differ.
  private static let pieces = 64
  /// A quarter of a block: less would cost more to open than to read.
  private static let smallestPieceBytes = 1 << 18

  /// Chooses of `files`, whose stored bytes are `sizes`, about `budget` stored bytes.
  package init(files: [String], sizes: [Int], budget: Int, seed: UInt64) {
    let total = sizes.reduce(0, +)
    var places: [String: Int] = [:]
    var members: [[Int]] = []
    for (index, file) in files.enumerated() {
      let name = Self.kindName(file)
      let place = places[name] ?? members.count
      if place == members.count {
        places[name] = place
        members.append([])
        kinds.append(Kind())
      }
      members[place].append(index)
      kinds[place].storedBytes += sizes[index]
    }
    for (kind, files) in members.enumerated() {
      if total <= budget {
        readings += files.map {
          Reading(
            file: $0, points: 1, represented: Double(sizes[$0]), limit: nil, kind: kind)
        }
      } else {
        let share = Double(budget) * Double(kinds[kind].storedBytes) / Double(total)
        draw(files, sizes, kind: kind, budget: share, seed: seed)
      }
    }
    readings.sort { $0.file < $1.file }
  }

  /// The extensions of `path` that tell how its bytes become documents.
  static func kindName(_ path: String) -> String {
    let parts = baseName(path).split(separator: ".").dropFirst()
    return parts.suffix(isCompressed(path) ? 2 : 1).joined(separator: ".")
  }

  private mutating func draw(
    _ files: [Int], _ sizes: [Int], kind: Int, budget: Double, seed: UInt64
  ) {
    let total = Double(kinds[kind].storedBytes)
    guard total > 0 else { return }
    let piece = max(Int(budget) / Self.pieces, Self.smallestPieceBytes)
    // What a point reads on average.
    let mean = files.reduce(0.0) {
      $0 + Double(sizes[$1]) / total * Double(min(sizes[$1], piece))
    }
    let points = max(Int(budget / mean), min(files.count, 2))
    let distance = total / Double(points)
    let rank = DocumentRanks(seed: seed, path: "files").rank(byteOffset: kind, number: 0)
    var next = Double(rank >> 11) / Double(1 << 53 as UInt64) * distance
    var end = 0.0
    kinds[kind].isWhole = false
    kinds[kind].points = points
    for file in files {
      end += Double(sizes[file])
      var hits = 0
      while next < end, hits < points {
        hits += 1
        next += distance
      }
      guard hits > 0 else { continue }
      readings.append(
        Reading(
          file: file, points: hits, represented: Double(hits) * distance,
          limit: hits * piece < sizes[file] ? hits * piece : nil, kind: kind))
    }
  }
}

/// A figure and how far it may be from the truth.
package struct EstimatedFigure: Sendable, Equatable {
  package var value: Double
  /// Zero where everything was counted, nil where too little was read to tell.
  package var standardError: Double?

  package init(_ value: Double, standardError: Double? = 0) {
    self.value = value
    self.standardError = standardError
  }

  /// The bounds that hold the truth in 95 of 100 samples; nil where that is not known.
  package var interval: ClosedRange<Double>? {
    guard let standardError, standardError.isFinite else { return nil }
    let reach = 1.96 * standardError
    return max(value - reach, 0)...(value + reach)
  }
}

extension EstimateReadings {
  /// The total of what was `found` in `used` stored bytes of each reading.
  package func total(_ found: [Double], used: [Int]) -> EstimatedFigure {
    var value = 0.0
    for index in readings.indices { value += found[index] * weight(index, used: used[index]) }
    var variance: Double? = 0
    for kind in kinds.indices where !kinds[kind].isWhole && kinds[kind].storedBytes > 0 {
      if let known = variance, let more = self.variance(ofKind: kind, found, used) {
        variance = known + more
      } else {
        variance = nil
      }
    }
    return EstimatedFigure(value, standardError: variance?.squareRoot())
  }

  /// How many times over the reading at `index` counts; 1 in a kind that is read whole.
  package func weight(_ index: Int, used: Int) -> Double {
    if kinds[readings[index].kind].isWhole { return 1 }
    return used > 0 ? readings[index].represented / Double(used) : 0
  }

  /// The variance of a kind's total between its files; nil where only one was read.
  private func variance(ofKind kind: Int, _ found: [Double], _ used: [Int]) -> Double? {
    let places = readings.indices.filter { readings[$0].kind == kind && used[$0] > 0 }
    guard places.count > 1 else { return nil }
    let points = places.reduce(0.0) { $0 + Double(readings[$1].points) }
    let total = Double(kinds[kind].storedBytes)
    let mean =
      places.reduce(0.0) {
        $0 + Double(readings[$1].points) * found[$1] / Double(used[$1])
      } / points
    let squares = places.reduce(0.0) {
      let distance = found[$1] / Double(used[$1]) - mean
      return $0 + Double(readings[$1].points) * distance * distance
    }
    let share = places.reduce(0.0) { $0 + Double(used[$1]) } / total
    return total * total * squares / (points - 1) / points * max(1 - share, 0)
  }
}
