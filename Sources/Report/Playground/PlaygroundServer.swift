// SPDX-License-Identifier: Apache-2.0

internal import FlyingFox
internal import FlyingSocks
internal import Foundation
internal import Glibc
internal import Synchronization
package import TextCore

// The playground: text in, coloured tokens out, on a page that the program serves to the browser of its
// own machine. A request passes PlaygroundRules (may it be answered?), the server here (its body, within
// bounds) and the Workbench (the answer), one request after the other. What the page is made of is part
// of the program: Page/.

/// Serves a playground on the loopback device.
package struct PlaygroundServer: Sendable {
  private let workbench: Workbench
  /// Long bodies that are being read, and requests whose answer is being made or waits for that.
  private let reading = Gate(limit: 64)
  private let working = Gate(limit: 64)

  /// Bodies up to this come with the head; a longer one is read once the head is found good.
  private static let shortBodyBytes = 1 << 16
  private static let bodyPatience = Duration.seconds(15)

  package init(_ workbench: Workbench) { self.workbench = workbench }

  /// Serves until the task is cancelled.
  ///
  /// - Parameters:
  ///   - port: The port of 127.0.0.1; 0 for any that is free.
  ///   - announce: Is told the address once requests are answered.
  /// - Throws: `writeFailed` if the port cannot be had; what `announce` throws.
  package func run(
    port: UInt16, announce: (String) throws(TextError) -> Void
  ) async throws(TextError) {
    let rules = CurrentRules()
    var port = port
    var isAnnounced = false
    while true {
      do {
        try await serve(port: port, rules) { (bound) throws(TextError) in
          port = bound
          if !isAnnounced { try announce("http://127.0.0.1:\(bound)/") }
          isAnnounced = true
        }
        return
      } catch let error as TextError {
        throw error
      } catch is CancellationError {
        return
      } catch SocketError.failed(_, let number, _) where isAnnounced && number == EMFILE {
        // More connections than the system lets a process have: all are closed by now.
        continue
      } catch {
        throw Self.cannotListen(port, error)
      }
    }
  }

  /// Serves until the task is cancelled, or no connection can be had any more.
  ///
  /// - Parameters:
  ///   - port: The port, 0 for any that is free.
  ///   - rules: Are set once the port is known.
  ///   - begun: Is told the port.
  /// - Throws: `SocketError`, `CancellationError`, what `begun` throws.
  private func serve(
    port: UInt16, _ rules: CurrentRules, begun: (UInt16) throws(TextError) -> Void
  ) async throws {
    let server = try makeServer(port: port) { request in
      await respond(to: request, rules.get())
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      group.addTask { try await server.waitUntilListening() }
      // The first that ends is the second, unless the port cannot be had.
      try await group.next()
      guard case .ip4(_, let bound) = await server.listeningAddress else {
        throw SocketError.unsupportedAddress
      }
      rules.set(PlaygroundRules(port: bound))
      try begun(bound)
      try await group.next()
    }
  }

  private func makeServer(
    port: UInt16, _ respond: @escaping @Sendable (HTTPRequest) async -> HTTPResponse
  ) throws -> HTTPServer {
    HTTPServer(
      config: .init(
        address: try sockaddr_in.inet(ip4: "127.0.0.1", port: port),
        // Waiting is bounded here: after the library's own time-out a connection would go on with
        // what is left of the request.
        timeout: 86400, sharedRequestBufferSize: Self.shortBodyBytes,
        sharedRequestReplaySize: Self.shortBodyBytes, logger: .disabled),
      handler: ClosureHTTPHandler { await respond($0) })
  }

  private static func cannotListen(_ port: UInt16, _ error: any Error) -> TextError {
    guard case SocketError.failed(_, let number, _) = error else {
      return TextError(.writeFailed, "the playground ended: \(error.localizedDescription)")
    }
    return number == EADDRINUSE
      ? TextError(
        .writeFailed, "port \(port) is in use",
        remedy: "name another by --port, or 0 for any that is free")
      : TextError(
        .writeFailed, "port \(port) of 127.0.0.1 cannot be listened on",
        remedy: "name another by --port", systemError: number)
  }
}

// MARK: - A request

