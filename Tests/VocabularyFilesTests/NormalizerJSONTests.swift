// SPDX-License-Identifier: Apache-2.0

import Normalization
import PreTokenization
import Testing
import TextCore
import TokenModels
import VocabularyFiles

@Suite struct NormalizerJSONTests {
  @Test(
    "a normaliser that is written is read back, whatever its rules",
    arguments: [
      "none", "nfc", "korean", "nfkc", "nmt_nfkc", "korean +cap-repeats=3", "korean -width",
      "korean -zero-width -fillers", "none +newlines", "none +cap-repeats=1",
      "nfkc +controls +cap-repeats=2", "korean -nfc",
    ])
  func roundTrip(_ name: String) throws {
    let normalizer = try #require(Normalizer(rawValue: name))
    let model = try BPEModel(
      vocabulary: Vocabulary((0...255).map { [UInt8($0)] }), rules: [], ignoresMerges: false)
    let text = TokenizerJSON.write(
      TokenizerDefinition(
        normalizer: normalizer, preTokenizer: .gpt2, model: model, addedTokens: []))
    #expect(try TokenizerJSON.read(text, path: "a").normalizer == normalizer)
  }
}
