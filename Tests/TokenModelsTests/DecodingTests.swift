// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenModels

@Suite struct DecodingTests {
  /// Tokens of 1 to 70 bytes, some ids unused, the last one long.
  private let tokens: [[UInt8]?] = {
    var generator = SeededGenerator(seed: 1)
    return (1...400).map { id in
      if id % 50 == 0 { return nil }
      let length = id == 399 ? 70 : Int.random(in: 1...(id % 7 == 0 ? 70 : 8), using: &generator)
      return (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
  }()

  @Test("decoding is the concatenation of the tokens, for any number of ids")
  func concatenation() throws {
    let vocabulary = Vocabulary(tokens)
    let used = tokens.indices.filter { tokens[$0] != nil }.map { TokenID($0) }
    for count in [0, 1, 2, 3, 255, 256, 257, 511, 512, 513, 3000] {
      var generator = SeededGenerator(seed: count)
      let ids = (0..<count).map { _ in used.randomElement(using: &generator) ?? 0 }
      var output = ByteBuffer()
      output.append(copying: [7, 8].span)
      try vocabulary.decode(ids.span, to: &output)
      #expect(output.makeArray() == [7, 8] + ids.flatMap { tokens[Int($0)] ?? [] })
      #expect(vocabulary.id(of: [UInt8](repeating: 0, count: 16).span) == nil)
    }
  }

  @Test("an id that no token has is named, after the text before it")
  func unknownID() {
    let vocabulary = Vocabulary(tokens)
    for place in [0, 1, 254, 255, 256, 257, 600] {
      for unknown in [49, 400, TokenID.max] as [TokenID] {
        var ids = [TokenID](repeating: 3, count: 700)
        ids[place] = unknown
        var output = ByteBuffer()
        let error = #expect(throws: TextError.self) {
          try vocabulary.decode(ids.span, to: &output)
        }
        #expect(error?.code == .unknownToken && error?.what.contains(" \(unknown) ") == true)
        #expect(output.count == place * (tokens[3]?.count ?? 0))
      }
    }
  }
}
