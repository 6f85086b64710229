// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// What a request is answered with.
package struct PlaygroundResponse: Sendable, Equatable {
  package var status: Int
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]

  package init(status: Int = 200, contentType: String, body: [UInt8]) {
    self.status = status
    self.body = body
    headers = Self.standardHeaders + [("Content-Type", contentType)]
  }

  package static func == (left: Self, right: Self) -> Bool {
    left.status == right.status && left.body == right.body
      && left.headers.elementsEqual(right.headers, by: ==)
  }

  /// The page may load its own files and ask its own server, and nothing else; no other page may show
  /// it or read what it gets.
  private static let standardHeaders = [
    (
      "Content-Security-Policy",
      """
      default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
      base-uri 'none'; form-action 'none'; frame-ancestors 'none'
      """
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
  ]
}

extension PlaygroundResponse {
  package init(_ file: PageFile) {
    self.init(contentType: file.contentType, body: file.bytes)
  }

  package init(status: Int = 200, _ json: JSON) {
    self.init(
      status: status, contentType: Self.json, body: json.serialized(indent: nil).makeArray())
  }

  /// The answer to a request of `method` that is refused: HEAD is answered without a body.
  package init(_ refusal: Refusal, method: String = "GET") {
    self.init(
      status: refusal.status,
      .object([("error", .error(refusal.what, remedy: refusal.remedy))]))
    if let allowed = refusal.allowed { headers.append(("Allow", allowed)) }
    if method == "HEAD" { body = [] }
  }

  static let json = "application/json; charset=utf-8"
}

extension JSON {
  static func error(_ what: String, remedy: String?) -> JSON {
    .object([("what", .string(what)), ("remedy", remedy.map { .string($0) } ?? .null)])
  }

  static func error(_ error: TextError) -> JSON {
    var what = error.location.map { "\($0): " } ?? ""
    what += error.what
    if let number = error.systemError { what += " (\(systemMessage(number)))" }
    return .error(what, remedy: error.remedy)
  }
}
