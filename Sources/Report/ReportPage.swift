// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The page of a report.
package struct ReportPage {
  /// What every page begins with.
  package static let start = "<!doctype html>\n<!-- malmoi report -->\n"

  private let contents: ReportContents

  package init(_ contents: ReportContents) { self.contents = contents }

  /// The page, UTF-8.
  ///
  /// - Complexity: O(n log n) in the ids of all vocabularies.
  package func html() -> String {
    let templates = PageTemplates([
      ("page", PackageResources.page_mustache), ("label", PackageResources.label_mustache),
      ("chart", PackageResources.chart_mustache), ("heat", PackageResources.heat_mustache),
      ("audit", PackageResources.audit_mustache),
      ("receipts", PackageResources.receipts_mustache),
      ("comparison", PackageResources.comparison_mustache),
      ("groups", PackageResources.groups_mustache),
      ("vocabulary", PackageResources.vocabulary_mustache),
    ])
    return Self.start + templates.render(PageView(contents), "page")
  }
}

/// What the templates take.
private struct PageView {
  var title: String
  var style: String
  var script: String
  var policy: String
  var corpus: [CorpusFigure]
  var comparison: ComparisonTable?
  var groups: GroupTable?
  var charts: [Chart]
  var heat: Heat?
  var audit: AuditView?
  var vocabularies: Vocabularies?
  var receipts: ReceiptView

  struct CorpusFigure {
    var key: String
    var name: Label
    var figure: Figure
  }

  struct Heat { var strips: [HeatStrip] }
  struct Vocabularies { var tables: [VocabularyData] }

  init(_ contents: ReportContents) {
    title = visible(contents.title)
    style = String(decoding: PackageResources.report_css, as: UTF8.self)
    script = String(decoding: PackageResources.report_js, as: UTF8.self)
    // Nothing may be fetched, and nothing runs but the page's own script.
    policy =
      "default-src 'none'; style-src \(contentSource(style)); script-src \(contentSource(script)); "
      + "base-uri 'none'; form-action 'none'"
    let figures = contents.corpus
    corpus = [
      CorpusFigure(
        key: "documents", name: Label("documents", "문서"), figure: Figure(figures.documents)),
      CorpusFigure(key: "bytes", name: Label("bytes", "바이트"), figure: Figure(figures.bytes)),
      CorpusFigure(
        key: "characters", name: Label("characters", "글자"), figure: Figure(figures.characters)),
      CorpusFigure(key: "eojeols", name: Label("eojeols", "어절"), figure: Figure(figures.eojeols)),
      CorpusFigure(
        key: "empty_documents", name: Label("empty documents", "빈 문서"),
        figure: Figure(figures.emptyDocuments)),
    ]
    let hasTokenizers = !contents.tokenizers.isEmpty
    comparison = hasTokenizers ? ComparisonTable(contents) : nil
    groups = contents.groups.isEmpty ? nil : GroupTable(contents)
    charts = Self.charts(contents)
    heat = contents.sentences.isEmpty ? nil : Heat(strips: HeatStrip.all(contents))
    audit = AuditView(contents)
    let names = SeriesName.all(contents.tokenizers.map(\.name))
    vocabularies =
      hasTokenizers
      ? Vocabularies(
        tables: contents.tokenizers.enumerated().map { index, tokenizer in
          VocabularyData(index, names[index], tokenizer.vocabulary)
        }) : nil
    receipts = ReceiptView(contents.receipts)
  }

  private static func charts(_ contents: ReportContents) -> [Chart] {
    let names = SeriesName.all(contents.tokenizers.map(\.name))
    guard !names.isEmpty else {
      let series = [
        (name: SeriesName(name: "documents · 문서", color: 0), counts: contents.corpus.lengths)
      ]
      return [.lengths(series, unit: Label("characters", "글자 수"))]
    }
    let lengths = zip(names, contents.tokenizers).map { (name: $0, counts: $1.lengths) }
    let ranked = zip(names, contents.tokenizers).map {
      RankedCounts($0, counts: $1.vocabulary.counts)
    }
    let sweeps =
      contents.sweeps.isEmpty ? [] : Chart.sweeps(contents.sweeps, tokenizers: names.count)
    return sweeps + [
      .lengths(lengths, unit: Label("tokens", "토큰 수")), .zipf(ranked), .coverage(ranked),
    ]
  }
}
