// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Whether the user wants the process to stop.
///
/// Signal handlers may set it; jobs look at it between blocks, and a read that waits for a pipe
/// while it waits.
package enum Interruption {
  private static let requested = Atomic(false)

  package static var isRequested: Bool { requested.load(ordering: .relaxed) }

  /// Asks for the process to stop.
  package static func request() { requested.store(true, ordering: .relaxed) }
}

extension TextError {
  /// The error of a job that was stopped.
  package static var interruption: TextError {
    TextError(.interrupted, "interrupted; no file was written", remedy: "run it again")
  }
}
