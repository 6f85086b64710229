// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenModels

// The model part of tokenizer.json: up to some 200,000 tokens and 400,000 merges, read without a
// string for each.

extension TokenizerJSON {
  static func readModel(
    _ model: JSONValue, _ addedTokens: [AddedToken], _ path: String
  ) throws(TextError) -> BPEModel {
    guard model["type"]?.string ?? "BPE" == "BPE", let merges = model["merges"] else {
      throw .unsupported("model \(typeName(model))", path)
    }
    // Every byte has a token, so that nothing is unknown: unk_token and fuse_unk change nothing.
    if !(model["dropout"]?.isNull ?? true) { throw .unsupported("model with dropout", path) }
    if model["byte_fallback"]?.bool ?? false {
      throw .unsupported("model with byte_fallback", path)
    }
    for part in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let text = model[part]?.string, !text.isEmpty {
        throw .unsupported("model with \(part) \"\(text)\"", path)
      }
    }
    let vocabulary = try readVocabulary(model["vocab"], addedTokens, path)
    let rules = try readMerges(merges, vocabulary, path)
    do {
      return try BPEModel(
        vocabulary: vocabulary, rules: rules,
        ignoresMerges: model["ignore_merges"]?.bool ?? false)
    } catch {
      var located = error
      located.location = located.location ?? .init(path: path)
      throw located
    }
  }

  private static func readVocabulary(
    _ value: JSONValue?, _ addedTokens: [AddedToken], _ path: String
  ) throws(TextError) -> Vocabulary {
    let added = Dictionary(addedTokens.map { ($0.id, $0) }) { first, _ in first }
    let contents = Dictionary(
      addedTokens.map { (hash64($0.content.utf8.span), $0) }
    ) { first, _ in first }
    var outsideMerges = Set(added.keys)
    var tokens: [[UInt8]?] = []
    func place(_ bytes: [UInt8], _ id: TokenID) throws(TextError) {
      // A gap of more than 2^20 unused ids is a broken file, not a vocabulary.
      guard Int(id) < tokens.count + 1 << 20 else { throw .malformed("id \(id) is absurd", path) }
      while tokens.count <= Int(id) { tokens.append(nil) }
      tokens[Int(id)] = bytes
    }
    var bytes = ByteBuffer()
    try value?.forEachField { (spelling, number) throws(TextError) in
      guard let id = number.integer.flatMap({ TokenID(exactly: $0) }) else {
        throw .malformed(
          "the id of token \"\(String(decodingUTF8: spelling))\" is not a number", path)
      }
      bytes.removeAll()
      let isSpelled = SpelledBytes.append(spelling, to: &bytes)
      if let token = added[id], spelling.elementsEqual(token.content.utf8.span) {
        // One that is no special token may be what merges make, too.
        if !token.isSpecial, isSpelled { outsideMerges.remove(id) }
      } else if let token = contents[hash64(spelling)],
        spelling.elementsEqual(token.content.utf8.span)
      {
        throw .malformed(
          "added token \"\(token.content)\" has id \(token.id), but \(id) in the vocabulary", path)
      } else if isSpelled {
        try place(bytes.span.makeArray(), id)
      } else {
        throw .unsupported(
          "token \"\(String(decodingUTF8: spelling))\" (not in the byte-level alphabet)", path)
      }
    }
    for token in addedTokens { try place(Array(token.content.utf8), token.id) }
    return Vocabulary(tokens, added: outsideMerges)
  }

  private static func readMerges(
    _ value: JSONValue, _ vocabulary: Vocabulary, _ path: String
  ) throws(TextError) -> [MergeRule] {
    var rules: [MergeRule] = []
    var bytes = ByteBuffer()
    var rank = 0
    try value.forEachElement { (item) throws(TextError) in
      bytes.removeAll()
      guard let middle = appendPair(item, to: &bytes) else {
        throw .malformed("merge \(rank) is not two tokens", path)
      }
      let joined = bytes.span
      guard let left = vocabulary.id(of: joined.extracting(0..<middle)),
        let right = vocabulary.id(of: joined.extracting(middle..<joined.count)),
        let merged = vocabulary.id(of: joined)
      else { throw .malformed("merge \(rank) names a token that is not in the vocabulary", path) }
      rules.append(MergeRule(left, right, merged: merged, rank: UInt32(rank)))
      rank += 1
    }
    return withoutRepeatedPairs(rules)
  }

  /// Appends the bytes of both tokens of a merge, `["a", "b"]` or `"a b"`; returns where the second
  /// starts, or nil if they are not two.
  private static func appendPair(_ item: JSONValue, to bytes: inout ByteBuffer) -> Int? {
    if item.kind == .array {
      guard let left = item[0], let right = item[1], item[2] == nil,
        SpelledBytes.append(left, to: &bytes)
      else { return nil }
      let middle = bytes.count
      return SpelledBytes.append(right, to: &bytes) ? middle : nil
    }
    return item.withString { (text) -> Int? in
      guard let text else { return nil }
      guard let space = text.indices.first(where: { text[$0] == 0x20 }),
        SpelledBytes.append(text.extracting(0..<space), to: &bytes)
      else { return nil }
      let middle = bytes.count
      // A second space is not in the alphabet.
      return SpelledBytes.append(text.extracting(space + 1..<text.count), to: &bytes)
        ? middle : nil
    }
  }

  /// A pair listed twice has its last rank, as in the reference library.
  private static func withoutRepeatedPairs(_ rules: [MergeRule]) -> [MergeRule] {
    var size = 64
    while size < rules.count * 2 { size *= 2 }
    // Open addressing: index + 1, or 0 for a free slot.
    var slots = [UInt32](repeating: 0, count: size)
    var isRepeated = [Bool](repeating: false, count: rules.count)
    var repeats = 0
    for (index, rule) in rules.enumerated() {
      let key = UInt64(rule.pair.left) << 32 | UInt64(rule.pair.right)
      var slot = Int(truncatingIfNeeded: (key ^ key >> 29) &* 0x9E37_79B9_7F4A_7C15 >> 32)
      slot &= size - 1
      while slots[slot] != 0, rules[Int(slots[slot]) - 1].pair != rule.pair {
        slot = (slot + 1) & (size - 1)
      }
      if slots[slot] != 0 {
        isRepeated[Int(slots[slot]) - 1] = true
        repeats += 1
      }
      slots[slot] = UInt32(index + 1)
    }
    if repeats == 0 { return rules }
    return zip(rules, isRepeated).compactMap { rule, isRepeated in isRepeated ? nil : rule }
  }
}

