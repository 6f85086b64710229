// SPDX-License-Identifier: Apache-2.0

internal import Glibc
package import TextCore

/// A directory of a test's own, removed with everything in it when its owner lets go of it.
package final class TemporaryDirectory: Sendable {
  /// The absolute path, without a slash behind.
  package let path: String

  package init() {
    var template = Array("/tmp/malmoi-test-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else {
      preconditionFailure("no temporary directory can be made: \(systemMessage(errno))")
    }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit { removeTree(path) }

  /// Writes `bytes` to `name`, creates the directories on the way, and returns the whole path.
  @discardableResult
  package func write(_ name: String, _ bytes: [UInt8]) throws(TextError) -> String {
    let file = "\(path)/\(name)"
    if let slash = file.lastIndex(of: "/") { try createDirectory(String(file[..<slash])) }
    try writeFile(file, bytes.span)
    return file
  }

  /// Writes the UTF-8 of `text` to `name` and returns the whole path.
  @discardableResult
  package func write(_ name: String, _ text: String) throws(TextError) -> String {
    try write(name, Array(text.utf8))
  }

  /// Makes `name` a symbolic link to `target`.
  package func link(_ name: String, to target: String) {
    _ = unsafe symlink(target, "\(path)/\(name)")
  }
}

private func removeTree(_ path: String) {
  // A link is removed, never followed.
  if unsafe unlink(path) == 0 { return }
  for name in (try? directoryEntries(path)) ?? [] { removeTree("\(path)/\(name)") }
  _ = unsafe rmdir(path)
}
