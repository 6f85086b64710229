// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenModels

/// The tokens made so far: their bytes, and which pairs of them may become a token.
struct TrainedTokens {
  private var tokens: [[UInt8]?]
  private var shapes: [TokenShape]
  private let specialTokens: Set<[UInt8]>
  private let specialCount: Int
  private let maximumTokenBytes: Int
  private let isSyllableSafe: Bool
  /// The id of each byte.
  let byteTokens: [TokenID]

  init(_ options: TrainingOptions) {
    specialCount = options.specialTokens.count
    tokens = options.specialTokens.map { Array($0.utf8) }
    // In tokenizer.json a merge is named by its spelling, which a special token may have taken.
    specialTokens = Set(options.specialTokens.compactMap(ByteAlphabet.bytes(spelledBy:)))
    shapes = tokens.map { _ in .mixed }
    var byteTokens = [TokenID](repeating: 0, count: 256)
    for byte in ByteAlphabet.bytesInOrder {
      byteTokens[Int(byte)] = TokenID(tokens.count)
      tokens.append([byte])
      shapes.append(TokenShape(byte: byte))
    }
    self.byteTokens = byteTokens
    maximumTokenBytes = options.maximumTokenBytes ?? .max
    isSyllableSafe = options.isSyllableSafe
  }

  var count: Int { tokens.count }

  private func bytes(_ id: TokenID) -> [UInt8] { tokens[Int(id)] ?? [] }

  /// Whether the two tokens may be joined.
  func allows(_ pair: TokenPair) -> Bool {
    if maximumTokenBytes != .max,
      bytes(pair.left).count + bytes(pair.right).count > maximumTokenBytes
    {
      return false
    }
    if isSyllableSafe, shapes[Int(pair.left)].joined(to: shapes[Int(pair.right)]) == .mixed {
      return false
    }
    return specialTokens.isEmpty || !specialTokens.contains(bytes(pair.left) + bytes(pair.right))
  }

  /// Makes a token of `pair` and returns its id.
  mutating func append(_ pair: TokenPair) -> TokenID {
    tokens.append(bytes(pair.left) + bytes(pair.right))
    shapes.append(shapes[Int(pair.left)].joined(to: shapes[Int(pair.right)]))
    return TokenID(tokens.count - 1)
  }

  func makeVocabulary() -> Vocabulary {
    Vocabulary(tokens, added: Set((0..<specialCount).map { TokenID($0) }))
  }
}

/// How the bytes of a token stand to the characters of UTF-8.
enum TokenShape: Equatable, Sendable {
  /// One or more whole characters.
  case whole
  /// The first bytes of one character that lacks `missing` more.
  case head(missing: Int)
  /// `count` bytes from inside one character, without its first.
  case tail(count: Int)
  /// Part of one character together with something outside it, or bytes of no character.
  case mixed

  init(byte: UInt8) {
    switch byte {
    case ..<0x80: self = .whole
    case 0x80..<0xC0: self = .tail(count: 1)
    case 0xC2..<0xE0: self = .head(missing: 1)
    case 0xE0..<0xF0: self = .head(missing: 2)
    case 0xF0..<0xF5: self = .head(missing: 3)
    default: self = .mixed
    }
  }

  /// The shape of this token followed by `other`.
  func joined(to other: TokenShape) -> TokenShape {
    switch (self, other) {
    case (.whole, .whole): .whole
    case (.head(let missing), .tail(let count)) where count == missing: .whole
    case (.head(let missing), .tail(let count)) where count < missing:
      .head(missing: missing - count)
    // Three bytes at most follow a first one.
    case (.tail(let left), .tail(let right)) where left + right <= 3: .tail(count: left + right)
    default: .mixed
    }
  }
}
