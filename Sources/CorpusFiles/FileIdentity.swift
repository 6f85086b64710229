// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Which file a path leads to, whatever links and spellings lead there.
struct FileIdentity: Hashable {
  private let device: UInt
  private let inode: UInt

  /// The identity of the file at `path`, links followed; nil where there is none.
  init?(path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    device = status.st_dev
    inode = status.st_ino
  }
}
