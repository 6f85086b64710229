// SPDX-License-Identifier: Apache-2.0

/// What the head of a request says.
package struct RequestHead: Sendable, Equatable {
  package var method: String
  package var path: String
  package var host: String?
  package var origin: String?
  package var contentType: String?
  /// The bytes of the body; nil where it is sent in chunks of no declared sum.
  package var contentLength: Int?

  package init(
    _ method: String, _ path: String, host: String?, origin: String? = nil,
    contentType: String? = nil, contentLength: Int? = 0
  ) {
    self.method = method
    self.path = path
    self.host = host
    self.origin = origin
    self.contentType = contentType
    self.contentLength = contentLength
  }
}

/// What is to be done with a request whose head has been looked at.
package enum Route: Sendable, Equatable {
  case page(PageFile)
  case tokenizers
  case tokenize
  case refused(Refusal)
}

/// Why a request is not answered, as HTTP and its sender are told.
package struct Refusal: Sendable, Equatable {
  package var status: Int
  package var what: String
  package var remedy: String
  /// The methods that would be allowed, for status 405.
  package var allowed: String?

  package init(_ status: Int, _ what: String, remedy: String, allowed: String? = nil) {
    self.status = status
    self.what = what
    self.remedy = remedy
    self.allowed = allowed
  }
}

/// Which requests a playground answers, judged by the head alone, before a byte of the body is read.
///
/// The server listens on the loopback device only, but every page of every site that the user has open
/// can send requests there: by name after DNS rebinding, which the Host header shows, or from its own
/// origin, which the Origin header of a POST shows and the type of the body (no form sends JSON).
package struct PlaygroundRules: Sendable {
  /// The longest body, in bytes.
  package static let maximumBodyBytes = 1 << 20

  /// What the Host header may be.
  private let hosts: [String]

  package init(port: UInt16) {
    let names = ["127.0.0.1", "localhost"]
    hosts = names.map { "\($0):\(port)" } + (port == 80 ? names : [])
  }

  /// Where the request goes that `head` begins.
  package func route(_ head: RequestHead) -> Route {
    guard let host = head.host, hosts.contains(host.lowercased()) else {
      return .refused(
        Refusal(403, "this host is not served here", remedy: "open http://\(hosts[0])/"))
    }
    if let file = PageFile(path: head.path) { return get(head, .page(file)) }
    switch head.path {
    case "/api/tokenizers": return get(head, .tokenizers)
    case "/api/tokenize": return tokenize(head)
    default:
      return .refused(
        Refusal(
          404, "there is nothing here",
          remedy: "the API is GET /api/tokenizers and POST /api/tokenize"))
    }
  }

  private func get(_ head: RequestHead, _ route: Route) -> Route {
    if head.method == "GET" { return route }
    return .refused(
      Refusal(405, "only GET is answered here", remedy: "send GET", allowed: "GET"))
  }

  private func tokenize(_ head: RequestHead) -> Route {
    if head.method != "POST" {
      return .refused(
        Refusal(405, "only POST is answered here", remedy: "send POST", allowed: "POST"))
    }
    if let origin = head.origin, !hosts.contains(where: { origin.lowercased() == "http://\($0)" }) {
      return .refused(
        Refusal(
          403, "requests of other pages are not answered", remedy: "open http://\(hosts[0])/"))
    }
    guard Self.isJSON(head.contentType ?? "") else {
      return .refused(
        Refusal(
          415, "the body is not declared as JSON", remedy: "send Content-Type: application/json"))
    }
    guard let length = head.contentLength else {
      return .refused(
        Refusal(411, "the length of the body is not declared", remedy: "send Content-Length"))
    }
    if length > Self.maximumBodyBytes {
      return .refused(
        Refusal(
          413, "the body has \(length) bytes, more than \(Self.maximumBodyBytes)",
          remedy: "send less text, or use malmoi encode"))
    }
    return .tokenize
  }

  private static func isJSON(_ type: String) -> Bool {
    let name = type.split(separator: ";", maxSplits: 1).first.map(String.init) ?? ""
    return name.lowercased().filter { $0 != " " } == "application/json"
  }
}
