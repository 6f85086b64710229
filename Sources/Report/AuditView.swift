// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// What audits found, a card a tokenizer, as the template takes it.
struct AuditView {
  struct Card {
    var tokenizer: SeriesName
    var tokens: String
    var findings: [Finding]
    var policies: [Policy]
  }

  struct Finding {
    var key: String
    var name: Label
    var isPart: Bool
    var figure: Figure
    var examples: [Example]
  }

  /// Tokens that are the same text, or one token.
  struct Example { var tokens: [Token] }

  struct Token {
    var isFirst: Bool
    var id: String
    var text: String
  }

  struct Policy {
    var name: Label
    var value: Label
  }

  var cards: [Card]

  /// Nil where nothing was audited.
  init?(_ contents: ReportContents) {
    let names = SeriesName.all(contents.tokenizers.map(\.name))
    cards = zip(names, contents.tokenizers).compactMap { name, tokenizer in
      tokenizer.audit.map { Self.card($0, name, tokenizer.vocabulary) }
    }
    if cards.isEmpty { return nil }
  }

  private static func card(
    _ audit: AuditFigures, _ name: SeriesName, _ vocabulary: VocabularyRows
  ) -> Card {
    Card(
      tokenizer: name, tokens: grouped(audit.tokens),
      findings: audit.findings.map { finding in
        Finding(
          key: finding.key, name: names[finding.key] ?? Label(visible(finding.key)),
          isPart: finding.isPart, figure: Figure(finding.count),
          examples: finding.examples.map { example($0, vocabulary) })
      },
      policies: policies(audit))
  }

  /// More of a token does not help to know it.
  private static let shownCharacters = 20

  private static func example(_ ids: [UInt32], _ vocabulary: VocabularyRows) -> Example {
    Example(
      tokens: ids.enumerated().map { place, id in
        let text = visible(Array(vocabulary.token(Int(id))))
        let isLong = text.count > shownCharacters
        return Token(
          isFirst: place == 0, id: String(id),
          text: isLong ? text.prefix(shownCharacters) + "…" : text)
      })
  }

  // MARK: - Words

  private static func policies(_ audit: AuditFigures) -> [Policy] {
    func longest(_ count: Int, _ most: Int) -> Label {
      Label(
        "\(grouped(count)), the longest of \(grouped(most))",
        "\(grouped(count))개, 가장 긴 것은 \(grouped(most))개")
    }
    let numbers = audit.wholeNumbers.enumerated().map { index, count in
      Label(
        "\(grouped(count)) of \(index + 1) digit\(index == 0 ? "" : "s")",
        "\(index + 1)자리 \(grouped(count))개")
    }
    return [
      Policy(
        name: Label("numbers are cut", "숫자 분할"),
        value: cuts[audit.digitCuts] ?? Label(visible(audit.digitCuts))),
      Policy(name: Label("numbers that are a token", "토큰인 수"), value: list(numbers)),
      Policy(
        name: Label("most digits of a token", "한 토큰의 최대 자릿수"),
        value: Label(grouped(audit.longestDigits))),
      Policy(
        name: Label("a space goes with", "공백이 붙는 곳"),
        value: list(audit.spaceGoesWith.map { partners[$0] ?? Label(visible($0)) })),
      Policy(
        name: Label("tokens led by a space", "공백으로 시작하는 토큰"),
        value: Label(grouped(audit.spaceLedTokens))),
      Policy(
        name: Label("tokens of spaces", "공백만인 토큰"),
        value: longest(audit.spaceTokens, audit.longestSpaces)),
      Policy(
        name: Label("tokens of line ends", "줄바꿈만인 토큰"),
        value: longest(audit.lineEndTokens, audit.longestLineEnds)),
      Policy(
        name: Label("a line end goes with", "줄바꿈이 붙는 곳"),
        value: list(audit.lineEndGoesWith.map { partners[$0] ?? Label(visible($0)) })),
      Policy(
        name: Label("tokens over a space", "공백을 넘는 토큰"),
        value: Label(grouped(audit.superwordTokens))),
    ]
  }

  private static func list(_ items: [Label]) -> Label {
    if items.isEmpty { return Label("nothing", "없음") }
    return Label(
      items.map(\.en).joined(separator: ", "), items.map(\.ko).joined(separator: ", "))
  }

  private static let cuts: [String: Label] = [
    "single": Label("into single digits", "한 자리씩"),
    "threes": Label("in threes from the left", "왼쪽부터 세 자리씩"),
    "threes_from_right": Label("in threes from the right", "오른쪽부터 세 자리씩"),
    "whole": Label("not at all", "나누지 않음"),
    "other": Label("in another way", "다른 방식"),
  ]

  private static let partners: [String: Label] = [
    "words": Label("words", "낱말"),
    "numbers": Label("numbers", "수"),
    "punctuation": Label("punctuation", "문장 부호"),
    "line_ends": Label("other line ends", "다른 줄바꿈"),
  ]

  private static let names: [String: Label] = [
    "unreachable": Label("tokens that no text becomes", "어떤 글에서도 나오지 않는 토큰"),
    "same_bytes": Label("another id has their bytes", "바이트가 같은 id가 또 있음"),
    "merges": Label("merging makes others of their bytes", "병합하면 다른 토큰이 됨"),
    "not_utf8": Label("no UTF-8 has their bytes", "UTF-8에 없는 바이트열"),
    "normalizer": Label("normalising changes them", "정규화가 바꿈"),
    "pre_tokenizer": Label("the pre-tokenizer cuts them", "프리토크나이저가 자름"),
    "unsettled": Label("undecided", "판단할 수 없음"),
    "unused": Label("in reach, but never used here", "나올 수 있으나 이 말뭉치에 없음"),
    "partial_utf8": Label("partial UTF-8", "불완전한 UTF-8"),
    "duplicate_nfc": Label("the same in NFC", "NFC로 같음"),
    "duplicate_nfkc": Label("the same in NFKC", "NFKC로 같음"),
    "duplicate_nfkc_lowercase": Label("the same in NFKC, lower case", "NFKC 소문자로 같음"),
    "email": Label("e-mail addresses", "전자 우편 주소"),
    "phone": Label("phone numbers", "전화번호"),
    "resident_number": Label("resident registration numbers", "주민등록번호"),
    "card": Label("card numbers", "카드 번호"),
    "account": Label("bank accounts", "계좌 번호"),
    "long_number": Label("other long numbers", "그 밖의 긴 수"),
    "url": Label("web addresses", "웹 주소"),
    "spam": Label("spam", "스팸 낱말"),
    "most_characters": Label("most characters of a token", "한 토큰의 최대 글자 수"),
    "most_bytes": Label("most bytes of a token", "한 토큰의 최대 바이트 수"),
  ]
}
