// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing
import TextCore
import TokenFiles

@Suite("Output of token files")
struct OutputTests {
  let directory = TemporaryDirectory()
  var prefix: String { directory.path + "/c" }

  func refusal(overwrite: Bool = false) -> String {
    message(in: directory.path) { () throws(TextError) in
      try SinkOutput(format: .megatron, path: prefix).names.checkOutput(overwrite: overwrite)
    }
  }

  @Test(
    "files that are there are not overwritten unasked",
    arguments: [".manifest.json", ".bin", ".idx", "-00000.bin", "-00000.idx"])
  func exists(suffix: String) throws {
    try writeFile(directory.path + "/cd" + suffix, [1].span)
    #expect(refusal() == "nothing was thrown")
    try writeFile(prefix + suffix, [1].span)
    #expect(
      refusal() == "c\(suffix): already exists; "
        + "pass --overwrite to replace it, or choose another output")
    #expect(refusal(overwrite: true) == "nothing was thrown")
  }

  @Test("a prefix without a file name is refused")
  func noName() {
    let found = message { () throws(TextError) in
      try SinkOutput(format: .megatron, path: "out/").names.checkOutput(overwrite: true)
    }
    #expect(found == "the output prefix \"out/\" has no file name; add one, as in \"out/corpus\"")
  }

  @Test("the shards of the set that is overwritten do not stay behind")
  func staleShards() throws {
    let documents = (0..<6).map { [UInt32($0)] }
    try writeFile(directory.path + "/other.bin", [1].span)
    try writeSet(prefix, documents, shardTokens: 1)
    try writeSet(prefix, documents, shardTokens: 4)
    #expect(
      try directoryEntries(directory.path) == [
        "c-00000.bin", "c-00000.idx", "c-00001.bin", "c-00001.idx", "c.manifest.json", "other.bin",
      ])
    #expect(try readSet(prefix) == documents)
    try writeSet(prefix, documents)
    let names = ["c.bin", "c.idx", "c.manifest.json", "other.bin"]
    #expect(try directoryEntries(directory.path) == names)
    #expect(try readSet(prefix) == documents)
  }

  @Test("a manifest that lists files of others removes none of them")
  func foreignNames() throws {
    let others = ["c-1.bin", "cc.bin", "other.bin", "c-00000.txt", "sub/c.bin"]
    try createDirectory(directory.path + "/sub")
    var manifest = Manifest(kind: "token-files", toolVersion: "0")
    for name in others + ["sub/../c.bin"] {
      manifest.outputs.append(.init(name: name, byteCount: 1, checksum: ""))
    }
    for name in others { try writeFile(directory.path + "/" + name, [1].span) }
    try writeFile(prefix + ".manifest.json", manifest.json.serialized().span)
    try writeSet(prefix, [[1]])
    for name in others { #expect(kind(ofPath: directory.path + "/" + name) == .file) }
  }

  @Test("a writer dropped before it publishes leaves nothing behind", arguments: [nil, 1, 100])
  func dropped(shardTokens: Int?) throws {
    do {
      let sink = try sink(prefix, type: .int32, limits: ShardLimits(tokens: shardTokens))
      try append([[1, 2], [3], [4]], to: sink)
      let names = try directoryEntries(directory.path)
      #expect(!names.isEmpty && names.allSatisfy { $0.hasSuffix(".partial") })
    }
    #expect(try directoryEntries(directory.path).isEmpty)
  }

  @Test("a set that cannot be published leaves no partial file")
  func unpublishable() throws {
    try createDirectory(prefix + "-00001.bin/in-the-way")
    let found = message(in: directory.path) { () throws(TextError) in
      try writeSet(prefix, [[1], [2], [3]], shardTokens: 1)
    }
    #expect(found == "c-00001.bin: cannot be written (Is a directory)")
    let names = try directoryEntries(directory.path)
    #expect(!names.contains { $0.hasSuffix(".partial") || $0.hasSuffix(".json") })
  }

  @Test("a directory that cannot be made is named")
  func noDirectory() throws {
    try writeFile(directory.path + "/file", [1].span)
    let found = message(in: directory.path) { () throws(TextError) in
      try writeSet(directory.path + "/file/c", [[1]])
    }
    #expect(found == "file/c.bin.partial: cannot be written (Not a directory)")
  }

  @Test("a full disk is reported, and nothing stays on it", arguments: [nil, 30_000])
  func fullDisk(shardTokens: Int?) throws {
    let mounted = unsafe mount("tmpfs", directory.path, "tmpfs", 0, "size=256k")
    guard mounted == 0 else {
      print("skipped: a small file system cannot be mounted (\(systemMessage(errno)))")
      return
    }
    defer { _ = unsafe umount(directory.path) }
    let document = [UInt32](repeating: 7, count: 20_000)
    let found = message(in: directory.path) { () throws(TextError) in
      try writeSet(prefix, Array(repeating: document, count: 20), shardTokens: shardTokens)
    }
    #expect(
      found.hasSuffix(
        ".bin: cannot be written (No space left on device); free some space and run again"))
    #expect(try directoryEntries(directory.path).isEmpty)
  }
}
