// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Makes documents of JSON records.
struct JSONDocuments: ~Copyable {
  private struct Plan {
    /// Numbers of paths of the reader.
    var record: Int
    var recordInElement: Int
    var texts: [(parts: [Template.Part], paths: [Int])]
    var metadata: [[Int]]
  }

  private let layouts: [JSONLayout]
  private let plans: [Plan]
  private var reader: JSONPathReader

  init(_ format: RecordFormat, _ options: CorpusOptions) {
    layouts = JSONLayout.layouts(of: format, options)
    var paths: [JSONPath] = []
    func number(_ path: JSONPath) -> Int {
      paths.append(path)
      return paths.count - 1
    }
    plans = layouts.map { layout in
      Plan(
        record: number(layout.record), recordInElement: number(layout.recordInElement),
        texts: layout.texts.map { ($0.parts, $0.paths.map(number)) },
        metadata: MetadataField.allCases.map { field in
          options.keepsMetadata ? (layout.metadata[field] ?? []).map(number) : []
        })
    }
    reader = JSONPathReader(paths)
  }

  /// Appends the documents of the JSON text at `range` of `text`.
  ///
  /// - Returns: What is wrong with the JSON; of what is sound, the record's rejects are in `batch`.
  mutating func append(
    _ text: borrowing ByteBuffer, _ range: Range<Int>, _ record: Record,
    to batch: inout DocumentBatch
  ) -> String? {
    switch reader.parse(text, range) {
    case .failure(let fault): return fault.message
    case .success(let node):
      appendRecords(of: node, record, to: &batch)
      return nil
    }
  }

  /// Appends the documents of an outermost value, of an element of an outermost array, or of an element
  /// of the array that the file is cut in, by the first layout that finds any.
  private func appendRecords(
    of node: JSONNode, _ record: Record, to batch: inout DocumentBatch
  ) {
    let isElement = record.variant != JSONScanner.rootVariant
    let array = isElement ? layouts[record.variant].arrayPath : []
    var firstFaults: [Fault] = []
    for (number, plan) in plans.enumerated() {
      // Layouts that share the array are tried one after the other.
      if isElement, layouts[number].arrayPath != array { continue }
      let path = isElement ? plan.recordInElement : plan.record
      var faults: [Fault] = []
      var documents = 0
      for found in reader.nodes(at: path, from: node) {
        if let fault = appendDocument(found, number, record, to: &batch) {
          faults.append(fault)
        } else {
          documents += 1
        }
      }
      if documents > 0 {
        for fault in faults { batch.reject(record, reason(fault)) }
        return
      }
      if firstFaults.isEmpty { firstFaults = faults }
    }
    if plans.count > 1 {
      batch.reject(record, "no text where the layouts of this format have it")
    } else if firstFaults.isEmpty {
      batch.reject(record, "nothing at \"\(layouts[0].record.text)\"")
    } else {
      for fault in firstFaults { batch.reject(record, reason(fault)) }
    }
  }

  /// Why a value is no document of layout `layout`; put into words only where it is told.
  private enum Fault {
    case notAnObject
    case notAString(layout: Int, text: Int)
    case noField(layout: Int)
  }

  private func reason(_ fault: Fault) -> String {
    switch fault {
    case .notAnObject: "not a JSON object"
    case .notAString(let layout, let text):
      "field \(layouts[layout].texts[text].name) is not a string"
    case .noField(let layout):
      "no field \(layouts[layout].texts.map(\.name).joined(separator: ", "))"
    }
  }

  /// Appends the document that `node` is by layout `number`; nil, or why there is none.
  private func appendDocument(
    _ node: JSONNode, _ number: Int, _ record: Record, to batch: inout DocumentBatch
  ) -> Fault? {
    var isOfAnotherKind = false
    let isOnlyText = plans[number].texts.count == 1
    for (index, text) in plans[number].texts.enumerated() {
      var strings = 0
      for part in text.parts {
        switch part {
        case .text(let bytes): batch.text.append(copying: bytes.span)
        case .field(let field):
          let nodes = reader.nodes(at: text.paths[field], from: node)
          let before = strings
          for value in nodes {
            if strings > before { batch.text.append(lineFeed) }
            if reader.appendString(value, to: &batch.text) {
              strings += 1
            } else {
              if strings > before { batch.text.truncate(to: batch.text.count - 1) }
              if reader.kind(of: value) != .null || isOnlyText { isOfAnotherKind = true }
            }
          }
        }
      }
      if strings > 0 {
        appendMetadata(of: node, number, to: &batch)
        batch.endDocument(line: record.line, byteOffset: record.byteOffset)
        return nil
      }
      batch.discardDocument()
      if isOfAnotherKind { return .notAString(layout: number, text: index) }
    }
    return reader.kind(of: node) == .object ? .noField(layout: number) : .notAnObject
  }

  private func appendMetadata(
    of node: JSONNode, _ number: Int, to batch: inout DocumentBatch
  ) {
    for field in MetadataField.allCases {
      let paths = plans[number].metadata[field.rawValue]
      guard !paths.isEmpty else { continue }
      batch.setMetadata(field) { output in
        for path in paths {
          for value in reader.nodes(at: path, from: node) {
            if reader.appendScalar(value, to: &output) { return }
          }
        }
      }
    }
  }
}
