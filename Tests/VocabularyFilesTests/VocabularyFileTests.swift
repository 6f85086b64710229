// SPDX-License-Identifier: Apache-2.0

import PreTokenization
import TestSupport
import Testing
import TextCore
import TokenModels
import VocabularyFiles

@Suite struct VocabularyFileTests {
  /// A tokenizer.json of the 256 bytes, `vocab` and `merges`, with `parts` in place of the usual.
  private func json(
    vocab: [String] = ["ab", "abc"], merges: String = #"[["a","b"],["ab","c"]]"#,
    parts: [String: String] = [:]
  ) -> String {
    let spellings = (UInt8.min...UInt8.max).map { ByteAlphabet.spelling(of: [$0]) } + vocab
    let entries = JSON.object(spellings.enumerated().map { ($1, .integer($0)) })
    let vocabulary = entries.serialized(indent: nil).makeString()
    let fields: [(String, String)] = [
      ("added_tokens", "[]"), ("normalizer", "null"),
      (
        "pre_tokenizer",
        #"{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}"#
      ),
      ("post_processor", "null"), ("decoder", #"{"type":"ByteLevel"}"#),
      ("model", #"{"type":"BPE","vocab":\#(vocabulary),"merges":\#(merges)}"#),
    ]
    return "{" + fields.map { "\"\($0.0)\":\(parts[$0.0] ?? $0.1)" }.joined(separator: ",") + "}"
  }

  private func read(_ text: String) throws(TextError) -> TokenizerDefinition {
    try TokenizerJSON.read(ByteBuffer(copying: Array(text.utf8)), path: "t.json")
  }

  private func message(_ text: String) -> String {
    do throws(TextError) {
      _ = try read(text)
      return "read"
    } catch {
      return error.description
    }
  }

  @Test("both forms of merges are read")
  func mergeForms() throws {
    let pairs = try read(json())
    let strings = try read(json(merges: #"["a b","ab c"]"#))
    #expect(pairs.model.rules == strings.model.rules)
    #expect(pairs.model.rules.count == 2)
  }

  private static let supported =
    "; byte-level BPE is, with NFC, NFKC or no normalisation and the pre-tokenizer of one of "
    + "gpt2, cl100k, o200k, llama3, qwen2, deepseek, exaone, k-exaone, gpt2-digits3, "
    + "cl100k-digits1, o200k-digits1"
  private static let complete = "; check that the file is complete"

  @Test(
    "what is not supported is named",
    arguments: [
      (["model": #"{"type":"Unigram","vocab":[],"unk_id":0}"#], #"model "Unigram""#),
      (["model": #"{"type":"WordPiece","vocab":{}}"#], #"model "WordPiece""#),
      (["pre_tokenizer": #"{"type":"Metaspace"}"#], #"pre_tokenizer "Metaspace""#),
      (["pre_tokenizer": "null"], "no pre_tokenizer"),
      (
        ["pre_tokenizer": #"{"type":"ByteLevel","add_prefix_space":true}"#],
        #"pre_tokenizer "ByteLevel" with add_prefix_space"#
      ),
      (
        ["pre_tokenizer": #"{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}"#],
        #"pre_tokenizer "ByteLevel" without use_regex"#
      ),
      (["normalizer": #"{"type":"NFKD"}"#], #"normalizer "NFKD""#),
      (
        ["pre_tokenizer": #"{"type":"Split","pattern":{"String":" "},"behavior":"Isolated"}"#],
        #"pre_tokenizer "Split" without a Regex"#
      ),
      (
        ["pre_tokenizer": #"{"type":"Sequence","pretokenizers":[{"type":"Punctuation"}]}"#],
        #"pre_tokenizer "Punctuation""#
      ),
      (
        ["post_processor": #"{"type":"RobertaProcessing"}"#],
        #"post_processor "RobertaProcessing""#
      ),
      (
        ["decoder": #"{"type":"Sequence","decoders":[{"type":"Metaspace"}]}"#],
        #"decoder "Metaspace""#
      ),
      (
        ["model": #"{"type":"BPE","byte_fallback":true,"vocab":{},"merges":[]}"#],
        "model with byte_fallback"
      ),
      (["decoder": #"{"type":"WordPiece"}"#], #"decoder "WordPiece""#),
    ])
  func unsupported(_ parts: [String: String], _ name: String) {
    #expect(message(json(parts: parts)) == "t.json: \(name) is not supported" + Self.supported)
  }

  @Test("what is broken is told")
  func malformed() {
    #expect(message("{").hasPrefix("t.json: not valid JSON: "))
    #expect(message("[]") == "t.json: no \"model\" in it: not a tokenizer.json" + Self.complete)
    #expect(
      message(json(merges: #"[["a","z"],["az","b"]]"#))
        == "t.json: merge 0 names a token that is not in the vocabulary" + Self.complete)
    #expect(
      message(json(merges: #"["a b c"]"#)) == "t.json: merge 0 is not two tokens" + Self.complete)
    #expect(
      message(json(parts: ["model": #"{"type":"BPE","vocab":{"a":0},"merges":[]}"#]))
        == "t.json: the vocabulary has no token for byte 0; "
        + "only byte-level vocabularies with all 256 bytes can be used")
  }

  @Test("a pair that is listed twice has its last rank, as in the reference library")
  func repeatedMerge() throws {
    let rules = try read(
      json(vocab: ["ab", "bc"], merges: #"[["a","b"],["b","c"],["a","b"]]"#)
    ).model.rules
    // Of three lines the first is overruled, and the others are numbered anew.
    #expect(rules.map(\.rank) == [0, 1])
    #expect(rules.map(\.pair.left) == [UInt32(UInt8(ascii: "b")), UInt32(UInt8(ascii: "a"))])
  }

  @Test("what is written is read back", arguments: PreTokenizer.allCases)
  func writtenAndRead(_ rule: PreTokenizer) throws {
    var definition = try read(json())
    definition.preTokenizer = rule
    var odd = AddedToken(content: "<a>", id: 258, isSpecial: false)
    (odd.isNormalized, odd.stripsLeft, odd.stripsRight, odd.isSingleWord) = (true, true, true, true)
    definition.addedTokens = [odd, AddedToken(content: "<b>", id: 259)]
    definition.model = try BPEModel(
      vocabulary: Vocabulary(
        (0..<258).map { definition.model.vocabulary.bytes(of: $0).makeArray() }
          + [Array("<a>".utf8), Array("<b>".utf8)], added: [258, 259]),
      rules: definition.model.rules, ignoresMerges: true)
    definition.template = SpecialTokenTemplate(before: [259, 258], after: [259])
    let text = TokenizerJSON.write(definition)
    let again = try TokenizerJSON.read(text, path: "t.json")
    #expect(again.preTokenizer == rule)
    #expect(again.addedTokens == definition.addedTokens)
    #expect(again.template == definition.template)
    #expect(again.model.rules == definition.model.rules && again.model.ignoresMerges)
    #expect(TokenizerJSON.write(again).makeArray() == text.makeArray())
  }

  @Test("an expression that nobody compared is refused by its text")
  func unknownExpression() {
    let parts = [
      "pre_tokenizer": #"""
      {"type":"Sequence","pretokenizers":[
        {"type":"Split","pattern":{"Regex":"\\p{L}+"},"behavior":"Isolated","invert":false},
        {"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]}
      """#
    ]
    #expect(
      message(json(parts: parts))
        == #"t.json: pre_tokenizer "Split" by \p{L}+ is not supported"# + Self.supported)
  }

  @Test("a template without its parts is refused")
  func brokenTemplates() {
    for single in [
      #"[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}]"#, "[]",
    ] {
      let parts = ["post_processor": #"{"type":"TemplateProcessing","single":\#(single)}"#]
      #expect(message(json(parts: parts)).hasPrefix("t.json: the post_processor's template "))
    }
  }

  @Test("rank files with faults are refused with their line")
  func tiktoken() {
    func message(_ text: String) -> String {
      do throws(TextError) {
        _ = try TiktokenFile.read(
          ByteBuffer(copying: Array(text.utf8)), path: "t.tiktoken", preTokenizer: .gpt2)
        return "read"
      } catch {
        return error.description
      }
    }
    let bytes = (UInt8.min...UInt8.max).map { byte in
      String(decoding: Base64.encode([byte].span), as: UTF8.self) + " \(byte)\n"
    }.joined()
    #expect(message(bytes) == "read")
    #expect(message(bytes.replacing("\n", with: "\r\n")) == "read")
    #expect(
      message("YQ== 0\nnonsense\n")
        == "t.tiktoken:2: not \"base64 rank\": not a tiktoken file" + Self.complete)
    #expect(message(bytes + "YWI= 255\n") == "t.tiktoken:257: rank 255 again" + Self.complete)
    #expect(message("YQ== 0\n").hasPrefix("t.tiktoken: the vocabulary has no token for byte 0"))
  }
}
