// SPDX-License-Identifier: Apache-2.0

internal import TextCore

extension SentencePairs {
  // What waits: sentences in `pending`, their ends in `partEnds`, and in `groupEnds` how many
  // sentences there are up to the end of each document. Documents without sentences do not count.

  func append(
    _ ids: Span<UInt32>, _ ends: Span<Int>, padding: UInt32, to output: inout SampleBatch,
    _ state: inout PackingState
  ) {
    var start = 0
    for index in ends.indices {
      add(ids.extracting(start..<ends[index]), &state)
      start = ends[index]
      if state.pending.count >= windowTokens { pack(padding: padding, to: &output, &state) }
    }
  }

  private func add(_ document: Span<UInt32>, _ state: inout PackingState) {
    let sentences = state.partEnds.count
    var start = 0
    for index in 0...document.count where index == document.count || document[index] == separator {
      if index > start {
        state.pending.append(copying: document.extracting(start..<index))
        state.partEnds.append(state.pending.count)
      }
      if index < document.count { state.account.add(.separators, 1) }
      start = index + 1
    }
    if state.partEnds.count > sentences { state.groupEnds.append(state.partEnds.count) }
  }

  /// Makes samples of the documents that wait.
  func pack(padding: UInt32, to output: inout SampleBatch, _ state: inout PackingState) {
    state.account.add(.repetition, (repetitions - 1) * state.pending.count)
    var pair = SentencePair()
    for _ in 0..<repetitions {
      for document in 0..<state.groupEnds.count {
        pairs(of: document, &state, &pair) { pair, state in
          write(&pair, padding: padding, to: &output, &state)
        }
      }
    }
    state.clear()
  }

  /// Calls `body` with the pairs of a document, whose sentences are in one pair each.
  private func pairs(
    of document: Int, _ state: inout PackingState, _ pair: inout SentencePair,
    _ body: (inout SentencePair, inout PackingState) -> Void
  ) {
    let sentences = Self.range(document, state.groupEnds.span)
    let target =
      state.generator.unit() < shortRate
      ? 2 + state.generator.below(textLength - 1) : textLength
    var first = sentences.lowerBound
    var next = first
    while next < sentences.upperBound {
      next += 1
      let count = Self.range(first..<next, state.partEnds.span).count
      guard next == sentences.upperBound || count >= target else { continue }
      let middle =
        next - first >= 2 ? first + 1 + state.generator.below(next - first - 1) : first + 1
      pair.first = Self.range(first..<middle, state.partEnds.span)
      // With one sentence there is none that follows it.
      pair.isRandom = next - first == 1 || state.generator.unit() < 0.5
      if pair.isRandom {
        pair.second = randomRun(
          atLeast: target - pair.first.count, otherThan: document, &state)
        state.account.add(.randomNext, pair.second.count)
        // Those that were not used begin the next pair.
        next = middle
      } else {
        pair.second = Self.range(middle..<next, state.partEnds.span)
      }
      first = next
      body(&pair, &state)
    }
  }

  /// Sentences of a document that is another one, unless that is not hit upon in ten trials.
  private func randomRun(
    atLeast count: Int, otherThan document: Int, _ state: inout PackingState
  ) -> Range<Int> {
    var other = document
    for _ in 0..<10 where other == document {
      other = state.generator.below(state.groupEnds.count)
    }
    let sentences = Self.range(other, state.groupEnds.span)
    let start = sentences.lowerBound + state.generator.below(sentences.count)
    var end = start + 1
    while end < sentences.upperBound,
      Self.range(start..<end, state.partEnds.span).count < count
    {
      end += 1
    }
    return Self.range(start..<end, state.partEnds.span)
  }

  /// What lies between two ends.
  private static func range(_ index: Int, _ ends: Span<Int>) -> Range<Int> {
    (index == 0 ? 0 : ends[index - 1])..<ends[index]
  }

  /// The ids of the sentences `sentences`, at least one.
  private static func range(_ sentences: Range<Int>, _ ends: Span<Int>) -> Range<Int> {
    range(sentences.lowerBound, ends).lowerBound..<ends[sentences.upperBound - 1]
  }
}

/// Two sentences, as ranges of the ids that wait, and room for what is made of them.
struct SentencePair: ~Copyable {
  var first = 0..<0
  var second = 0..<0
  /// Whether the second need not follow the first.
  var isRandom = false
  var masks = MaskedTokens()
}

// MARK: - One sample

extension SentencePairs {
  private func write(
    _ pair: inout SentencePair, padding: UInt32, to output: inout SampleBatch,
    _ state: inout PackingState
  ) {
    truncate(&pair, &state)
    // ---- input_ids ----
    let start = output.values.count
    output.values.append(classifierID)
    output.values.append(copying: state.pending.span.extracting(pair.first))
    output.values.append(separatorID)
    output.values.append(copying: state.pending.span.extracting(pair.second))
    output.values.append(separatorID)
    let used = output.values.count - start
    pair.masks.choose(
      self, first: 1..<1 + pair.first.count,
      second: pair.first.count + 2..<used - 1,
      in: &output.values, from: start, &state.generator)
    output.values.append(repeating: padding, count: length - used)
    output.endRun()
    state.account.add(.marks, 3)
    state.account.add(.padding, length - used)
    // ---- input_mask ----
    output.values.append(repeating: 1, count: used)
    output.values.append(repeating: 0, count: length - used)
    output.endRun()
    // ---- segment_ids ----
    output.values.append(repeating: 0, count: pair.first.count + 2)
    output.values.append(repeating: 1, count: pair.second.count + 1)
    output.values.append(repeating: 0, count: length - used)
    output.endRun()
    // ---- masked_lm_positions, masked_lm_ids, masked_lm_weights ----
    let missing = maximumPredictions - pair.masks.count
    pair.masks.appendPositions(to: &output.values)
    output.values.append(repeating: 0, count: missing)
    output.endRun()
    pair.masks.appendLabels(to: &output.values)
    output.values.append(repeating: 0, count: missing)
    output.endRun()
    output.values.append(repeating: 1, count: pair.masks.count)
    output.values.append(repeating: 0, count: missing)
    output.endRun()
    // ---- next_sentence_labels ----
    output.values.append(pair.isRandom ? 1 : 0)
    output.endRun()
  }

  /// Takes ids from the longer sentence, at one end or the other, until both fit.
  private func truncate(_ pair: inout SentencePair, _ state: inout PackingState) {
    func shortened(_ range: Range<Int>, _ generator: inout PackingGenerator) -> Range<Int> {
      generator.unit() < 0.5
        ? range.lowerBound + 1..<range.upperBound : range.lowerBound..<range.upperBound - 1
    }
    while pair.first.count + pair.second.count > textLength {
      if pair.first.count > pair.second.count {
        pair.first = shortened(pair.first, &state.generator)
      } else {
        pair.second = shortened(pair.second, &state.generator)
      }
      state.account.add(.truncated, 1)
    }
  }
}
