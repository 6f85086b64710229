// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenFiles

@Suite("Token type")
struct TokenTypeTests {
  @Test(
    "the narrowest type that holds the largest id is chosen, or the one asked for",
    arguments: [
      (0, .auto, .uint16), (65535, .auto, .uint16), (65536, .auto, .int32),
      (0x7FFF_FFFF, .auto, .int32), (65535, .uint16, .uint16), (7, .int32, .int32),
    ] as [(UInt32, TokenTypeRequest, TokenType)])
  func chosen(maximumID: UInt32, requested: TokenTypeRequest, expected: TokenType) throws {
    #expect(try TokenType.choose(maximumID: maximumID, requested: requested) == expected)
  }

  @Test("an id that does not fit is refused with a remedy")
  func overflow() {
    let narrow = message { () throws(TextError) in
      _ = try TokenType.choose(maximumID: 65536, requested: .uint16)
    }
    #expect(
      narrow == "token id 65536 does not fit in uint16, whose largest is 65535; "
        + "choose the token type int32 or auto")
    for request in [TokenTypeRequest.auto, .int32] {
      let wide = message { () throws(TextError) in
        _ = try TokenType.choose(maximumID: 1 << 31, requested: request)
      }
      #expect(
        wide == "token id 2147483648 does not fit in int32, whose largest is 2147483647; "
          + "use a vocabulary with smaller ids, or another format than megatron")
    }
  }

  @Test("an id above the stated maximum traps")
  func brokenContract() async {
    await #expect(processExitsWith: .failure) {
      let directory = TemporaryDirectory()
      let sink = try makeTokenSink(
        SinkSettings(
          output: SinkOutput(format: .megatron, path: directory.path + "/c"),
          shards: ShardSettings(format: .megatron, type: .uint16, maximumID: 100)))
      try append([[1, 101]], to: sink)
    }
  }

  @Test("ids convert to bytes and back at every length and width")
  func conversion() {
    var numbers = SeededNumbers(state: 1)
    for count in 0...70 {
      for type in TokenType.allCases {
        let ids = (0..<count).map { _ in UInt32.random(in: 0...type.maximumID, using: &numbers) }
        var bytes = ByteBuffer()
        bytes.append(ids: ids.span, as: type)
        #expect(ids.span.largest == ids.max())
        var expected: [UInt8] = []
        for id in ids {
          for position in 0..<type.width {
            expected.append(UInt8(UInt64(id) >> UInt64(8 * position) & 255))
          }
        }
        #expect(bytes.makeArray() == expected)
        var back = TokenBuffer()
        let isWhole = back.append(stored: bytes.span, as: type)
        #expect(isWhole && back.makeArray() == ids)
      }
    }
  }

  @Test("every format has types, takes what it has and refuses the others")
  func formats() throws {
    for format in TokenFileFormat.allCases {
      for type in TokenType.allCases {
        let request = try #require(TokenTypeRequest(rawValue: type.rawValue))
        let chosen = try? TokenType.choose(maximumID: 7, requested: request, format: format)
        #expect(chosen == (format.types.contains(type) ? type : nil))
      }
      let widest = format.types.map(\.maximumID).max() ?? 0
      #expect(
        try TokenType.choose(maximumID: widest, requested: .auto, format: format).maximumID
          == widest)
    }
  }
}
