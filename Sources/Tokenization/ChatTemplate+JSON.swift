// SPDX-License-Identifier: Apache-2.0

package import TextCore

extension ChatTemplate {
  /// The template that the file at `path` describes.
  ///
  ///     {"special_tokens": ["<|im_start|>", "<|im_end|>"],
  ///      "beginning": "", "default_system": "…", "trim_contents": false,
  ///      "roles": {
  ///        "user": {"prefix": "<|im_start|>user\n", "suffix": "<|im_end|>\n"},
  ///        "assistant": {"prefix": "<|im_start|>assistant\n", "suffix": "<|im_end|>\n", "loss": true}}}
  ///
  /// All but `special_tokens` and `roles` may be left out, and `loss` is that of "assistant" alone then.
  ///
  /// - Throws: `readFailed`; `invalidArgument` for anything that is no template.
  package init(path: String) throws(TextError) {
    let root = try JSONDocument(readFile(path), path: path, code: .invalidArgument).root
    try Self.check(
      root, "the template", path,
      [
        "special_tokens": .array, "beginning": .string, "default_system": .string,
        "trim_contents": .bool, "roles": .object,
      ])
    guard let roles = root["roles"], let tokens = root["special_tokens"] else {
      throw Self.fault("it needs \"special_tokens\" and \"roles\"", path)
    }
    let names = tokens.elements.compactMap(\.string)
    guard names.count == tokens.elements.count else {
      throw Self.fault("\"special_tokens\" are not all strings", path)
    }
    self.init(
      roles: try roles.fields.map { (name, value) throws(TextError) in
        try Self.role(name, value, path)
      }, specialTokens: names)
    beginning = root["beginning"]?.string ?? ""
    defaultSystem = root["default_system"]?.string
    trimsContents = root["trim_contents"]?.bool ?? false
  }

  private static func role(
    _ name: String, _ value: JSONValue, _ path: String
  ) throws(TextError) -> Role {
    try check(
      value, "role \"\(name)\"", path, ["prefix": .string, "suffix": .string, "loss": .bool])
    return Role(
      name, prefix: value["prefix"]?.string ?? "", suffix: value["suffix"]?.string ?? "",
      isLearnt: value["loss"]?.bool)
  }

  /// Refuses fields that are not among `kinds`, misspelled ones among them.
  private static func check(
    _ value: JSONValue, _ what: String, _ path: String, _ kinds: [String: JSONValue.Kind]
  ) throws(TextError) {
    if value.kind != .object { throw fault("\(what) is not a JSON object", path) }
    for (name, field) in value.fields {
      guard let kind = kinds[name] else { throw fault("\(what) has no field \"\(name)\"", path) }
      if field.kind != kind, name != "default_system" || field.kind != .null {
        throw fault("\"\(name)\" of \(what) is not of the kind \(kind)", path)
      }
    }
  }

  private static func fault(_ what: String, _ path: String) -> TextError {
    TextError(
      .invalidArgument, "no chat template: \(what)", at: .init(path: path),
      remedy: "docs/packing.md shows one")
  }

  /// The template as manifests hold it.
  package var manifestValue: JSON {
    .object([
      ("special_tokens", .array(specialTokens.map { .string($0) })),
      ("beginning", .string(beginning)),
      ("default_system", defaultSystem.map { .string($0) } ?? .null),
      ("trim_contents", .bool(trimsContents)),
      (
        "roles",
        .object(
          roles.map { role in
            (
              role.name,
              .object([
                ("prefix", .string(role.prefix)), ("suffix", .string(role.suffix)),
                ("loss", .bool(role.isLearnt)),
              ])
            )
          })
      ),
    ])
  }
}
