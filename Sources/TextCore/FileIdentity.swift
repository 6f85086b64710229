// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Which file a path leads to, whatever links and spellings lead there.
package struct FileIdentity: Hashable, Sendable {
  /// The file system.
  package let device: UInt
  private let inode: UInt

  /// The identity of the file at `path`, links followed; nil where there is none.
  package init?(path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    device = status.st_dev
    inode = status.st_ino
  }
}

/// Gives the file `source` the name `destination` too, which nothing has; false where the file system
/// has no such names, or none more for this file.
///
/// - Throws: `writeFailed`.
package func linkFile(_ source: String, as destination: String) throws(TextError) -> Bool {
  if unsafe link(source, destination) == 0 { return true }
  let number = errno
  if [EPERM, EOPNOTSUPP, ENOSYS, EMLINK].contains(number) { return false }
  throw .cannotWrite(destination, number)
}
