// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import TextCore

/// A new empty directory, removed with all that is in it when the test lets go of it.
package final class TemporaryDirectory: Sendable {
  /// The path, without a slash at its end.
  package let path: String

  /// Makes the directory under /tmp.
  package init() {
    var template = Array("/tmp/malmoi-test-XXXXXX".utf8CString)
    let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
      unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) }.map { unsafe String(cString: $0) }
    }
    guard let made else { preconditionFailure("no temporary directory can be made") }
    path = made
  }

  deinit { Self.remove(path) }

  private static func remove(_ directory: String) {
    for name in (try? directoryEntries(directory)) ?? [] {
      let path = directory + "/" + name
      if unsafe unlink(path) != 0 { remove(path) }
    }
    _ = unsafe rmdir(directory)
  }
}
