// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenFiles

/// Keeps other runs from writing into an output, from its start to the end of this value.
struct OutputLock: ~Copyable {
  private let path: String
  private let file: FileDescriptor

  /// Takes the lock file `path`, creating its directory.
  ///
  /// - Throws: `outputExists` if another run has it; `writeFailed`.
  init(_ path: String, of output: String) throws(TextError) {
    try createDirectory(String(directoryPrefix(ofPath: path).dropLast()))
    while true {
      let file = try FileDescriptor.writing(path)
      guard file.lock() else {
        throw TextError(
          .outputExists, "another run is writing into it", at: .init(path: output),
          remedy: "wait for it, or choose another output")
      }
      // The run that had it may have removed the file between the two calls.
      if file.isFile(atPath: path) {
        self.path = path
        self.file = file
        return
      }
    }
  }

  // While it is still locked: whoever opened the file meanwhile finds that it has no name.
  deinit { removeFile(path) }
}

/// The locks of all outputs of a run.
final class OutputLocks {
  private var rest: OutputLocks?
  private let lock: OutputLock

  /// Takes them one by one; at least one.
  ///
  /// - Throws: `outputExists` if another run has one; `writeFailed`.
  convenience init(_ names: [TokenFileNames]) throws(TextError) {
    try self.init(names[...])
  }

  private init(_ names: ArraySlice<TokenFileNames>) throws(TextError) {
    guard let first = names.first else { preconditionFailure("a run without an output") }
    lock = try OutputLock(first.lock, of: first.path)
    rest = names.count > 1 ? try OutputLocks(names.dropFirst()) : nil
  }
}