extension PlaygroundServer {
  private func respond(to request: HTTPRequest, _ rules: PlaygroundRules?) async -> HTTPResponse {
    let head = RequestHead(request)
    switch rules?.route(head) {
    case .page(let file): return response(PlaygroundResponse(file), to: request)
    case .tokenizers: return response(await workbench.list(), to: request)
    case .refused(let refusal): return self.refusal(refusal, of: request)
    case .tokenize: return await tokenize(request)
    case nil: return self.refusal(Self.busy, of: request)
    }
  }

  private func tokenize(_ request: HTTPRequest) async -> HTTPResponse {
    var body: [UInt8]?
    if Self.isRead(request) {
      body = await Self.body(of: request)
    } else {
      guard reading.enter() else { return refusal(Self.busy, of: request) }
      defer { reading.leave() }
      body = await withDeadline(Self.bodyPatience) { await Self.body(of: request) } ?? nil
    }
    guard let body else {
      return refusal(
        Refusal(408, "the body did not come", remedy: "send it whole, within 15 seconds"),
        of: request)
    }
    guard working.enter() else { return refusal(Self.busy, of: request, isRead: true) }
    defer { working.leave() }
    return response(await workbench.tokenize(body), to: request, isRead: true)
  }

  private static let busy = Refusal(
    503, "too many requests at once", remedy: "ask again in a second")

  /// Whether the body of `request` came with its head.
  private static func isRead(_ request: HTTPRequest) -> Bool {
    request.bodySequence.count.map { $0 <= shortBodyBytes } ?? false
  }

  /// The body of `request`; nil if the connection ended in it.
  private static func body(of request: HTTPRequest) async -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(request.bodySequence.count ?? 0)
    do {
      for try await part in request.bodySequence { bytes += part }
    } catch {
      return nil
    }
    return bytes.count == request.bodySequence.count ? bytes : nil
  }

  private static let phrases = [
    200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    408: "Request Timeout", 411: "Length Required", 413: "Content Too Large",
    415: "Unsupported Media Type", 503: "Service Unavailable",
  ]

  private func refusal(
    _ refusal: Refusal, of request: HTTPRequest, isRead: Bool = false
  ) -> HTTPResponse {
    response(
      PlaygroundResponse(refusal, method: request.method.rawValue), to: request, isRead: isRead)
  }

  /// The answer as HTTP, behind which the connection ends unless the body of the request `isRead`, here to
  /// its end or with the head.
  private func response(
    _ answer: PlaygroundResponse, to request: HTTPRequest, isRead: Bool = false
  ) -> HTTPResponse {
    var headers = HTTPHeaders()
    for (name, value) in answer.headers { headers[HTTPHeader(name)] = value }
    let status = HTTPStatusCode(answer.status, phrase: Self.phrases[answer.status] ?? "")
    if isRead || Self.isRead(request) {
      return HTTPResponse(statusCode: status, headers: headers, body: Data(answer.body))
    }
    headers[.connection] = "close"
    return HTTPResponse(
      statusCode: status, headers: headers,
      body: HTTPBodySequence(
        from: ClosingBody(bytes: answer.body, unread: request.bodySequence),
        count: answer.body.count))
  }
}

extension RequestHead {
  fileprivate init(_ request: HTTPRequest) {
    self.init(
      request.method.rawValue, request.path, host: request.headers[.host],
      origin: request.headers[HTTPHeader("Origin")], contentType: request.headers[.contentType],
      contentLength: request.bodySequence.count)
  }
}

/// The rules, once the port is known.
private final class CurrentRules: Sendable {
  private let rules = Mutex<PlaygroundRules?>(nil)

  func get() -> PlaygroundRules? { rules.withLock { $0 } }
  func set(_ new: PlaygroundRules) { rules.withLock { $0 = new } }
}

/// Lets so many in at once, and no more.
final class Gate: Sendable {
  private let limit: Int
  private let count = Mutex(0)

  init(limit: Int) { self.limit = limit }

  /// Whether there was room; who came in must leave.
  func enter() -> Bool {
    count.withLock { count in
      if count == limit { return false }
      count += 1
      return true
    }
  }

  func leave() { count.withLock { $0 -= 1 } }
}
