// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenModels

/// The tokens made so far: their bytes, and which pairs of them may become a token.
///
/// The bytes are 0 to 255 in the order of their characters, then come the merges.
struct TrainedTokens {
  private(set) var all: [[UInt8]] = []
  private var shapes: [TokenShape] = []
  private let addedTokens: Set<[UInt8]>
  private let maximumBytes: Int
  private let maximumCharacters: Int
  private let maximumWords: Int
  private let isSyllableSafe: Bool
  private let allowsAll: Bool
  /// The id of each byte.
  let byteTokens: [TokenID]

  init(_ options: TrainingOptions) {
    // In tokenizer.json a merge is named by its spelling, which an added token may have taken.
    addedTokens = Set(options.addedContents.compactMap(ByteAlphabet.bytes(spelledBy:)))
    var byteTokens = [TokenID](repeating: 0, count: 256)
    for byte in ByteAlphabet.bytesInOrder {
      byteTokens[Int(byte)] = TokenID(all.count)
      all.append([byte])
      shapes.append(TokenShape(byte: byte))
    }
    self.byteTokens = byteTokens
    maximumBytes = options.maximumTokenBytes ?? .max
    maximumCharacters = options.maximumTokenCharacters ?? .max
    maximumWords = options.maximumTokenWords ?? .max
    isSyllableSafe = options.isSyllableSafe
    allowsAll =
      addedTokens.isEmpty && maximumBytes == .max && maximumCharacters == .max
      && maximumWords == .max && !isSyllableSafe
  }

  /// Whether the two tokens may be joined.
  func allows(_ pair: TokenPair) -> Bool {
    if allowsAll { return true }
    let (left, right) = (all[Int(pair.left)], all[Int(pair.right)])
    if left.count + right.count > maximumBytes { return false }
    if maximumCharacters != .max, characterCount(left + right) > maximumCharacters { return false }
    if maximumWords != .max, wordCount(of: left + right) > maximumWords { return false }
    if isSyllableSafe, shapes[Int(pair.left)].joined(to: shapes[Int(pair.right)]) == .mixed {
      return false
    }
    return addedTokens.isEmpty || !addedTokens.contains(left + right)
  }

  /// The number of characters of which `token` has a byte.
  private func characterCount(_ token: [UInt8]) -> Int {
    let begun = token.count { $0 & 0xC0 != 0x80 }
    return token.first.map { $0 & 0xC0 == 0x80 } == true ? begun + 1 : begun
  }

  /// Makes a token of `pair` and returns its id.
  mutating func append(_ pair: TokenPair) -> TokenID {
    all.append(all[Int(pair.left)] + all[Int(pair.right)])
    shapes.append(shapes[Int(pair.left)].joined(to: shapes[Int(pair.right)]))
    return TokenID(all.count - 1)
  }

  /// The pairs to merge, behind the merges `done`, so that each of `characters` is a token: byte by
  /// byte from the left, nothing twice.
  func pairs(making characters: [Unicode.Scalar], after done: [TokenPair]) -> [TokenPair] {
    var made: [TokenPair: TokenID] = [:]
    for (index, pair) in done.enumerated() { made[pair] = TokenID(256 + index) }
    var pairs: [TokenPair] = []
    for character in characters {
      let bytes = Array(String(Character(character)).utf8)
      var token = byteTokens[Int(bytes[0])]
      for byte in bytes.dropFirst() {
        let pair = TokenPair(token, byteTokens[Int(byte)])
        if let known = made[pair] {
          token = known
        } else {
          token = TokenID(256 + done.count + pairs.count)
          made[pair] = token
          pairs.append(pair)
        }
      }
    }
    return pairs
  }
}

/// The words of `token`: its parts between spaces.
package func wordCount(of token: [UInt8]) -> Int {
  var count = 0
  var isBetween = true
  for byte in token {
    if byte != 0x20 && isBetween { count += 1 }
    isBetween = byte == 0x20
  }
  return count
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
