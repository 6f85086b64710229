// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenFiles

/// The set holds documents of 3, 0 and 2 tokens of 2 bytes: lengths are at byte 34 of the index,
/// starts at 46, the document index at 70, the end at 102.
@Suite("Error messages of token files")
struct ErrorMessageTests {
  let directory = TemporaryDirectory()
  static let remedy = "; copy or make the token files again"

  /// What verifying says after `change` of the bytes of the file `name`, without a manifest.
  func fault(
    _ name: String = "c.idx", vocabularySize: Int? = nil, keepManifest: Bool = false,
    _ change: (inout [UInt8]) -> Void
  ) throws -> String {
    try writeSet(directory.path + "/c", [[1, 2, 3], [], [4, 5]])
    var bytes = try bytes(directory.path + "/" + name)
    change(&bytes)
    try writeFile(directory.path + "/" + name, bytes.span)
    if !keepManifest { removeFile(directory.path + "/c.manifest.json") }
    return message(in: directory.path) { () throws(TextError) in
      try verifyTokenFiles(
        TokenFileReader(directory.path + "/c"), vocabularySize: vocabularySize)
    }
  }

  @Test("a fault in the index names its byte")
  func index() throws {
    let table: [((inout [UInt8]) -> Void, String)] = [
      ({ $0[0] = 0 }, "byte 0: not a Megatron index: it does not begin with MMIDIDX"),
      ({ $0.removeAll() }, "byte 0: ends within its header of 34 bytes"),
      ({ $0.removeLast(70) }, "byte 32: ends within its header of 34 bytes"),
      ({ $0[9] = 2 }, "byte 9: index version 2, where only 1 is known"),
      ({ $0[17] = 6 }, "byte 17: token type code 6 stands for floating point, not token ids"),
      ({ $0[17] = 9 }, "byte 17: token type code 9 is unknown"),
      ({ $0[25] = 255 }, "byte 18: 18374686479671623683 sequences cannot be in 102 bytes"),
      ({ $0[26] = 0 }, "byte 26: a document index of 0 entries cannot be in 102 bytes"),
      ({ $0[26] = 5 }, "byte 102: 102 bytes long, where its header asks for 110"),
      ({ $0[34] = 9 }, "byte 34: sequence 0 has 9 tokens, which do not fit in c.bin"),
      ({ $0[37] = 128 }, "byte 34: sequence 0 has -2147483645 tokens, which do not fit in c.bin"),
      (
        { $0[54] = 7 },
        "byte 54: sequence 1 starts at byte 7, where the lengths before it end at byte 6"
      ),
      ({ $0[70] = 1 }, "byte 70: the document index begins with 1, not 0"),
      ({ $0[78] = 9 }, "byte 78: document 0 ends at sequence 9, outside 0...3"),
      ({ $0[86] = 0 }, "byte 86: document 1 ends at sequence 0, outside 1...3"),
      ({ $0[94] = 2 }, "byte 94: the document index ends at sequence 2 of 3"),
    ]
    for (change, expected) in table {
      let found = try fault { change(&$0) }
      #expect(found == "c.idx: " + expected + Self.remedy)
    }
  }

