// SPDX-License-Identifier: Apache-2.0

package import TextCore

// Morphology finds the morphemes of Korean text: 학교에서는 is 학교, 에서, 는. It reads the compiled
// dictionary of MeCab for Korean (mecab-ko-dic) where it lies and looks for the cheapest path through
// the lattice of all words that could stand in the text.

/// A compiled MeCab dictionary: words with their costs, classes of characters, costs of connections.
///
/// Kudo, Yamamoto and Matsumoto 2004; the layouts are those of MeCab 0.996, version 102.
package struct MorphemeDictionary: Sendable {
  let words: Lexicon
  /// What stands for characters of which no word is known.
  let unknownWords: UnknownWords
  let kinds: CharacterKinds
  let connections: ConnectionCosts
  let spacePenalties: SpacePenalties
  /// Words that users add, a lexicon for each of their files.
  let userWords: [UserLexicon]
  let tables: SearchTables
  private let directory: String

  /// The files that a dictionary needs.
  package static let fileNames = ["sys.dic", "unk.dic", "char.bin", "matrix.bin", "dicrc"]

  /// The dictionary in the directory `path`, whose large files are mapped, not read, with the words of
  /// `user`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `malformedDictionary`.
  package init(
    directory path: String, user: [UserDictionary] = []
  ) throws(TextError) {
    connections = try ConnectionCosts(path + "/matrix.bin")
    words = try Lexicon(path + "/sys.dic", connections)
    kinds = try CharacterKinds(path + "/char.bin")
    unknownWords = try UnknownWords(path + "/unk.dic", kinds, connections)
    spacePenalties = try SpacePenalties(path + "/dicrc")
    let kinds = WordKinds(words, for: user)
    var userWords: [UserLexicon] = []
    for file in user { userWords.append(try UserLexicon(file, kinds, connections)) }
    self.userWords = userWords
    tables = SearchTables(words, userWords, unknownWords.lexicon, connections)
    directory = path
  }

  /// The SHA-256 of all files, by which manifests name the dictionary.
  ///
  /// - Throws: `fileNotFound`, `readFailed`.
  package func sha256() throws(TextError) -> String {
    var hash = SHA256()
    for name in Self.fileNames.sorted() {
      let contents = try readFile(directory + "/" + name)
      hash.update(contents.span)
    }
    return hash.finish()
  }
}

/// What a word costs more behind a space, by the id of its part of speech.
///
/// Particles and endings stand behind none. Only mecab-ko has these costs.
struct SpacePenalties: Sendable {
  /// By id, up to the last that has one.
  private var costs: [Int32] = []
  /// So that the costs of all words of a text add up to less than a ``Lattice`` has bits for.
  private static let highest = 100_000

  /// Those of the configuration file at `path`, none if it names none.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `malformedDictionary`.
  init(_ path: String) throws(TextError) {
    let contents = try readFile(path)
    let text = String(decodingUTF8: contents.span)
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let sides = line.split(separator: "=", maxSplits: 1).map(trimmed)
      guard sides.count == 2, sides[0] == "left-space-penalty-factor" else { continue }
      let numbers = sides[1].split(separator: ",").map { Int32(trimmed($0)) }
      guard numbers.count % 2 == 0, !numbers.contains(nil) else {
        throw .malformedDictionary(
          "left-space-penalty-factor is no list of pairs", path, line: number + 1)
      }
      // The first of several counts.
      for index in stride(from: 0, to: numbers.count, by: 2).reversed() {
        guard let id = numbers[index].flatMap({ UInt16(exactly: $0) }),
          let cost = numbers[index + 1]
        else { continue }
        guard cost.magnitude <= Self.highest else {
          throw .malformedDictionary(
            "a penalty of \(cost), farther than \(Self.highest) from 0", path, line: number + 1)
        }
        costs += repeatElement(0, count: max(0, Int(id) + 1 - costs.count))
        costs[Int(id)] = cost
      }
    }
  }

  /// The penalty of a word whose part of speech has the id `part`.
  func cost(of part: UInt16) -> Int32 { part < costs.count ? costs[Int(part)] : 0 }
}

private func trimmed(_ text: Substring) -> Substring {
  let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
  var text = text.drop(while: isBlank)
  while let last = text.last, isBlank(last) { text.removeLast() }
  return text
}

extension TextError {
  static func malformedDictionary(
    _ what: String, _ path: String, line: Int? = nil, byteOffset: Int? = nil
  ) -> TextError {
    TextError(
      .malformedDictionary, what, at: .init(path: path, line: line, byteOffset: byteOffset),
      remedy: "install the dictionary anew")
  }
}
