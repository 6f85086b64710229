// SPDX-License-Identifier: Apache-2.0

import CorpusFiles
import Normalization
import Pipeline
import PreTokenization
import Statistics
import TestSupport
import Testing
import TextCore
import TokenModels
import Tokenization
import VocabularyFiles

@Suite struct PartialInspectionTests {
  let directory = TemporaryDirectory()

  /// A tokenizer of bytes.
  private static func tokenizer() throws -> Tokenizer {
    let bytes: [[UInt8]?] = (0..<256).map { [UInt8($0)] }
    let model = try BPEModel(vocabulary: Vocabulary(bytes), rules: [], ignoresMerges: false)
    return Tokenizer(
      TokenizerDefinition(
        normalizer: .nfc, preTokenizer: .gpt2, model: model, addedTokens: []),
      sourceSHA256: "none")
  }

  /// The path of a part: hostile text, records that are none, sentences, groups, two tokenizers.
  private func part(_ name: String, by fields: [String] = ["file"]) throws -> String {
    var generator = SeededGenerator(seed: name.count)
    let text = RandomText.illFormed(2000, using: &generator)
    let paths = [
      try directory.write("\(name)/a.txt", text),
      try directory.write(
        "\(name)/b.jsonl", "{\"text\":\"가나다라 마바사 아자차카 3,000원\"}\n{\"text\":\n{}\n"),
    ]
    let tokenizer = try Self.tokenizer()
    var job = InspectCorpusJob(
      source: CorpusSource(inputs: try CorpusInputs.resolve(paths), options: CorpusOptions()),
      tokenizers: [tokenizer, tokenizer], normalizer: nil, grouping: try DocumentGrouping(fields))
    job.sentenceCount = 12
    let stated = ["x", "y"].map {
      InspectionSettings.StatedTokenizer(tokenizer, name: $0, path: $0)
    }
    let output = "\(directory.path)/\(name).part"
    _ = try PartialInspection(
      settings: InspectionSettings(job, stated), arguments: ArgumentNames(paths),
      inspection: try job.measure(JobContext())
    ).write(to: output)
    return output
  }

  private func bytes(_ path: String) throws -> [UInt8] { try readFile(path).makeArray() }

  /// Puts the checksum of all bytes before it at the end.
  private func seal(_ bytes: inout [UInt8]) {
    var checksum = XXH3()
    checksum.update(bytes.span.extracting(0..<bytes.count - 8))
    let value = checksum.value
    for place in 0..<8 {
      bytes[bytes.count - 8 + place] = UInt8(truncatingIfNeeded: value >> UInt64(place * 8))
    }
  }

  @Test func whatIsReadIsWhatWasWritten() throws {
    for fields in [[], ["file"], ["source", "file"]] {
      let path = try part("some\(fields.count)", by: fields)
      let copy = "\(directory.path)/copy"
      let size = try PartialInspection(path: path).write(to: copy)
      #expect(try bytes(copy) == bytes(path))
      #expect(try bytes(path).count == size)
    }
  }

  private func read(_ bytes: Span<UInt8>) throws(TextError) -> PartialInspection {
    var contents = ByteBuffer()
    contents.append(copying: bytes)
    return try PartialInspection(contents: contents, path: "part")
  }

  @Test func everyChangedOrMissingByteIsFound() throws {
    let whole = try bytes(try part("some"))
    for place in whole.indices {
      var bad = whole
      bad[place] ^= UInt8(1 << (place % 8))
      #expect(throws: TextError.self) { try read(bad.span) }
      #expect(throws: TextError.self) { try read(whole.span.extracting(0..<place)) }
    }
  }

  /// Whoever makes the checksum fit may say what they like, but not bring the reader down, nor a sum.
  @Test func nothingThatIsStatedTraps() throws {
    let good = try PartialInspection(path: try part("good"))
    let whole = try bytes(try part("someone"))
    var readCount = 0
    for place in 8..<whole.count - 8 {
      for change in [0x01, 0x10, 0x80, 0xFF] as [UInt8] {
        var bad = whole
        bad[place] ^= change
        seal(&bad)
        do throws(TextError) {
          let part = try read(bad.span)
          readCount += 1
          try good.settings.check(part.settings, of: "part", against: "good")
          var sum = good
          try sum.merge(part)
          _ = sum.inspection.total.tokenizers.map(\.distribution.shannonEntropy)
          _ = (sum.inspection.sentences, sum.inspection.account.findings, sum.arguments.title)
        } catch {
          #expect(
            error.code == .damagedArtefact || error.code == .invalidArgument, "\(error)")
        }
      }
    }
    // Other names and counts are as good as these.
    #expect(readCount > 1000)
  }

  @Test func sumsThatNoFileHoldsAreRefused() throws {
    var writer = StateWriter()
    writer.put(largestStoredNumber)
    writer.put(counts: [0, 0, largestStoredNumber, 0])
    var isOverfull = writer.isOverfull
    #expect(!isOverfull)
    var reader = StateReader(copy(of: writer.bytes), 0..<writer.bytes.count, path: "state")
    #expect(try reader.number() == largestStoredNumber)
    #expect(try reader.counts(4) == [0, 0, largestStoredNumber, 0])
    try reader.finish()
    writer.put(counts: [largestStoredNumber, 1])
    isOverfull = writer.isOverfull
    #expect(isOverfull)
  }

  private func copy(of bytes: borrowing ByteBuffer) -> ByteBuffer {
    var copy = ByteBuffer()
    copy.append(copying: bytes.span)
    return copy
  }
}
