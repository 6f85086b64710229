// SPDX-License-Identifier: Apache-2.0

internal import Morphology
internal import Normalization
internal import PreTokenization
internal import Statistics
internal import TextCore
internal import Tokenization
internal import VocabularyFiles

// The answers of POST /api/tokenize, as docs/playground.md describes them. All places are in bytes of
// UTF-8.

/// How many changes of normalisation are listed; all are counted.
private let listedChanges = 100

/// What `text` is to `tokenizer`, as an object of JSON.
///
/// - Throws: `normalizationFailed`.
func tokenizeAnswer(
  _ name: String, _ tokenizer: Tokenizer, _ text: Span<UInt8>, _ request: TokenizeRequest
) throws(TextError) -> [UInt8] {
  let trace = try tokenizer.trace(text, parsingSpecialTokens: request.parsesSpecialTokens)
  let listed = min(trace.ids.count, request.maximumTokens)
  var json = CompactJSON(capacity: listed * 16 + 1024)
  json.add("name", .string(name))
  for (name, value) in about(tokenizer) { json.add(name, value) }
  json.add("counts", counts(trace))
  if trace.changes.isEmpty {
    json.add("text", .null)
    json.add("sources", .null)
  } else {
    let end = listed == 0 ? 0 : trace.ends[listed - 1]
    json.add("text", text: trace.text.span.extracting(0..<endOfCharacter(trace.text.span, end)))
    json.add("sources", trace.sources[..<listed])
  }
  json.add("change_count", .integer(trace.changes.count))
  let changes = trace.changes.prefix(listedChanges).flatMap { [$0.normal, $0.source] }
  json.add("changes", changes[...])
  json.add("ids", trace.ids.span.extracting(first: listed))
  json.add("ends", trace.ends.span.extracting(first: listed))
  var addedCount = 0
  while addedCount < trace.addedTokens.count, trace.addedTokens[addedCount] < listed {
    addedCount += 1
  }
  json.add("added_tokens", trace.addedTokens.span.extracting(first: addedCount))
  return json.finish()
}

/// What is told of a tokenizer that has been read.
func about(_ tokenizer: Tokenizer) -> [(String, JSON)] {
  let definition = tokenizer.definition
  return [
    ("vocabulary_size", .integer(tokenizer.vocabularySize)),
    ("normalizer", .string(definition.normalizer.rawValue)),
    ("pre_tokenizer", .string(definition.preTokenizer.rawValue)),
    ("morphemes", definition.morphemes.map { .string($0.boundaries.rawValue) } ?? .null),
  ]
}

/// What is counted of a text in UTF-8.
func textCounts(_ text: Span<UInt8>) -> [(String, JSON)] {
  [
    ("characters", .integer(characterCount(text))),
    ("bytes", .integer(text.count)),
    ("eojeols", .integer(TextMeasure(text).eojeols)),
  ]
}

private func counts(_ trace: borrowing TokenTrace) -> JSON {
  let text = trace.text.span
  let tokens = trace.ids.count
  return .object(
    [("tokens", .integer(tokens))] + textCounts(text) + [
      ("tokens_per_eojeol", .double(ratio(tokens, TextMeasure(text).eojeols))),
      ("bytes_per_token", .double(ratio(text.count, tokens))),
    ])
}

/// The code points of well-formed UTF-8.
private func characterCount(_ text: Span<UInt8>) -> Int {
  var count = 0
  for index in text.indices where text[index] & 0xC0 != 0x80 { count += 1 }
  return count
}

/// Where the character ends in which the byte before `place` stands.
func endOfCharacter(_ text: Span<UInt8>, _ place: Int) -> Int {
  var end = place
  while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
  return end
}
