// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// What reading and normalising changed, as its template takes it.
struct ReceiptView {
  struct Rule {
    var rule: Label
    var name: String
    var changes: String
    var samples: [Receipts.Sample]
  }

  struct Count {
    var key: String
    var label: Label
    var count: String
  }

  struct Input {
    var path: String
    var bytes: String
    var documents: String
  }

  var rules: [Rule]
  var counts: [Count]
  var rejects: [String]
  var damaged: [String]
  var ignored: [String]
  var inputs: [Input]
  var unlistedInputs: String?
  var unlistedRejects: String?

  init(_ receipts: Receipts) {
    rules = receipts.rules.map { rule in
      Rule(
        rule: Self.names[rule.name] ?? Label(visible(rule.name)), name: visible(rule.name),
        changes: grouped(rule.changes), samples: rule.samples.map(Self.shown))
    }
    counts =
      [
        Count(
          key: "replaced_utf8_sequences",
          label: Label("invalid UTF-8 sequences replaced by U+FFFD", "U+FFFD로 바꾼 잘못된 UTF-8"),
          count: grouped(receipts.replacedSequences)),
        Count(
          key: "rejected_records", label: Label("records rejected", "읽지 못한 레코드"),
          count: grouped(receipts.rejectedRecords)),
        Count(
          key: "ignored_files", label: Label("files of other kinds not read", "읽지 않은 다른 종류의 파일"),
          count: grouped(receipts.ignoredFiles.count + receipts.unlistedIgnoredFiles)),
      ]
      + receipts.findings.map { finding in
        Count(
          key: visible(finding.name),
          label: Self.findings[finding.name] ?? Label(visible(finding.name)),
          count: grouped(finding.count))
      }
    rejects = receipts.firstRejects.map { visible($0) }
    damaged = receipts.damagedFiles.map { visible($0) }
    ignored = receipts.ignoredFiles.map { visible($0) }
    inputs = receipts.inputs.map {
      Input(path: visible($0.path), bytes: grouped($0.bytes), documents: grouped($0.documents))
    }
    unlistedInputs = receipts.unlistedInputs > 0 ? grouped(receipts.unlistedInputs) : nil
    let unlisted = receipts.rejectedRecords - receipts.firstRejects.count
    unlistedRejects = unlisted > 0 ? grouped(unlisted) : nil
  }

  private static func shown(_ sample: Receipts.Sample) -> Receipts.Sample {
    Receipts.Sample(
      place: visible(sample.place), before: visible(sample.before),
      source: visible(sample.source), after: visible(sample.after),
      result: visible(sample.result), points: visible(sample.points))
  }

  private static let names: [String: Label] = [
    "controls": Label("control characters removed", "제어 문자 제거"),
    "newlines": Label("line ends made line feeds", "줄바꿈을 LF로"),
    "spaces": Label("spaces of other kinds made spaces", "여러 공백을 공백으로"),
    "halfwidth-jamo": Label("half-width jamo", "반각 자모"),
    "fullwidth-ascii": Label("full-width ASCII", "전각 ASCII"),
    "compatibility-ideographs": Label("compatibility ideographs", "호환용 한자"),
    "hanyang-pua": Label("old Hangul of the private use area", "한양 PUA 옛한글"),
    "fillers": Label("Hangul fillers removed", "한글 채움 문자 제거"),
    "zero-width": Label("zero-width characters removed", "폭 없는 문자 제거"),
    "nfc": Label("canonical composition (NFC)", "정준 결합(NFC)"),
    "nfkc": Label("compatibility composition (NFKC)", "호환 결합(NFKC)"),
    "nmt-nfkc": Label("SentencePiece's character map", "SentencePiece 문자 변환"),
    "cap-repeats": Label("long repeats cut", "긴 반복 자르기"),
  ]

  private static let findings: [String: Label] = [
    "members": Label("members of archives read", "읽은 압축 묶음 안 파일"),
    "ignored_members": Label("members of archives not read", "읽지 않은 압축 묶음 안 파일"),
    "excluded_members": Label("members left out by a pattern", "패턴으로 뺀 파일"),
    "converted_records": Label(
      "records converted from another charset", "다른 문자 집합에서 변환한 레코드"),
    "repaired_documents": Label("documents whose double encoding was undone", "이중 인코딩을 되돌린 문서"),
  ]
}
