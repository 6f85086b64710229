// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenFiles

/// Fixtures/ was written by Megatron-core's IndexedDatasetBuilder; make_goldens.py remakes it.
@Suite("Token files of Megatron itself")
struct GoldenTests {
  static let fixtures = #filePath.dropLast("GoldenTests.swift".count) + "Fixtures/"

  static func documents(limit: Int) -> [[UInt32]] {
    let scale = max(1, limit >> 16)
    return (0..<12).map { document in
      (0..<document * document * 7 % 11).map { token in
        UInt32((document * 1009 + token * 31337 * scale) % limit)
      }
    }
  }

  @Test("our files are byte-identical", arguments: TokenFileFormat.megatron.types)
  func identical(type: TokenType) throws {
    let directory = TemporaryDirectory()
    let prefix = directory.path + "/c"
    try writeSet(prefix, Self.documents(limit: Int(type.maximumID) + 1), type: type)
    for suffix in [".bin", ".idx"] {
      #expect(try bytes(prefix + suffix) == bytes(Self.fixtures + type.name + suffix))
    }
  }

  @Test(
    "every integer type, documents of any number of sequences and multimodal files are read",
    arguments: [
      ("uint8", 8), ("int8", 7), ("int16", 15), ("int32", 31), ("int64", 32), ("uint16", 16),
      ("sequences", 31), ("modes", 16),
    ])
  func read(name: String, bits: Int) throws {
    let expected = Self.documents(limit: 1 << bits)
    #expect(try readSet(Self.fixtures + name) == expected)
    let summary = try verifyTokenFiles(
      TokenFileReader(Self.fixtures + name), vocabularySize: 1 << bits)
    #expect(summary.documentCount == 12)
    #expect(summary.tokenCount == 66)
    #expect(summary.maximumID == expected.joined().max())
  }
}
