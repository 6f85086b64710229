// SPDX-License-Identifier: Apache-2.0

package import Morphology
package import TextCore
internal import Tokenization

/// The tokenizers of a playground and the work they do, one request after the other.
///
/// Each is read when it is first asked for, and kept; one that cannot be read is tried again, for its
/// file may have been mended.
package actor Workbench {
  private let tokenizers: [PlaygroundTokenizer]
  private var loaded: [String: Tokenizer] = [:]
  private let findAnalysis: @Sendable () -> Result<MorphemeAnalysis, TextError>
  private var morphemes: PlaygroundMorphemes?

  /// - Parameters:
  ///   - tokenizers: Their names differ.
  ///   - morphemes: Gives what finds morphemes; called when they are first asked for.
  package init(
    _ tokenizers: [PlaygroundTokenizer],
    morphemes: @escaping @Sendable () -> Result<MorphemeAnalysis, TextError>
  ) {
    self.tokenizers = tokenizers
    findAnalysis = morphemes
  }

  /// What `GET /api/tokenizers` answers.
  package func list() -> PlaygroundResponse {
    let listed = tokenizers.map { tokenizer in
      JSON.object(
        [
          ("name", .string(tokenizer.name)), ("path", .string(tokenizer.path)),
          ("loaded", .bool(loaded[tokenizer.name] != nil)),
        ] + (loaded[tokenizer.name].map(about) ?? []))
    }
    return PlaygroundResponse(
      .object([
        ("tokenizers", .array(listed)),
        ("maximum_body_bytes", .integer(PlaygroundRules.maximumBodyBytes)),
      ]))
  }

  /// What `POST /api/tokenize` answers to `body`.
  package func tokenize(_ body: [UInt8]) -> PlaygroundResponse {
    do {
      let request = try TokenizeRequest(json: body.span)
      try check(request)
      return PlaygroundResponse(contentType: PlaygroundResponse.json, body: answer(to: request))
    } catch {
      return PlaygroundResponse(status: 400, .object([("error", .error(error))]))
    }
  }

  private func check(_ request: TokenizeRequest) throws(TextError) {
    for (index, name) in request.tokenizers.enumerated() {
      guard tokenizers.contains(where: { $0.name == name }) else {
        throw TextError(
          .badRecord, "there is no tokenizer \"\(name)\"",
          remedy: "the tokenizers are \(tokenizers.map(\.name).joined(separator: ", "))")
      }
      if request.tokenizers[..<index].contains(name) {
        throw TextError(
          .badRecord, "the tokenizer \"\(name)\" is asked for twice", remedy: "name it once")
      }
    }
  }

  private func answer(to request: TokenizeRequest) -> [UInt8] {
    let bytes = Array(request.text.utf8)
    let text = bytes.span
    let answers = request.tokenizers.map { name in
      attempt(name: name) { () throws(TextError) in
        try tokenizeAnswer(name, tokenizer(name), text, request)
      }
    }
    var json = CompactJSON(capacity: answers.reduce(1024) { $0 + $1.count })
    json.add("counts", .object(textCounts(text)))
    json.add("tokenizers", objects: answers)
    if request.wantsMorphemes {
      json.add(
        "morphemes",
        object: attempt(name: nil) { () throws(TextError) in
          try analyze(text, limit: request.maximumTokens)
        })
    } else {
      json.add("morphemes", .null)
    }
    return json.finish()
  }

  /// What `work` gives, or the object that says why it gives nothing.
  private func attempt(
    name: String?, _ work: () throws(TextError) -> [UInt8]
  ) -> [UInt8] {
    do {
      return try work()
    } catch {
      let fields = (name.map { [("name", JSON.string($0))] } ?? []) + [("error", .error(error))]
      return JSON.object(fields).serialized(indent: nil).makeArray()
    }
  }

  private func tokenizer(_ name: String) throws(TextError) -> Tokenizer {
    if let known = loaded[name] { return known }
    guard let tokenizer = tokenizers.first(where: { $0.name == name }) else {
      preconditionFailure("a name that was not checked")
    }
    let made = try tokenizer.load()
    loaded[name] = made
    return made
  }

  private func analyze(_ text: Span<UInt8>, limit: Int) throws(TextError) -> [UInt8] {
    if morphemes == nil { morphemes = PlaygroundMorphemes(try findAnalysis().get()) }
    guard let answer = try morphemes?.answer(text, limit: limit) else {
      preconditionFailure("morphemes that are not there")
    }
    return answer
  }
}
