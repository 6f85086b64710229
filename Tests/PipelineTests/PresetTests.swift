// SPDX-License-Identifier: Apache-2.0

import Normalization
import Pipeline
import PreTokenization
import TestSupport
import Testing
import TextCore

@Suite struct PresetTests {
  private let directory = TemporaryDirectory()

  /// The data of this checkout.
  private static func shipped() throws -> ShippedData {
    try ShippedData(named: nil, program: #filePath)
  }

  @Test("every shipped preset can be read, and is called like its file")
  func shipped() throws {
    let data = try Self.shipped()
    let presets = try Preset.all(in: data)
    let files = try directoryEntries(data.path("presets"))
    #expect(presets.map { $0.name + ".json" } == files)
    #expect(
      presets.map(\.name) == [
        "a.x-4", "cl100k", "exaone-3", "exaone-4", "gpt-3", "hyperclova-style",
        "hyperclova-x-style", "k-exaone", "kanana-2", "kogpt-style", "kormo", "midm-2", "mt-nlg",
        "o200k", "polyglot-ko-style", "solar-open",
      ])
    for preset in presets {
      #expect(preset.algorithm == Preset.trainedAlgorithm)
      #expect(!preset.sources.isEmpty)
      // A name says that it is a reconstruction if and only if the grade does, and what is exact has
      // nothing doubtful about its ids.
      #expect(preset.name.hasSuffix("-style") == (preset.grade == .style))
      if preset.grade == .exact {
        #expect(preset.chosen.isEmpty && Set(preset.unverified).isSubset(of: ["token_files"]))
      }
    }
  }

  @Test("a preset written out is read as the same")
  func writtenOut() throws {
    for preset in try Preset.all(in: Self.shipped()) {
      let path = try directory.write("again.json", preset.json.serialized().makeArray())
      #expect(try Preset(path: path).json == preset.json)
    }
  }

