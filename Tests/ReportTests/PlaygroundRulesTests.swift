// SPDX-License-Identifier: Apache-2.0

import Report
import Testing
import TextCore

@Suite("Which requests the playground answers")
struct PlaygroundRulesTests {
  private let rules = PlaygroundRules(port: 8420)
  private static let host = "127.0.0.1:8420"

  private func status(_ head: RequestHead, _ rules: PlaygroundRules? = nil) -> Int {
    if case .refused(let refusal) = (rules ?? self.rules).route(head) { return refusal.status }
    return 200
  }

  private func post(
    host: String? = host, origin: String? = "http://\(host)",
    contentType: String? = "application/json", contentLength: Int? = 10
  ) -> RequestHead {
    RequestHead(
      "POST", "/api/tokenize", host: host, origin: origin, contentType: contentType,
      contentLength: contentLength)
  }

  @Test("paths lead to the page, its files and the API")
  func routes() {
    for file in PageFile.allCases {
      #expect(rules.route(RequestHead("GET", file.rawValue, host: Self.host)) == .page(file))
      #expect(!file.bytes.isEmpty)
    }
    let list = RequestHead("GET", "/api/tokenizers", host: Self.host)
    #expect(rules.route(list) == .tokenizers)
    #expect(rules.route(post()) == .tokenize)
    for path in [
      "", "/api", "/api/", "/index.html", "/../", "/api/tokenize/", "//", "/PLAYGROUND.JS",
    ] {
      #expect(status(RequestHead("GET", path, host: Self.host)) == 404, "\(path)")
    }
  }

  @Test(
    "a name that leads here by DNS alone is refused, whatever is asked",
    arguments: [
      nil, "", "evil.example", "evil.example:8420", "127.0.0.1", "127.0.0.1:80", "localhost",
      "127.0.0.1:8421", "127.0.0.1:8420.evil.example", "evil.example#127.0.0.1:8420",
      "user@127.0.0.1:8420", "127.0.0.1:8420, evil.example", "127.1:8420", "[::1]:8420",
      "0.0.0.0:8420",
    ])
  func hosts(host: String?) {
    for (method, path) in [
      ("GET", "/"), ("GET", "/api/tokenizers"), ("GET", "/nowhere"), ("PUT", "/"),
    ] {
      #expect(status(RequestHead(method, path, host: host)) == 403)
    }
    #expect(status(post(host: host)) == 403)
  }

  @Test("both names of the loopback device are its own, in any case")
  func ownHosts() {
    for host in ["127.0.0.1:8420", "localhost:8420", "LOCALHOST:8420"] {
      #expect(status(RequestHead("GET", "/", host: host)) == 200)
    }
    let standard = PlaygroundRules(port: 80)
    #expect(status(RequestHead("GET", "/", host: "localhost"), standard) == 200)
    #expect(status(RequestHead("GET", "/", host: "localhost:80"), standard) == 200)
  }

  @Test(
    "another page may not post",
    arguments: [
      "null", "", "http://evil.example", "https://127.0.0.1:8420", "http://127.0.0.1",
      "http://127.0.0.1:8421", "http://127.0.0.1:8420.evil.example", "http://127.0.0.1:8420/",
      "file://",
    ])
  func origins(origin: String) {
    #expect(status(post(origin: origin)) == 403)
  }

  @Test("programs without an origin may post, and the page by either name")
  func ownOrigins() {
    for origin in [nil, "http://127.0.0.1:8420", "http://localhost:8420"] {
      #expect(status(post(origin: origin)) == 200)
    }
  }

  @Test("only JSON of a declared and bounded length is read")
  func bodies() {
    for type in [
      nil, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
      "text/plain; application/json", "application/jsonp",
    ] {
      #expect(status(post(contentType: type)) == 415)
    }
    for type in ["application/json", "Application/JSON; charset=utf-8", "application/json ;q=1"] {
      #expect(status(post(contentType: type)) == 200)
    }
    #expect(status(post(contentLength: nil)) == 411)
    #expect(status(post(contentLength: 0)) == 200)
    #expect(status(post(contentLength: PlaygroundRules.maximumBodyBytes)) == 200)
    #expect(status(post(contentLength: PlaygroundRules.maximumBodyBytes + 1)) == 413)
    #expect(status(post(contentLength: .max)) == 413)
  }

  @Test("other methods are told which one is allowed")
  func methods() {
    for (path, allowed) in [("/", "GET"), ("/api/tokenizers", "GET"), ("/api/tokenize", "POST")] {
      for method in ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE"]
      where method != allowed {
        guard case .refused(let refusal) = rules.route(RequestHead(method, path, host: Self.host))
        else {
          Issue.record("\(method) \(path) is answered")
          continue
        }
        #expect(refusal.status == 405 && refusal.allowed == allowed)
        let response = PlaygroundResponse(refusal, method: method)
        #expect(response.headers.contains { $0 == ("Allow", allowed) })
        // A body behind the head of an answer to HEAD would be taken for the next answer.
        #expect(response.body.isEmpty == (method == "HEAD"))
      }
    }
  }

  @Test("every answer keeps the page to itself")
  func headers() {
    let answers =
      PageFile.allCases.map { PlaygroundResponse($0) } + [
        PlaygroundResponse(Refusal(404, "nothing", remedy: "look elsewhere")),
        PlaygroundResponse(.null),
      ]
    for answer in answers {
      let headers = Dictionary(answer.headers.map { ($0.name, $0.value) }) { first, _ in first }
      #expect(headers.count == answer.headers.count)
      #expect(headers["Content-Security-Policy"]?.hasPrefix("default-src 'none'; ") == true)
      #expect(headers["Content-Security-Policy"]?.contains("unsafe") == false)
      #expect(headers["X-Content-Type-Options"] == "nosniff")
      #expect(headers["Referrer-Policy"] == "no-referrer")
      #expect(headers["Content-Type"]?.isEmpty == false)
      #expect(!headers.keys.contains { $0.hasPrefix("Access-Control") })
    }
  }
}
