// SPDX-License-Identifier: Apache-2.0

internal import Normalization
package import PreTokenization
package import TextCore
internal import TokenModels

/// tiktoken's rank files: a line a token, `base64(bytes) rank`; the rank is the id.
///
/// Special tokens and the pre-tokenizer are not in the file: whoever reads it says which.
package enum TiktokenFile {
  /// The definition in `text`, the contents of the file `path`.
  ///
  /// - Throws: `malformedVocabulary`, with the line.
  package static func read(
    _ text: borrowing ByteBuffer, path: String, preTokenizer: PreTokenizer
  ) throws(TextError) -> TokenizerDefinition {
    var tokens: [[UInt8]?] = []
    var lineNumber = 0
    var start = 0
    let bytes = text.span
    while start < bytes.count {
      lineNumber += 1
      var end = start
      while end < bytes.count, bytes[end] != 0x0A { end += 1 }
      let line = bytes.extracting(start..<end)
      start = end + 1
      if line.isEmpty { continue }
      guard let (token, rank) = parse(line), rank < 1 << 24 else {
        throw .malformed("not \"base64 rank\": not a tiktoken file", path, line: lineNumber)
      }
      while tokens.count <= rank { tokens.append(nil) }
      if tokens[rank] != nil { throw .malformed("rank \(rank) again", path, line: lineNumber) }
      tokens[rank] = token
    }
    do throws(TextError) {
      return TokenizerDefinition(
        normalizer: .none, preTokenizer: preTokenizer,
        model: try BPEModel(rankedTokens: Vocabulary(tokens)), addedTokens: [])
    } catch {
      var located = error
      located.location = .init(path: path)
      throw located
    }
  }

  private static func parse(_ line: Span<UInt8>) -> (token: [UInt8], rank: Int)? {
    guard let space = line.indices.first(where: { line[$0] == 0x20 }),
      let token = Base64.decode(line.extracting(0..<space)), !token.isEmpty
    else { return nil }
    var digits = String(decodingUTF8: line.extracting(space + 1..<line.count))
    if digits.hasSuffix("\r") { digits.removeLast() }
    guard let rank = Int(digits), rank >= 0 else { return nil }
    return (token, rank)
  }

  /// The rank file of `definition`: its tokens without the added ones.
  package static func write(_ definition: TokenizerDefinition) -> ByteBuffer {
    let vocabulary = definition.model.vocabulary
    let added = Set(definition.addedTokens.map(\.id))
    var output = ByteBuffer(capacity: vocabulary.count * 16)
    for id in 0..<TokenID(vocabulary.count) where !added.contains(id) {
      let token = vocabulary.bytes(of: id)
      if token.isEmpty { continue }
      output.append(copying: Base64.encode(token).span)
      output.append(" \(id)\n")
    }
    return output
  }
}
