// SPDX-License-Identifier: Apache-2.0

internal import TextCore

// Errors as files keep them that a later run goes on from.

extension TextError {
  var stored: JSON {
    .object([
      ("code", .integer(Int(code.rawValue))), ("what", .string(what)),
      ("path", .string(location?.path ?? "")),
      ("line", location?.line.map { .integer($0) } ?? .null),
      ("byte", location?.byteOffset.map { .integer($0) } ?? .null),
      ("remedy", remedy.map { .string($0) } ?? .null),
    ])
  }

  /// The error that ``stored`` gave; nil if `value` is none.
  init?(stored value: JSONValue) {
    guard let raw = value["code"]?.integer.flatMap(Int32.init(exactly:)),
      let code = TextError.Code(rawValue: raw),
      let what = value["what"]?.string, let path = value["path"]?.string
    else { return nil }
    self.init(
      code, what,
      at: .init(path: path, line: value["line"]?.integer, byteOffset: value["byte"]?.integer),
      remedy: value["remedy"]?.string)
  }
}
