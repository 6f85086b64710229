// SPDX-License-Identifier: Apache-2.0

import TokenFiles

// Packing as one would explain it: arrays, and a search through all of them.

/// The sample of `runs`, which are parts of documents, padded to `length`.
func referenceSample(_ runs: [[UInt32]], length: Int, _ columns: PackingColumns) -> Sample {
  let runs = runs.filter { !$0.isEmpty }
  let missing = length - runs.joined().count
  let none = [UInt32](repeating: 0, count: missing)
  var sample = [Array(runs.joined()) + [UInt32](repeating: Mark.padding, count: missing)]
  if columns.contains(.positions) {
    sample.append(runs.flatMap { $0.indices.map { UInt32($0) } } + none)
  }
  if columns.contains(.segments) {
    sample.append(
      runs.enumerated().flatMap { number, run in run.map { _ in UInt32(number + 1) } } + none)
  }
  if columns.contains(.lossMask) { sample.append(runs.joined().map { _ in 1 } + none) }
  return sample
}

func referenceConcatenation(
  _ settings: Concatenation, _ columns: PackingColumns, _ documents: [[UInt32]]
) -> [Sample] {
  let stream = documents.enumerated().flatMap { number, ids in ids.map { (number, $0) } }
  let width = settings.length + (settings.overlaps ? 1 : 0)
  var samples: [Sample] = []
  for start in stride(from: 0, to: stream.count, by: settings.length) {
    let part = stream[start..<min(start + width, stream.count)]
    let isNew = part.count > (settings.overlaps && start > 0 ? 1 : 0)
    guard part.count == width || settings.tail == .padded && isNew else { break }
    var runs: [[UInt32]] = []
    var last = -1
    for (number, id) in part {
      if number != last { runs.append([]) }
      runs[runs.count - 1].append(id)
      last = number
    }
    samples.append(referenceSample(runs, length: width, columns))
  }
  return samples
}

func referenceBestFit(
  _ settings: BestFit, _ columns: PackingColumns, _ documents: [[UInt32]]
) -> [Sample] {
  var samples: [Sample] = []
  var pieces: [[UInt32]] = []
  func flush() {
    samples += referenceWindow(pieces, settings.length).map {
      referenceSample($0, length: settings.length, columns)
    }
    pieces = []
  }
  for document in documents {
    for start in stride(from: 0, to: document.count, by: settings.length) {
      pieces.append(Array(document[start..<min(start + settings.length, document.count)]))
      if pieces.joined().count >= settings.length * settings.windowSequences { flush() }
    }
  }
  flush()
  return samples
}

/// The sequences of a window, each as its pieces.
private func referenceWindow(_ pieces: [[UInt32]], _ length: Int) -> [[[UInt32]]] {
  var sequences: [(members: [Int], space: Int, changed: Int)] = []
  let order = pieces.indices.sorted {
    (pieces[$1].count, $0) < (pieces[$0].count, $1)
  }
  for (step, piece) in order.enumerated() {
    let count = pieces[piece].count
    let best = sequences.indices.filter { sequences[$0].space >= count }.min {
      (sequences[$0].space, -sequences[$0].changed) < (sequences[$1].space, -sequences[$1].changed)
    }
    if let best {
      sequences[best].members.append(piece)
      sequences[best].space -= count
      sequences[best].changed = step
    } else {
      sequences.append(([piece], length - count, step))
    }
  }
  return sequences.map { $0.members.sorted() }.sorted { $0[0] < $1[0] }
    .map { $0.map { pieces[$0] } }
}
