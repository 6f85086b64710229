// SPDX-License-Identifier: Apache-2.0

internal import Normalization
package import TextCore
internal import TokenModels
package import Tokenization
internal import VocabularyFiles

/// Whether any text becomes a token.
package enum TokenReach: String, CaseIterable, Sendable {
  /// The id has no token.
  case noToken = "no_token"
  /// An added token, which stands outside merging.
  case added
  /// The token's own text becomes the token.
  case alone
  /// Some other text, which is known, becomes the token among others.
  case inText = "in_text"
  /// A lower id has the same bytes, and merging makes that one.
  case sameBytes = "same_bytes"
  /// Merging makes other tokens of its bytes.
  case merges
  /// No well-formed text has its bytes.
  case notUTF8 = "not_utf8"
  /// No normalised text has its bytes.
  case normalizer
  /// The pre-tokenizer cuts its bytes wherever they stand.
  case preTokenizer = "pre_tokenizer"
  /// No text was found that becomes the token, and no proof that there is none.
  case unsettled

  /// Whether it is proven that no text becomes the token.
  package var isUnreachable: Bool {
    switch self {
    case .sameBytes, .merges, .notUTF8, .normalizer, .preTokenizer: true
    case .noToken, .added, .alone, .inText, .unsettled: false
    }
  }
}

/// Which tokens of a vocabulary text can become, each with a reason or a text that shows it.
///
/// A token t is out of reach for one of these reasons:
///
/// - Merging the bytes of t alone gives something else. Were t among the tokens of a longer pretoken, every
///   merge inside it would have been the best one inside it, and the same merges in the same order would make
///   t of its bytes alone. Where a pretoken that is a token is that token whatever the merges say
///   (`ignore_merges`), t must be a whole pretoken.
/// - Its bytes are in no well-formed UTF-8; or those that are not whole characters cannot be completed by
///   tokens that merging leaves beside it (``CharacterCompletion``).
/// - Its whole characters are not in normal form: parts of normalised text are normalised (Unicode Standard
///   Annex 15 for the forms; Malmoi's other rules but those named below look at single characters or runs).
/// - The pre-tokenizer cuts it in every context (``TokenBorders``).
///
/// Any other token is shown to be in reach by a text that was encoded and has it, its own text if that will
/// do. What neither a proof nor a text decides is unsettled: tokens of characters whose rule looks at
/// neighbours (joiners, fillers, the map of `nmt_nfkc`), and those that are cut at morphemes in all texts
/// tried.
package struct VocabularyReach: Sendable {
  /// For each id.
  package private(set) var reach: [TokenReach]
  /// For each id that is only in reach within a text, the text.
  package private(set) var texts: [UInt32: [UInt8]] = [:]

  /// The reach of all tokens of `tokenizer`.
  ///
  /// - Throws: `normalizationFailed`.
  /// - Complexity: that of encoding the vocabulary twice, and some hundred short texts for each token that
  ///   its own text does not become.
  package init(_ tokenizer: Tokenizer) throws(TextError) {
    let finder = try ReachFinder(tokenizer)
    (reach, texts) = try finder.run()
  }

  /// The ids of a reach, ascending.
  package func ids(_ wanted: TokenReach) -> [UInt32] {
    reach.indices.filter { reach[$0] == wanted }.map { UInt32($0) }
  }

  package var unreachable: [UInt32] {
    reach.indices.filter { reach[$0].isUnreachable }.map { UInt32($0) }
  }
}

private struct ReachFinder: ~Copyable {
  private let vocabulary: Vocabulary
  private let definition: TokenizerDefinition
  /// The model by its merges alone.
  private let merging: BPEModel
  private var encoder: Encoder
  private var borders: TokenBorders
  private var reach: [TokenReach]
  private var texts: [UInt32: [UInt8]] = [:]
  private var shapes: [TokenShape?] = []
  /// Whether merging makes the token of its own bytes.
  private var isMade: [Bool]

  init(_ tokenizer: Tokenizer) throws(TextError) {
    definition = tokenizer.definition
    vocabulary = definition.model.vocabulary
    merging =
      definition.model.ignoresMerges
      ? try BPEModel(vocabulary: vocabulary, rules: definition.model.rules, ignoresMerges: false)
      : definition.model
    encoder = Encoder(tokenizer, cacheBytes: 1 << 20)
    borders = TokenBorders(definition.preTokenizer)
    reach = [TokenReach](repeating: .unsettled, count: vocabulary.count)
    isMade = [Bool](repeating: false, count: vocabulary.count)
  }

  consuming func run() throws(TextError) -> ([TokenReach], [UInt32: [UInt8]]) {
    classify()
    try encodeAlone()
    try settleByNormalizer()
    try searchTexts()
    try completeCharacters()
    return (reach, texts)
  }

  private func open() -> [UInt32] {
    reach.indices.filter { reach[$0] == .unsettled }.map { UInt32($0) }
  }

