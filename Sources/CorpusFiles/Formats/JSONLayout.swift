// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Where a JSON file has its records, and where a record has its text and metadata.
struct JSONLayout: Sendable {
  /// Where a record has its text: fields with text between them.
  struct Text: Sendable {
    var parts: [Template.Part]
    var paths: [JSONPath]

    /// The strings that `path` leads to, a line each.
    init(_ path: JSONPath) {
      parts = [.field(0)]
      paths = [path]
    }

    init(parts: [Template.Part], paths: [JSONPath]) {
      self.parts = parts
      self.paths = paths
    }

    /// How messages call it.
    var name: String { paths.map { "\"\($0.text)\"" }.joined(separator: ", ") }
  }

  /// The records, from an outermost value; the elements of an outermost array are such values each.
  let record: JSONPath
  /// The first that leads to a string is taken.
  let texts: [Text]
  let metadata: [MetadataField: [JSONPath]]

  init(record: JSONPath, texts: [Text], metadata: [MetadataField: [JSONPath]]) {
    // An outermost array is gone through in any case.
    let steps = record.steps.first == .each ? record.steps.dropFirst() : record.steps[...]
    self.record = JSONPath(steps, text: record.text)
    self.texts = texts
    self.metadata = metadata
  }

  /// The names that lead to the array of records that files are cut in; none if an outermost value is
  /// a record, or has a path without an array.
  var arrayPath: [[UInt8]] {
    guard let end = record.steps.firstIndex(of: .each) else { return [] }
    return record.steps[..<end].map { if case .field(let name) = $0 { name } else { [] } }
  }

  /// The way on to the records from an element of the array that files are cut in.
  var recordInElement: JSONPath {
    guard let end = record.steps.firstIndex(of: .each) else { return .root }
    return JSONPath(record.steps[(end + 1)...], text: record.text)
  }

  /// The layouts of `format`, the likeliest first.
  static func layouts(of format: RecordFormat, _ options: CorpusOptions) -> [JSONLayout] {
    switch format {
    case .modu: [modu]
    case .aihub: aihub
    default: [JSONLayout(options)]
    }
  }

  /// The layout that `options` describe; paths that cannot be understood were refused before.
  private init(_ options: CorpusOptions) {
    var record = options.record ?? .root
    let text: Text
    if let template = options.template {
      text = Text(parts: template.parts, paths: template.fields.compactMap { JSONPath($0) })
    } else {
      var field = JSONPath(options.field) ?? .root
      if options.record == nil, let end = field.steps.firstIndex(of: .each) {
        let steps = field.steps
        record = JSONPath(steps[...end], text: field.text)
        field = JSONPath(steps[(end + 1)...], text: field.text)
      }
      text = Text(field)
    }
    var metadata: [MetadataField: [JSONPath]] = [:]
    for field in MetadataField.allCases {
      let path = JSONPath(options.metadataFields[field] ?? field.name)
      if let path { metadata[field] = [path] }
    }
    self.init(record: record, texts: [text], metadata: metadata)
  }

  /// A layout of a fixed format; its paths are known to be sound.
  fileprivate init(
    _ record: String, _ texts: [String], id: [String] = [], title: [String] = [],
    source: [String] = [], date: [String] = []
  ) {
    func path(_ text: String) -> JSONPath { text.isEmpty ? .root : JSONPath(text) ?? .root }
    self.init(
      record: path(record), texts: texts.map { Text(path($0)) },
      metadata: [
        .id: id.map(path), .title: title.map(path), .source: source.map(path),
        .date: date.map(path),
      ])
  }
}

// MARK: - Layouts of Korean corpora

extension JSONLayout {
  /// The National Institute of Korean Language's corpora: documents of paragraphs (written, newspapers),
  /// of utterances (spoken, messenger), or of sentences (analysed).
  static let modu = JSONLayout(
    "document[]", ["paragraph[].form", "utterance[].form", "sentence[].form"],
    id: ["id"], title: ["metadata.title"], source: ["metadata.publisher", "metadata.author"],
    date: ["metadata.date"])

  /// AI Hub has no layout of its own; these are those of its larger text sets.
  static let aihub = [
    // Web text (대규모 웹데이터 기반 한국어 말뭉치).
    JSONLayout(
      "SJML.text[]", ["content"], id: ["id"], title: ["title"], source: ["source_site", "board"],
      date: ["write_date"]),
    // Document summaries (문서요약 텍스트): paragraphs of sentences.
    JSONLayout(
      "documents[]", ["text[][].sentence", "text[].sentence", "text"], id: ["id"],
      title: ["title"], source: ["media_name"], date: ["publish_date"]),
    // Reading comprehension (기계독해), as SQuAD and KorQuAD have it.
    JSONLayout("data[].paragraphs[]", ["context"]),
    // Conversations (한국어 SNS, 주제별 텍스트 일상 대화).
    JSONLayout(
      "data[]", ["body[].utterance", "body.dialogue[].utterance"],
      id: ["header.dialogueInfo.dialogueID"], title: ["header.dialogueInfo.topic"]),
    JSONLayout(
      "info[]", ["annotations.lines[].norm_text", "annotations.lines[].text"], id: ["id"]),
    // Papers and patents (논문자료 요약): elements of an outermost array hold the papers.
    JSONLayout(
      "data[]", ["summary_entire[].orginal_text", "summary_entire[].original_text"],
      id: ["doc_id"], title: ["title"], date: ["date"]),
    // Books (도서자료 요약, 대규모 구매도서) and reports (요약문 및 레포트 생성): one document a file.
    JSONLayout("", ["passage"], id: ["passage_id"], title: ["metadata.doc_name"]),
    JSONLayout(
      "", ["paragraphs[].sentences[].text"], id: ["metadata.id"], title: ["metadata.title"]),
    JSONLayout("", ["Meta(Refine).passage", "Meta.passage"], id: ["Meta(Acqusition).doc_id"]),
    // Terms of special fields (전문분야 말뭉치): sentences in rows.
    JSONLayout("data[]", ["rows[].text"], title: ["title"]),
    // A conversation a file (SNS 데이터 고도화); dialects in their standard spelling (한국어 방언 발화),
    // broadcasts and meetings as they were spoken.
    JSONLayout(
      "", ["body[].utterance", "utterance[].standard_form", "utterance[].original_form"],
      id: ["header.dialogueInfo.dialogueID", "id"], title: ["metadata.title"]),
    // Translation pairs: the Korean side.
    JSONLayout("data[]", ["ko", "ko_original", "한국어"], id: ["sn"]),
    JSONLayout("", ["ko", "ko_original", "한국어", "text", "content"], id: ["id"], title: ["title"]),
  ]
}