  @Test("special tokens at the end are told apart from those with ids of their own")
  func tokens() throws {
    let presets = try Preset.all(in: Self.shipped())
    func preset(_ name: String) throws -> Preset {
      try #require(presets.first { $0.name == name })
    }
    let gpt4 = try preset("cl100k")
    #expect(
      gpt4.lastTokens == [
        20: "<|endoftext|>", 19: "<|fim_prefix|>", 18: "<|fim_middle|>", 17: "<|fim_suffix|>",
        1: "<|endofprompt|>",
      ])
    #expect(gpt4.placedTokens.isEmpty && gpt4.firstTokens.isEmpty)
    let midm = try preset("midm-2")
    #expect(midm.placedTokens.map(\.id) == [0, 2])
    #expect(midm.lastTokens == [83: "<|eot_id|>"])
    let kogpt = try preset("kogpt-style")
    #expect(kogpt.firstTokens == ["[UNK]", "[PAD]", "[MASK]", "[CLS]", "[SEP]"])
    #expect(kogpt.placedTokens.map(\.content) == ["[BOS]", "[EOS]"])
    #expect(try preset("mt-nlg").wholeSize == 51_200)
    #expect(try preset("k-exaone").firstStage?.size == 122_880)
    #expect(try preset("polyglot-ko-style").wholeSize == 30_080)
  }

  private static let whole = """
    {"name": "small", "title": "A small one", "grade": "rule known", "algorithm": "byte-level BPE",
     "normalizer": "nfc", "pre_tokenizer": "o200k",
     "first_stage": {"pre_tokenizer": "qwen2", "size": 800}, "morphemes": "functional",
     "morphemes_in": "both", "vocabulary_size": 1000,
     "special_tokens": [{"content": "<s>"}, {"content": "<e>", "id": 999}],
     "reserved_last_ids": 1, "size_multiple": 64, "padded_size": null,
     "token_files": {"format": "megatron", "token_type": "uint16", "sequence_length": 512},
     "unverified": ["normalizer"], "chosen": [], "sources": ["https://example.org"],
     "check": "none", "notes": []}
    """

  /// What is said of the preset when `part` of it is replaced.
  private func complaint(_ part: String, _ other: String) throws -> String {
    #expect(Self.whole.contains(part))
    let pieces = Self.whole.split(separator: part, omittingEmptySubsequences: false)
    let path = try directory.write("small.json", pieces.joined(separator: other))
    do throws(TextError) {
      _ = try Preset(path: path)
      return "nothing"
    } catch {
      #expect(error.exitCode == 1)
      let told = error.description
      #expect(!told.contains("\n"))
      let tail = "; docs/presets.md tells what a preset holds"
      #expect(told.hasPrefix("\(path): ") && told.hasSuffix(tail))
      return String(told.dropFirst(path.count + 2).dropLast(tail.count))
    }
  }

  @Test("every field is read")
  func fields() throws {
    let preset = try Preset(path: directory.write("small.json", Self.whole))
    #expect(preset.name == "small" && preset.title == "A small one")
    #expect(preset.grade == .ruleKnown && preset.algorithm == "byte-level BPE")
    #expect(preset.normalizer == .nfc && preset.preTokenizer == .o200k)
    #expect(preset.firstStage?.preTokenizer == .qwen2 && preset.firstStage?.size == 800)
    #expect(preset.morphemes == .functional && preset.morphemesIn == .both)
    #expect(preset.vocabularySize == 1000 && preset.reservedLastIDs == 1)
    #expect(preset.firstTokens == ["<s>"] && preset.lastTokens == [1: "<e>"])
    #expect(preset.sizeMultiple == 64 && preset.paddedSize == nil && preset.wholeSize == 1024)
    #expect(
      preset.tokenFiles
        == .init(format: .megatron, tokenType: .uint16, sequenceLength: 512))
    #expect(preset.unverified == ["normalizer"] && preset.sources == ["https://example.org"])
  }

  @Test("an algorithm of another version is no fault of the file")
  func otherAlgorithm() throws {
    let text = Self.whole.split(separator: "byte-level BPE").joined(separator: "Unigram")
    #expect(try Preset(path: directory.write("other.json", text)).algorithm == "Unigram")
  }

  @Test("what is wrong is told with its place")
  func malformed() throws {
    #expect(try complaint("\"name\"", "\"nmae\"") == "nmae: is no field of a preset")
    #expect(try complaint("\"check\": \"none\",", "") == "check: is missing")
    #expect(try complaint("800", "1001") == "first_stage.size: is above vocabulary_size")
    #expect(
      try complaint("\"size\": 800", "\"end\": 800") == "first_stage.end: is no field of a preset")
    #expect(
      try complaint("\"notes\": []", "\"notes\": [], \"notes\": []") == "notes: is there twice")
    #expect(try complaint("\"A small one\"", "\"\"") == "title: is no text")
    #expect(
      try complaint("\"rule known\"", "\"good\"")
        == "grade: \"good\" is none of exact, rule known, -style")
    #expect(
      try complaint("\"nfc\"", "\"nfd\"")
        == "normalizer: \"nfd\" is none of none, nfc, korean, nfkc, nmt_nfkc")
    #expect(try complaint("\"o200k\"", "17") == "pre_tokenizer: is no text")
    #expect(
      try complaint("\"functional\"", "\"some\"")
        == "morphemes: \"some\" is none of none, all, functional, inflectional, particles")
    #expect(try complaint("1000", "255") == "vocabulary_size: is no number of at least 256")
    #expect(try complaint("1000", "1e3") == "vocabulary_size: is no number of at least 256")
    #expect(try complaint("1000", "null") == "vocabulary_size: is no number of at least 256")
    #expect(
      try complaint("\"id\": 999", "\"id\": -1")
        == "special_tokens[1].id: is no number of at least 0")
    #expect(
      try complaint("\"id\": 999", "\"id\": 1000")
        == "special_tokens[1]: id 1000 is not below vocabulary_size")
    #expect(try complaint("\"<e>\"", "\"<s>\"") == "special_tokens[1]: \"<s>\" is there twice")
    #expect(
      try complaint("{\"content\": \"<s>\"}", "{\"text\": \"<s>\"}")
        == "special_tokens[0].text: is no field of a preset")
    #expect(try complaint("{\"content\": \"<s>\"}", "\"<s>\"") == "special_tokens[0]: is no object")
    #expect(
      try complaint("{\"content\": \"<s>\"}", "{\"content\": \"<s>\", \"id\": 999}")
        == "special_tokens[1]: id 999 is given to two tokens")
    #expect(
      try complaint("\"reserved_last_ids\": 1", "\"reserved_last_ids\": 744")
        == "vocabulary_size: leaves no room for the 256 bytes")
    #expect(
      try complaint("\"padded_size\": null", "\"padded_size\": 999")
        == "padded_size: is no number of at least 1000")
    #expect(try complaint("64", "0") == "size_multiple: is no number of at least 1")
    #expect(
      try complaint("\"uint16\"", "\"uint8\"")
        == "token_files.token_type: \"uint8\" is none of auto, uint16, int32")
    #expect(
      try complaint("[\"normalizer\"]", "[\"name\"]")
        == "unverified[0]: \"name\" is no field that a preset sets")
    #expect(
      try complaint("[\"https://example.org\"]", "\"https://example.org\"") == "sources: is no list"
    )
    #expect(try complaint("[\"https://example.org\"]", "[1]") == "sources[0]: is no text")
  }

  @Test("what is no JSON is told with its file")
  func noJSON() throws {
    let path = try directory.write("cut.json", String(Self.whole.dropLast(3)))
    let error = #expect(throws: TextError.self) { try Preset(path: path) }
    #expect(error?.description.hasPrefix("\(path): not valid JSON") == true)
  }
}