  /// Merging, and UTF-8.
  private mutating func classify() {
    let added = Set(definition.addedTokens.map(\.id))
    let vocabulary = vocabulary
    var ids = TokenBuffer()
    var scratch = BPEScratch()
    for id in 0..<UInt32(vocabulary.count) {
      let token = vocabulary.bytes(of: id)
      let shape = TokenShape(token)
      shapes.append(token.isEmpty ? nil : shape)
      if token.isEmpty {
        reach[Int(id)] = .noToken
        continue
      }
      if added.contains(id) {
        reach[Int(id)] = .added
        continue
      }
      ids.removeAll()
      merging.encode(token, to: &ids, scratch: &scratch)
      isMade[Int(id)] = ids.count == 1 && ids[0] == id
      let isLooked = definition.model.ignoresMerges && vocabulary.id(of: token) == id
      if !isMade[Int(id)], !isLooked {
        reach[Int(id)] = vocabulary.id(of: token) == id ? .merges : .sameBytes
      } else if shape == nil {
        reach[Int(id)] = .notUTF8
      } else if !isMade[Int(id)], shape?.isWhole == false {
        // A pretoken is whole characters, and only whole pretokens are looked up.
        reach[Int(id)] = .merges
      }
    }
  }

  private mutating func encodeAlone() throws(TextError) {
    let whole = open().filter { shapes[Int($0)]?.isWhole == true }
    try mark(whole.map { vocabulary.bytes(of: $0).makeArray() }, whole, as: .alone)
  }

  /// Marks each of `ids` that is among the tokens of its text.
  private mutating func mark(
    _ texts: [[UInt8]], _ ids: [UInt32], as found: TokenReach
  ) throws(TextError) {
    var text = ByteBuffer()
    var ends = GrowableBuffer<Int>()
    for part in texts {
      text.append(copying: part.span)
      ends.append(text.count)
    }
    var tokens = TokenBuffer()
    var tokenEnds = GrowableBuffer<Int>()
    try encoder.encode(text.span, documentEnds: ends.span, to: &tokens, idEnds: &tokenEnds)
    for index in ids.indices where reach[Int(ids[index])] == .unsettled {
      let range = (index == 0 ? 0 : tokenEnds[index - 1])..<tokenEnds[index]
      guard range.contains(where: { tokens[$0] == ids[index] }) else { continue }
      if found == .alone, range.count > 1 { continue }
      reach[Int(ids[index])] = found
      if found == .inText { self.texts[ids[index]] = texts[index] }
    }
  }

  /// The whole characters of `id`.
  private func core(_ id: UInt32) -> [UInt8] {
    let shape = shapes[Int(id)] ?? nil
    guard let shape, !shape.isInside else { return [] }
    return Array(vocabulary.bytes(of: id).makeArray().dropFirst(shape.head).dropLast(shape.tail))
  }

  private mutating func settleByNormalizer() throws(TextError) {
    let normalizer = definition.normalizer
    if normalizer.isIdentity || normalizer.rules.contains(.nmtNFKC) { return }
    var normal = ByteBuffer()
    for id in open() {
      let core = core(id)
      normal.removeAll()
      try normalizer.append(core.span, to: &normal)
      if normal.makeArray() == core || dependsOnNeighbours(core) { continue }
      reach[Int(id)] = .normalizer
    }
  }

  /// Whether a character of `text` stays or goes by what stands beside it.
  private func dependsOnNeighbours(_ text: [UInt8]) -> Bool {
    let joiners: [UInt32] =
      definition.normalizer.rules.contains(.zeroWidth) ? [0x200C, 0x200D] : []
    let fillers: [UInt32] = definition.normalizer.rules.contains(.fillers) ? [0x115F, 0x1160] : []
    return String(decoding: text, as: UTF8.self).unicodeScalars.contains {
      joiners.contains($0.value) || fillers.contains($0.value)
    }
  }

  /// Whole characters that are not one pretoken by themselves, or not one token, and those of other tokens.
  private mutating func searchTexts() throws(TextError) {
    for id in open() {
      let core = core(id)
      if core.isEmpty { continue }
      let answer = borders.answer(core)
      let canBe = isMade[Int(id)] ? answer.isWithin : answer.isPretoken
      if !canBe { reach[Int(id)] = .preTokenizer }
    }
    let wanted = open().filter { shapes[Int($0)]?.isWhole == true }
    try search(around: wanted.map { ($0, vocabulary.bytes(of: $0).makeArray()) })
  }

  /// Looks for the tokens of texts in all contexts.
  private mutating func search(around wanted: [(id: UInt32, text: [UInt8])]) throws(TextError) {
    var wanted = wanted
    for prefix in TokenBorders.prefixes {
      for suffix in TokenBorders.suffixes where !wanted.isEmpty {
        try mark(
          wanted.map { Array(prefix.utf8) + $0.text + Array(suffix.utf8) }, wanted.map(\.id),
          as: .inText)
        wanted.removeAll { reach[Int($0.id)] != .unsettled }
      }
    }
  }

  /// Tokens that begin or end inside a character.
  private mutating func completeCharacters() throws(TextError) {
    let partial = open().filter { shapes[Int($0)]?.isWhole == false }
    if partial.isEmpty { return }
    var completion = CharacterCompletion(merging, shapes: shapes, isMade: isMade)
    var late: [(UInt32, [UInt8])] = []
    for id in partial {
      let some = completion.texts(around: id, limit: 8)
      if some.isEmpty {
        reach[Int(id)] = .merges
        continue
      }
      try mark(some, some.map { _ in id }, as: .inText)
      if reach[Int(id)] != .unsettled { continue }
      let more = completion.texts(around: id, limit: 512)
      try mark(more, more.map { _ in id }, as: .inText)
      late += more.prefix(4).map { (id, $0) }
    }
    try search(around: late.filter { reach[Int($0.0)] == .unsettled })
  }
}