  @Test("a fault in the tokens names its byte, and its document where there is one")
  func tokens() throws {
    let longer = try fault("c.bin") { $0 += [0, 0] }
    #expect(
      longer == "c.bin: byte 10: 12 bytes long, where the index ends at byte 10\(Self.remedy)")
    let odd = try fault("c.bin") { $0 += [0] }
    #expect(odd == "c.bin: byte 10: ends within a token of 2 bytes\(Self.remedy)")
    let outside = try fault("c.bin", vocabularySize: 5) { _ in }
    let expected = "c.bin: byte 8: document 2 has token id 5, outside the vocabulary of 5"
    #expect(outside == expected + Self.remedy)
    let sound = try fault("c.bin", vocabularySize: 6) { _ in }
    #expect(sound == "nothing was thrown")
  }

  @Test("a negative number is not an id")
  func negative() throws {
    try writeSet(directory.path + "/c", [[1], [2, 3]], type: .int32)
    removeFile(directory.path + "/c.manifest.json")
    var bytes = try bytes(directory.path + "/c.bin")
    bytes[11] = 0x80
    try writeFile(directory.path + "/c.bin", bytes.span)
    let found = message(in: directory.path) { () throws(TextError) in
      _ = try readSet(directory.path + "/c")
    }
    #expect(found == "c.bin: byte 8: -2147483645 is not a token id" + Self.remedy)
  }

  @Test("a fault against the manifest names the file and what was stated")
  func manifest() throws {
    let changed = try fault("c.bin", keepManifest: true) { $0[0] = 2 }
    let sums = ["e7d89f100ea58418", "27c33fd3326baee7"].map { "xxh3:" + $0 }
    let expected = "c.bin: the checksum is \(sums[0]), where the manifest states \(sums[1])"
    #expect(changed == expected + Self.remedy)
    let longer = try fault("c.bin", keepManifest: true) { $0 += [0, 0] }
    #expect(
      longer == "c.bin: byte 10: 12 bytes long, where the manifest states 10\(Self.remedy)")
    for (name, other) in [("documents", 4), ("tokens", 6)] {
      let stated = other - 1
      let found = try fault("c.manifest.json", keepManifest: true) { bytes in
        edit(&bytes, "\"\(name)\": \(stated)", "\"\(name)\": \(other)")
      }
      #expect(
        found == "c.manifest.json: states \(other) \(name), where the files hold \(stated)"
          + Self.remedy)
      let missing = try fault("c.manifest.json", keepManifest: true) { bytes in
        edit(&bytes, "\"\(name)\": \(stated)", "\"nothing\": 0")
      }
      #expect(missing == "c.manifest.json: states no number of \(name)" + Self.remedy)
    }
    let names: [(String, String)] = [
      ("d.bin", "d.bin: listed in the manifest, but missing"),
      ("../c.bin", "c.manifest.json: lists \"../c.bin\", which is not a file beside it"),
      ("c.idx", "c.manifest.json: lists no c.bin"),
    ]
    for (name, expected) in names {
      let found = try fault("c.manifest.json", keepManifest: true) { bytes in
        edit(&bytes, "\"c.bin\"", "\"\(name)\"")
      }
      #expect(found == expected + Self.remedy)
    }
    let kind = try fault("c.manifest.json", keepManifest: true) { bytes in
      edit(&bytes, "token-files", "tokenizer")
    }
    #expect(
      kind == "c.manifest.json: the manifest of another artefact (tokenizer), not of token files"
        + Self.remedy)
  }

  /// Replaces the one `old` in the text `bytes` by `new`.
  func edit(_ bytes: inout [UInt8], _ old: String, _ new: String) {
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: old)
    precondition(parts.count == 2, "\(old) must occur once")
    // What is looked for stands behind the seal, which is made again.
    let text = parts.joined(separator: new)
    let bare = text.split(separator: ",\n  \"seal\"", omittingEmptySubsequences: false)[0]
    var manifest = ByteBuffer()
    manifest.append(String(bare) + "\n}")
    ManifestSeal.seal(&manifest)
    bytes = manifest.makeArray()
  }

  @Test("missing files are named")
  func missing() throws {
    let prefix = directory.path + "/c"
    func opening(_ suffix: String = "") -> String {
      message(in: directory.path) { () throws(TextError) in
        _ = try TokenFileReader(prefix + suffix)
      }
    }
    #expect(
      opening() == "c: no token files: no .manifest.json, .idx or -00000.idx of this prefix; "
        + "check the prefix")
    try writeSet(prefix, [[1], [2], [3]], shardTokens: 1)
    removeFile(prefix + "-00001.idx")
    #expect(opening() == "c-00001.idx: listed in the manifest, but missing" + Self.remedy)
    removeFile(prefix + ".manifest.json")
    #expect(opening() == "c-00001.idx: missing, though later shards are there" + Self.remedy)
    removeFile(prefix + "-00002.bin")
    #expect(opening("-00002.idx") == "c-00002.bin: no such file; check the path")
  }

  @Test("a document too long for a sequence is refused")
  func longDocument() {
    let found = message { () throws(TextError) in
      try FlatLayout(.megatron).check(length: 1 << 31, in: ShardTotals(), path: "c.bin")
    }
    #expect(
      found == "c.bin: a document of 2147483648 tokens, where a sequence has at most 2147483647; "
        + "split the document")
  }
}
