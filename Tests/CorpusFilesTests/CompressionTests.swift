// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import TestSupport
internal import Testing
internal import TextCore

@Suite("Compressed files")
struct CompressionTests {
  private let remedy = "copy or download the file again; what stands before is used"
  private let lines = (0..<6).map { Array("\($0)번째 줄, 압축한 글\n".utf8) }

  private func documents(_ count: Int) -> [[UInt8]] { lines.prefix(count).map { $0.dropLast() } }

  @Test("frames and skippable frames read as one text, in blocks of any size")
  func frames() throws {
    let bytes =
      ZstdFrames.skippable(5) + ZstdFrames.frame(Array(lines[..<2])).bytes
      + ZstdFrames.frame([]).bytes + ZstdFrames.skippable(0)
      + ZstdFrames.frame(Array(lines[2...])).bytes + ZstdFrames.skippable(200)
    let directory = TemporaryDirectory()
    // The name says nothing: the content does.
    let path = try directory.write("a.txt", bytes)
    for block in 1...lines.joined().count + 2 {
      let reading = try Reading([path], CorpusOptions(blockBytes: block))
      #expect(reading.documents == documents(6))
      #expect(reading.rejects.isEmpty)
      #expect(
        reading.digests == [
          FileDigest(path: path, byteCount: bytes.count, sha256: SHA256.hash(bytes.span))
        ])
      #expect(reading.storedBytesRead == bytes.count)
      #expect(reading.totalStoredBytes == bytes.count)
    }
  }

  @Test("large text comes back whole, whatever the blocks")
  func large() throws {
    var generator = SystemRandomNumberGenerator()
    let text = (0..<40_000).flatMap { Array("\($0) \(generator.next())\n".utf8) }
    let bytes = ZstdFrames.frame([text, text]).bytes + ZstdFrames.frame([text]).bytes
    for block in [1 << 12, 1 << 17, 1 << 20, 1 << 22] {
      let reading = try Reading(bytes: bytes, CorpusOptions(blockBytes: block))
      #expect(reading.blocks.flatMap(\.bytes) == text + text + text)
      #expect(reading.documents.count == 120_000)
    }
  }

  @Test("a window longer than zstd's default limit is read")
  func longWindow() throws {
    let reading = try Reading(bytes: ZstdFrames.frame(lines, windowLog: 28).bytes)
    #expect(reading.documents == documents(6))
    #expect(reading.rejects.isEmpty)
  }

  @Test("a window beyond what is set aside ends the run, in whichever frame it is asked for")
  func limitedWindow() throws {
    let small = ZstdFrames.frame(Array(lines[..<3]), windowLog: 20).bytes
    let large = ZstdFrames.frame(Array(lines[3...]), windowLog: 24).bytes
    var options = CorpusOptions()
    options.maximumWindowBytes = 8 << 20
    let directory = TemporaryDirectory()
    for (bytes, place) in [(small + large, small.count), (large + small, 0), (large, 0)] {
      let path = try directory.write("a.txt", bytes)
      #expect(try Reading([path]).texts.count == (bytes == large ? 3 : 6))
      // libzstd takes the header of a frame in two steps.
      #expect(
        message { () throws(TextError) in _ = try Reading([path], options) }
          == "\(path): byte \(place + 2): a zstd frame asks for a window of more than the 8 MiB that are "
          + "set aside for it; decompress the file first, or leave --memory out")
    }
    options.maximumWindowBytes = 16 << 20
    let path = try directory.write("a.txt", small + large)
    #expect(try Reading([path], options).documents == documents(6))
    // 12 MiB and a half are taken up to 16.
    options.maximumWindowBytes = 12_500_000
    #expect(try Reading([path], options).documents == documents(6))
  }

  @Test("a file cut at any byte gives every whole record before the cut, then its damage")
  func truncated() throws {
    let first = ZstdFrames.frame(Array(lines[..<3]))
    let second = ZstdFrames.frame(Array(lines[3...]))
    let gap = ZstdFrames.skippable(9)
    let bytes = first.bytes + gap + second.bytes
    let base = first.bytes.count + gap.count
    let ends = first.ends + second.ends.map { $0 + base }
    let wholeFiles = [0, first.bytes.count, base, bytes.count]
    let directory = TemporaryDirectory()
    let next = try directory.write("next.txt", "다음 파일\n")
    for cut in 4...bytes.count {
      let path = try directory.write("a.txt.zst", Array(bytes[..<cut]))
      let reading = try Reading([path, next], CorpusOptions(blockBytes: 1 + cut % 40))
      let count = ends.count { $0 <= cut }
      #expect(reading.documents == documents(count) + [Array("다음 파일".utf8)], "cut \(cut)")
      let expected =
        wholeFiles.contains(cut)
        ? [] : ["\(path): byte \(cut): ends inside a zstd frame; \(remedy)"]
      #expect(reading.rejects.map(\.error.description) == expected, "cut \(cut)")
      #expect(reading.digests[0].sha256 == SHA256.hash(Array(bytes[..<cut]).span))
    }
  }

  @Test("a damaged byte anywhere never passes for text unnoticed")
  func corrupt() throws {
    let frame = ZstdFrames.frame(lines)
    let directory = TemporaryDirectory()
    let next = try directory.write("next.txt", "다음 파일\n")
    for offset in 4..<frame.bytes.count {
      var bytes = frame.bytes
      bytes[offset] ^= 0xFF
      let path = try directory.write("a.txt", bytes)
      let reading = try Reading([path, next], CorpusOptions(blockBytes: 64))
      #expect(reading.texts.last == "다음 파일")
      let isIntact = Array(reading.documents.dropLast()) == documents(6)
      #expect(isIntact || reading.rejects.count == 1, "byte \(offset)")
      for reject in reading.rejects {
        #expect(reject.error.code == .damagedCompression)
        #expect((0...bytes.count).contains(reject.byteOffset))
      }
      let before = frame.ends.count { $0 <= offset }
      #expect(reading.documents.starts(with: documents(before)), "byte \(offset)")
      #expect(reading.digests[0].sha256 == SHA256.hash(bytes.span))
    }
  }

  @Test("damage is one line: file, byte, what, remedy")
  func messages() throws {
    let directory = TemporaryDirectory()
    let frame = ZstdFrames.frame(lines).bytes
    let path = try directory.write("a.txt.zst", frame + Array("garbage".utf8))
    let trailing = try Reading([path])
    #expect(trailing.documents == documents(6))
    #expect(
      trailing.rejects.map(\.error.description) == [
        "\(path): byte \(frame.count): damaged zstd data: Unknown frame descriptor; \(remedy)"
      ])
    var wrongChecksum = frame
    wrongChecksum[frame.count - 1] ^= 1
    try directory.write("a.txt.zst", wrongChecksum)
    // libzstd takes the four bytes of a checksum in two steps.
    #expect(
      try Reading([path]).rejects.map(\.error.description) == [
        "\(path): byte \(frame.count - 3): damaged zstd data: "
          + "Restored data doesn't match checksum; \(remedy)"
      ])
  }

  @Test("a file called .zst that is not one is damaged, not text")
  func wrongName() throws {
    let directory = TemporaryDirectory()
    for bytes in [Array("안녕\n".utf8), [0x28], [0x28, 0xB5, 0x2F]] {
      let path = try directory.write("a.txt.zst", bytes)
      let reading = try Reading([path], CorpusOptions())
      #expect(reading.documents.isEmpty)
      #expect(reading.rejects.count == 1)
    }
    let empty = try Reading([try directory.write("b.txt.zst", [])], CorpusOptions())
    #expect(empty.documents.isEmpty && empty.rejects.isEmpty)
  }

  @Test("a torn last record of a damaged file is dropped, for every unit of documents")
  func tornRecord() throws {
    let frame = ZstdFrames.frame([Array("가\n\n나\n다".utf8), Array("라\n".utf8)])
    let torn = Array(frame.bytes[..<(frame.ends[0] + 1)])
    func texts(_ unit: DocumentUnit) throws -> [String] {
      let reading = try Reading(bytes: torn, CorpusOptions(documents: unit))
      #expect(reading.rejects.count == 1)
      return reading.texts
    }
    #expect(try texts(.line) == ["가", "", "나"])
    #expect(try texts(.paragraph) == ["가"])
    #expect(try texts(.file) == [])
  }

  @Test("a record too long before damage is told, whatever the size of the blocks")
  func longTornRecord() throws {
    let record = Array("{\"text\":\"\(String(repeating: "가", count: 40))".utf8)
    for (name, start, offset) in [
      ("a.json", "[{\"text\":\"나\"},", 16), ("a.csv", "text\n나\n\"", 9),
    ] {
      let frame = ZstdFrames.frame([Array(start.utf8) + record, Array("\"}]\n".utf8)])
      let torn = Array(frame.bytes[..<(frame.ends[0] + 1)])
      for block in stride(from: 1, to: 200, by: 7) {
        var options = CorpusOptions(blockBytes: block)
        options.maximumRecordBytes = 32
        let reading = try Reading(bytes: torn, name: name + ".zst", options)
        #expect(reading.texts == ["나"], "\(name), blocks of \(block)")
        #expect(reading.rejects.count == 2, "\(name), blocks of \(block)")
        #expect(reading.rejects.first?.reason == "record longer than 32 bytes")
        #expect(reading.rejects.first?.byteOffset == offset)
      }
    }
  }
}
