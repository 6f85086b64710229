// SPDX-License-Identifier: Apache-2.0

import Normalization
import Pipeline
import Statistics
import TextCore

/// What was found in a corpus, for people, programs and browsers.
struct InspectionView {
  let tokenizers: [NamedTokenizer]
  let page: CorpusReport

  init(
    tokenizers: [NamedTokenizer], normalizer: Normalizer?, title: String, spam: SpamWords?
  ) {
    self.tokenizers = tokenizers
    page = CorpusReport(
      tokenizers: tokenizers, normalizer: normalizer, title: title, spam: spam)
  }

  /// Prints `found`, and writes the page about it to `html`; tells what was not read.
  func show(_ found: CorpusInspection, html: String?, _ report: ReportOptions) throws {
    if let html { try page.write(found, to: html) }
    let fields = found.grouping.fields
    if report.json {
      try Console.print(CorpusJSON(tokenizers: tokenizers, fields: fields).json(found))
    } else {
      ProgressLine.clear()
      try Console.print(CorpusText(tokenizers: tokenizers, fields: fields).text(found))
    }
    try Console.reportLosses(of: found.account)
  }
}
