// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The tokens of a sample that are to be predicted.
struct MaskedTokens: ~Copyable {
  /// A position and the id that was there.
  private struct Prediction {
    var position: Int
    var label: UInt32
  }

  private var predictions: [Prediction] = []
  /// Where words start, and in which order they are masked.
  private var words = GrowableBuffer<Int>()
  /// For each position, where the word that starts there ends.
  private var wordEnds = GrowableBuffer<Int>()

  var count: Int { predictions.count }

  /// Chooses words of two sentences at random and masks them: 80 % by the mask, 10 % by random ids,
  /// 10 % not at all.
  ///
  /// The sample lies in `values` from `start` on, its sentences at the positions `first` and `second`,
  /// and ends one behind the second.
  mutating func choose(
    _ settings: SentencePairs, first: Range<Int>, second: Range<Int>,
    in values: inout TokenBuffer, from start: Int, _ generator: inout PackingGenerator
  ) {
    predictions.removeAll(keepingCapacity: true)
    words.removeAll()
    wordEnds.removeAll()
    wordEnds.append(repeating: 0, count: second.upperBound)
    findWords(first, settings.continuations, values.span, start)
    findWords(second, settings.continuations, values.span, start)
    generator.shuffle(&words)

    // Halves are rounded to even numbers, as Python does.
    let wanted = (Double(second.upperBound + 1) * settings.maskRate).rounded(.toNearestOrEven)
    let most = min(settings.maximumPredictions, max(1, Int(wanted)))
    var index = words.count
    while index > 0, predictions.count < most {
      index -= 1
      let word = words[index]..<wordEnds[words[index]]
      if predictions.count + word.count <= most {
        mask(word, settings, &values, start, &generator)
      }
    }
    predictions.sort { $0.position < $1.position }
  }

  private mutating func findWords(
    _ sentence: Range<Int>, _ continuations: TokenSet?, _ values: Span<UInt32>, _ start: Int
  ) {
    for position in sentence {
      let continues =
        position > sentence.lowerBound
        && continuations?.contains(values[start + position]) ?? false
      if !continues { words.append(position) }
      wordEnds[words[words.count - 1]] = position + 1
    }
  }

  private mutating func mask(
    _ word: Range<Int>, _ settings: SentencePairs, _ values: inout TokenBuffer, _ start: Int,
    _ generator: inout PackingGenerator
  ) {
    let isMasked = generator.unit() < 0.8
    let isKept = !isMasked && generator.unit() < 0.5
    for position in word {
      predictions.append(Prediction(position: position, label: values[start + position]))
      if isMasked {
        values[start + position] = settings.maskID
      } else if !isKept {
        values[start + position] = UInt32(generator.below(settings.vocabularySize))
      }
    }
  }

  func appendPositions(to values: inout TokenBuffer) {
    for prediction in predictions { values.append(UInt32(prediction.position)) }
  }

  func appendLabels(to values: inout TokenBuffer) {
    for prediction in predictions { values.append(prediction.label) }
  }
}
