// SPDX-License-Identifier: Apache-2.0

internal import FlyingFox
internal import FlyingSocks
internal import Foundation

/// The body of an answer to a request whose own body was not read: the connection ends behind it.
///
/// Were it kept, what is left of the request would be taken for the next one, and a page elsewhere could
/// write that as it likes. What the client still sends is read and dropped for a while first, for a
/// connection closed upon unread bytes is reset, and takes the answer with it.
struct ClosingBody: AsyncBufferedSequence {
  typealias Element = UInt8

  let bytes: [UInt8]
  /// The body of the request, of which nothing has been read.
  let unread: HTTPBodySequence

  func makeAsyncIterator() -> Iterator { Iterator(rest: bytes, unread: unread) }

  struct Iterator: AsyncBufferedIteratorProtocol {
    var rest: [UInt8]
    let unread: HTTPBodySequence

    private static let droppedBytes = 16 << 20
    private static let patience = Duration.seconds(2)

    mutating func next() async throws -> UInt8? {
      if rest.isEmpty { try await end() }
      return rest.removeFirst()
    }

    mutating func nextBuffer(suggested count: Int) async throws -> [UInt8]? {
      if rest.isEmpty { try await end() }
      defer { rest = [] }
      return rest
    }

    /// Ends the connection: the server closes one whose answer cannot be sent on.
    private func end() async throws {
      let unread = unread
      _ = await withDeadline(Self.patience) {
        var dropped = 0
        for try await part in unread {
          dropped += part.count
          if dropped > Self.droppedBytes { break }
        }
      }
      throw SocketError.disconnected
    }
  }
}

/// What `work` gives within `time`; nil if it fails or takes longer.
func withDeadline<Result: Sendable>(
  _ time: Duration, _ work: @escaping @Sendable () async throws -> Result
) async -> Result? {
  await withTaskGroup(of: Result?.self) { group in
    group.addTask { try? await work() }
    group.addTask {
      try? await Task.sleep(for: time)
      return nil
    }
    let first = await group.next() ?? nil
    group.cancelAll()
    return first
  }
}
