// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A figure by which tokenizers are compared.
package struct Metric: Sendable {
  package enum Best: Sendable { case lowest, highest }

  /// As `--json` of inspect corpus calls it, where it has it.
  package var key: String
  var name: Label
  var formula: Label
  var style: Figure.Style
  /// Which end is better, where one is.
  var best: Best?
  var value: @Sendable (TokenizerFigures, CorpusFigures) -> Double?
}

extension Metric {
  package static let all: [Metric] = [
    Metric(
      key: "vocabulary_size", name: Label("vocabulary size", "어휘 크기"),
      formula: Label("number of ids, special ones among them", "특수 토큰을 포함한 id의 수"),
      style: .whole, value: { tokenizer, _ in Double(tokenizer.vocabularySize) }),
    Metric(
      key: "tokens", name: Label("tokens", "토큰 수"),
      formula: Label("tokens of the whole corpus", "말뭉치 전체의 토큰 수"),
      style: .whole, best: .lowest, value: { tokenizer, _ in Double(tokenizer.tokens) }),
    Metric(
      key: "tokens_per_eojeol", name: Label("tokens an eojeol (fertility)", "어절당 토큰 수"),
      formula: Label(
        "tokens / eojeols, which are the runs of characters between white space",
        "토큰 수 / 어절 수. 어절은 공백 사이의 글자열입니다"),
      style: .decimal, best: .lowest,
      value: { tokenizer, corpus in quotient(tokenizer.tokens, corpus.eojeols) }),
    Metric(
      key: "tokens_per_character", name: Label("tokens a character", "글자당 토큰 수"),
      formula: Label(
        "tokens / code points, line ends not counted", "토큰 수 / 코드 포인트 수(줄바꿈 제외)"),
      style: .decimal, best: .lowest,
      value: { tokenizer, corpus in quotient(tokenizer.tokens, corpus.characters) }),
    Metric(
      key: "bytes_per_token", name: Label("bytes a token", "토큰당 바이트"),
      formula: Label("UTF-8 bytes / tokens", "UTF-8 바이트 수 / 토큰 수"),
      style: .decimal, best: .highest,
      value: { tokenizer, corpus in quotient(corpus.bytes, tokenizer.tokens) }),
    Metric(
      key: "token_ratio", name: Label("tokens beside the first", "첫 토크나이저 대비"),
      formula: Label(
        "tokens / tokens by the first tokenizer: also the ratio of the mean lengths of documents",
        "토큰 수 / 첫 토크나이저의 토큰 수. 문서 평균 길이의 비율과 같습니다"),
      style: .decimal, best: .lowest, value: { tokenizer, _ in tokenizer.tokenRatio }),
    Metric(
      key: "shannon_entropy", name: Label("entropy, bits a token", "엔트로피(비트/토큰)"),
      formula: Label(
        "H = −Σ p log₂ p over the shares p of the ids", "H = −Σ p log₂ p (p는 id마다의 비율)"),
      style: .decimal, value: { tokenizer, _ in tokenizer.shannonEntropy }),
    Metric(
      key: "renyi_efficiency_2_5", name: Label("Rényi efficiency, α 2.5", "레니 효율(α 2.5)"),
      formula: Label(
        "log₂(Σ p^2.5) / (1 − 2.5) / log₂(used ids); Zouhar et al. 2023",
        "log₂(Σ p^2.5) / (1 − 2.5) / log₂(쓰인 id 수), Zouhar 외 2023"),
      style: .decimal, best: .highest, value: { tokenizer, _ in tokenizer.renyiEfficiency }),
    Metric(
      key: "shannon_efficiency", name: Label("Shannon efficiency", "섀넌 효율"),
      formula: Label("H / log₂(used ids)", "H / log₂(쓰인 id 수)"),
      style: .decimal, best: .highest, value: { tokenizer, _ in tokenizer.shannonEfficiency }),
    Metric(
      key: "used_ids", name: Label("used ids", "쓰인 id"),
      formula: Label(
        "ids that occur / all ids, special ones among them", "한 번이라도 나온 id / 전체 id"),
      style: .share, best: .highest,
      value: { tokenizer, _ in quotient(tokenizer.usedIDs, tokenizer.vocabularySize) }),
    Metric(
      key: "unused_ids", name: Label("dead tokens", "쓰이지 않은 토큰"),
      formula: Label("ids that never occur in this corpus", "이 말뭉치에 한 번도 나오지 않은 id"),
      style: .whole,
      value: { tokenizer, _ in Double(tokenizer.vocabularySize - tokenizer.usedIDs) }),
    Metric(
      key: "partial_utf8_share", name: Label("partial UTF-8", "불완전한 UTF-8"),
      formula: Label(
        "tokens that are not whole characters / tokens", "온전한 글자가 아닌 토큰 / 전체 토큰"),
      style: .share, best: .lowest, value: { tokenizer, _ in tokenizer.partialUTF8Share }),
    Metric(
      key: "split_syllable_share", name: Label("split syllables", "쪼개진 음절"),
      formula: Label(
        "Hangul syllables of several tokens / Hangul syllables",
        "여러 토큰으로 나뉜 한글 음절 / 한글 음절"),
      style: .share, best: .lowest, value: { tokenizer, _ in tokenizer.splitSyllableShare }),
    Metric(
      key: "single_token_eojeol_share", name: Label("eojeols of one token", "한 토큰인 어절"),
      formula: Label(
        "eojeols that are one token, alone or with the space before them / eojeols",
        "그 자체로 또는 앞 공백과 함께 한 토큰인 어절 / 어절"),
      style: .share, best: .highest, value: { tokenizer, _ in tokenizer.singleTokenEojeolShare }),
    Metric(
      key: "digit_consistency", name: Label("numbers cut alike", "숫자 분할의 일관성"),
      formula: Label(
        "numbers of up to 12 digits that are cut as most of their length are / numbers",
        "같은 길이의 다수와 똑같이 나뉜 12자리 이하 숫자 / 숫자"),
      style: .share, best: .highest, value: { tokenizer, _ in tokenizer.digitConsistency }),
    Metric(
      key: "superword_share", name: Label("tokens over a space", "공백을 넘는 토큰"),
      formula: Label(
        "tokens with white space between other characters (superwords) / tokens",
        "글자 사이에 공백이 든 토큰(초어절) / 토큰"),
      style: .share, value: { tokenizer, _ in tokenizer.superwordShare }),
    Metric(
      key: "syllables", name: Label("syllables that are tokens", "토큰인 음절"),
      formula: Label(
        "of the 11,172 syllables of Unicode, alone or behind a space",
        "유니코드의 11,172 음절 가운데, 그 자체로 또는 공백 뒤에서"),
      style: .whole, best: .highest, value: { tokenizer, _ in Double(tokenizer.syllables) }),
    Metric(
      key: "common_syllables", name: Label("of KS X 1001", "KS X 1001 음절"),
      formula: Label("of the 2,350 syllables of KS X 1001", "KS X 1001의 2,350 음절 가운데"),
      style: .whole, best: .highest, value: { tokenizer, _ in Double(tokenizer.commonSyllables) }),
  ]

  /// Which of `values` are the best; none where all are equal or no end is better.
  package func marks(_ values: [Double?]) -> [Bool] {
    let known = values.compactMap { $0 }.filter(\.isFinite)
    guard let best, let low = known.min(), let high = known.max(), low < high else {
      return values.map { _ in false }
    }
    let wanted = best == .lowest ? low : high
    return values.map { $0 == wanted }
  }
}

/// `numerator / denominator`, nil where there is nothing to divide by.
func quotient(_ numerator: Int, _ denominator: Int) -> Double? {
  denominator == 0 ? nil : Double(numerator) / Double(denominator)
}
