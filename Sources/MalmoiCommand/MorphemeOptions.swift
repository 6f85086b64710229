// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Morphology
import Pipeline
import TextCore

/// Morphemes in training.
struct MorphemeTrainingOptions: ParsableArguments {
  enum Choice: String, CaseIterable, ExpressibleByArgument {
    case none, all, functional, inflectional, particles
  }
  enum Place: String, CaseIterable, ExpressibleByArgument { case training, both }

  @Option(
    help: ArgumentHelp(
      """
      Make no token that crosses a boundary between morphemes: none, all of them, functional (those \
      before particles, endings, the copula and derivational suffixes), inflectional (those before \
      particles and endings) or particles (those before particles). (default: the preset's, else none)
      """, valueName: "which"))
  var morphemes: Choice?

  @Option(
    help: ArgumentHelp(
      """
      Where morphemes count: in training alone, so that the tokenizer encodes as plain BPE, here and in \
      every library; or in both training and encoding. (default: the preset's, else both)
      """, valueName: "where"))
  var morphemesIn: Place?

  @OptionGroup var model: EojeolModelOption

  func training() throws(TextError) -> TrainJob.MorphemeTraining? {
    let boundaries: MorphemeBoundaries
    switch morphemes ?? .none {
    case .none: return nil
    case .all: boundaries = .all
    case .functional: boundaries = .functional
    case .inflectional: boundaries = .inflectional
    case .particles: boundaries = .particles
    }
    return TrainJob.MorphemeTraining(
      model: try model.load(), boundaries: boundaries, isForEncoding: morphemesIn != .training)
  }
}