/// The byte-level alphabet, from its UTF-8 straight to bytes.
enum SpelledBytes {
  /// The byte that each code point below U+0144 stands for, or 0xFFFF.
  private static let byteOfCodePoint: [UInt16] = {
    var table = [UInt16](repeating: .max, count: 0x144)
    for (byte, point) in ByteAlphabet.codePoints.enumerated() { table[Int(point)] = UInt16(byte) }
    return table
  }()

  /// Appends what `spelling` spells; false if it is empty or has a character outside the alphabet.
  static func append(_ spelling: Span<UInt8>, to bytes: inout ByteBuffer) -> Bool {
    let table = byteOfCodePoint.span
    var offset = 0
    while offset < spelling.count {
      var point = Int(spelling[offset])
      offset += 1
      if point >= 0x80 {
        // The alphabet has characters of one and two bytes only, and JSON text is well-formed.
        guard point < 0xE0, offset < spelling.count else { return false }
        point = (point & 0x1F) << 6 | Int(spelling[offset] & 0x3F)
        offset += 1
      }
      guard point < table.count, table[point] <= 0xFF else { return false }
      bytes.append(UInt8(truncatingIfNeeded: table[point]))
    }
    return !spelling.isEmpty
  }

  /// The same of a JSON string; false for other values.
  static func append(_ value: JSONValue, to bytes: inout ByteBuffer) -> Bool {
    value.withString { text in
      guard let text else { return false }
      return append(text, to: &bytes)
    }
  }
}
