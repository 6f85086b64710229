// SPDX-License-Identifier: Apache-2.0

package import Normalization
internal import Statistics
package import TextCore
package import Tokenization

/// Measures what tokenizers make of one text in two languages.
package struct InspectParityJob: Sendable {
  /// The same documents in the same order.
  package var sources: (CorpusSource, CorpusSource)
  package var tokenizers: [Tokenizer]
  /// Replaces the tokenizers' own.
  package var normalizer: Normalizer?

  package init(
    sources: (CorpusSource, CorpusSource), tokenizers: [Tokenizer], normalizer: Normalizer?
  ) {
    self.sources = sources
    self.tokenizers = tokenizers
    self.normalizer = normalizer
  }

  /// Runs the job.
  ///
  /// - Throws: What reading throws; `invalidArgument` where there are not as many documents in both.
  package func run(
    _ context: JobContext
  ) throws(TextError) -> (first: CorpusInspection, second: CorpusInspection) {
    func inspect(_ source: CorpusSource) throws(TextError) -> CorpusInspection {
      try InspectCorpusJob(source: source, tokenizers: tokenizers, normalizer: normalizer)
        .run(context)
    }
    let first = try inspect(sources.0)
    let second = try inspect(sources.1)
    let counts = [first, second].map(\.total.text.documents)
    guard counts[0] == counts[1] else {
      throw TextError(
        .invalidArgument, "\(counts[0]) documents stand beside \(counts[1])",
        remedy: "give the same text in both languages, document by document")
    }
    return (first, second)
  }
}
