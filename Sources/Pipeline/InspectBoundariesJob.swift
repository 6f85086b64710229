// SPDX-License-Identifier: Apache-2.0

package import Statistics
package import TextCore
internal import TokenModels
package import Tokenization
internal import VocabularyFiles

/// Measures how tokens lie beside the morphemes of treebanks.
package struct InspectBoundariesJob: Sendable {
  /// Files in CoNLL-U, which are read whole: a treebank is a few megabytes.
  package var paths: [String]
  package var tokenizers: [Tokenizer]

  package init(paths: [String], tokenizers: [Tokenizer]) {
    self.paths = paths
    self.tokenizers = tokenizers
  }

  /// What was found.
  package struct Report: Sendable {
    package var sentences = 0
    /// Words, and those whose morphemes are what is written.
    package var words = 0
    package var knownWords = 0
    /// Of each tokenizer.
    package var edges: [MorphemeEdges]
  }

  /// Runs the job.
  ///
  /// - Throws: `fileNotFound`, `readFailed`; `badRecord`; `emptyCorpus`; `interrupted`.
  package func run(_ context: JobContext) throws(TextError) -> Report {
    var report = Report(edges: tokenizers.map { _ in MorphemeEdges() })
    var treebanks: [[TreebankSentence]] = []
    for path in paths {
      let bytes = try readFile(path)
      treebanks.append(try TreebankReader.sentences(bytes.span, path: path))
    }
    for word in treebanks.joined().lazy.flatMap(\.words) {
      report.words += 1
      report.knownWords += word.cuts == nil ? 0 : 1
    }
    report.sentences = treebanks.reduce(0) { $0 + $1.count }
    if report.sentences == 0 {
      throw TextError(
        .emptyCorpus, "no sentences in \(paths.count) treebanks",
        remedy: "give treebanks in CoNLL-U")
    }
    for (index, tokenizer) in tokenizers.enumerated() {
      var encoder = Encoder(tokenizer)
      let vocabulary = tokenizer.definition.model.vocabulary
      for sentence in treebanks.joined() {
        try context.checkCancellation()
        var ids = TokenBuffer()
        try encoder.encode(sentence.text.span, to: &ids)
        let lengths = (0..<ids.count).map { vocabulary.bytes(of: ids[$0]).count }
        report.edges[index].add(sentence, lengths)
      }
    }
    return report
  }
}
