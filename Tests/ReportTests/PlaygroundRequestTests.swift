// SPDX-License-Identifier: Apache-2.0

import Report
import TestSupport
import Testing
import TextCore

@Suite("What the playground is asked, and answers")
struct PlaygroundRequestTests {
  private func request(_ json: String) throws -> TokenizeRequest {
    try TokenizeRequest(json: Array(json.utf8).span)
  }

  @Test("fields are read, and have defaults")
  func fields() throws {
    #expect(try request("{}") == TokenizeRequest())
    var wanted = TokenizeRequest(text: "값 \u{0}\"😀", tokenizers: ["가", "b"])
    wanted.parsesSpecialTokens = true
    wanted.wantsMorphemes = true
    wanted.maximumTokens = 7
    #expect(
      try request(
        """
        {"text": "값 \\u0000\\"\\ud83d\\ude00", "tokenizers": ["가", "b"], "parse_special_tokens": true,
         "morphemes": true, "max_tokens": 7}
        """) == wanted)
  }

  @Test(
    "what is no request is refused",
    arguments: [
      "", "{", "[]", "null", "3", "\"text\"", "{\"text\": 1}", "{\"text\": null}",
      "{\"tokenizers\": \"a\"}", "{\"tokenizers\": [1]}", "{\"parse_special_tokens\": 1}",
      "{\"morphemes\": \"yes\"}", "{\"max_tokens\": -1}", "{\"max_tokens\": 1.5}",
      "{\"max_tokens\": 99999999999999999999}", "{\"txet\": \"\"}", "{\"text\": \"\\ud800\"}",
      "{} {}",
    ])
  func malformed(json: String) {
    #expect(throws: TextError.self) { try request(json) }
  }

  @Test("bytes that are not UTF-8 are refused")
  func invalidUTF8() {
    let bytes = Array("{\"text\": \"".utf8) + [0xFF] + Array("\"}".utf8)
    #expect(throws: TextError.self) { try TokenizeRequest(json: bytes.span) }
  }

  // MARK: - The workbench

  private func workbench() -> Workbench {
    Workbench(
      [PlaygroundTokenizer(name: "없는 것", path: "/nonexistent/tokenizer")],
      morphemes: { .failure(TextError(.fileNotFound, "no morphemes", remedy: "none")) })
  }

  private func parsed(_ response: PlaygroundResponse) throws -> JSONValue {
    var body = ByteBuffer()
    body.append(copying: response.body.span)
    return try JSONDocument(body, path: "answer").root
  }

  @Test("tokenizers are listed without being read")
  func list() async throws {
    let answer = try parsed(await workbench().list())
    let listed = try #require(answer["tokenizers"]?[0])
    #expect(listed["name"]?.string == "없는 것")
    #expect(listed["path"]?.string == "/nonexistent/tokenizer")
    #expect(listed["loaded"]?.bool == false)
    #expect(answer["maximum_body_bytes"]?.integer == 1 << 20)
  }

  @Test("what cannot be read is told in its place, and the rest is answered")
  func failures() async throws {
    let body = Array("{\"text\": \"가 나\", \"tokenizers\": [\"없는 것\"], \"morphemes\": true}".utf8)
    let response = await workbench().tokenize(body)
    #expect(response.status == 200)
    let answer = try parsed(response)
    #expect(answer["counts"]?["characters"]?.integer == 3)
    #expect(answer["counts"]?["bytes"]?.integer == 7)
    #expect(answer["counts"]?["eojeols"]?.integer == 2)
    let first = answer["tokenizers"]?[0]
    #expect(first?["name"]?.string == "없는 것")
    #expect(first?["error"]?["what"]?.string?.hasPrefix("/nonexistent/tokenizer: ") == true)
    #expect(answer["morphemes"]?["error"]?["what"]?.string == "no morphemes")
  }

  @Test(
    "names that are not there, or twice, are refused with a remedy",
    arguments: ["[\"other\"]", "[\"없는 것\", \"없는 것\"]"])
  func names(list: String) async throws {
    let response = await workbench().tokenize(Array("{\"tokenizers\": \(list)}".utf8))
    #expect(response.status == 400)
    let error = try parsed(response)["error"]
    #expect(error?["what"]?.string?.isEmpty == false)
    #expect(error?["remedy"]?.string?.isEmpty == false)
  }

  // MARK: - Arguments

  @Test("arguments give names and places")
  func arguments() throws {
    let directory = TemporaryDirectory()
    let folder = "\(directory.path)/문법=1"
    for name in ["tokenizer.json", "cl100k.tiktoken"] { try directory.write("문법=1/\(name)", "") }
    let named = try PlaygroundTokenizer.named(by: [
      folder, "옛=\(folder)/tokenizer.json", "\(folder)/cl100k.tiktoken",
    ])
    #expect(named.map(\.name) == ["문법=1", "옛", "cl100k"])
    #expect(named[1].path == "\(folder)/tokenizer.json")
    #expect(
      try PlaygroundTokenizer.named(by: ["\(folder)/tokenizer.json"]).map(\.name) == ["문법=1"])
    #expect(throws: TextError.self) { try PlaygroundTokenizer.named(by: ["\(folder)/none"]) }
    #expect(throws: TextError.self) { try PlaygroundTokenizer.named(by: [folder, folder]) }
    let ruled = try PlaygroundTokenizer.apply(["옛=qwen2", "gpt2"], to: named)
    #expect(ruled.map(\.preTokenizer) == ["gpt2", "qwen2", "gpt2"])
    #expect(throws: TextError.self) { try PlaygroundTokenizer.apply(["x=gpt2"], to: named) }
  }
}
