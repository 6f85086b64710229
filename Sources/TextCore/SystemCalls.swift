// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The system's sentence for error number `number`, such as "No such file or directory".
package func systemMessage(_ number: Int32) -> String {
  guard let text = unsafe strerror(number) else { return "error \(number)" }
  return unsafe String(cString: text)
}

/// An open file descriptor, closed when its owner lets go of it.
package struct FileDescriptor: ~Copyable, Sendable {
  package let raw: Int32
  private let isOwned: Bool

  private init(raw: Int32, isOwned: Bool) {
    self.raw = raw
    self.isOwned = isOwned
  }

  deinit { if isOwned { close(raw) } }

  /// The descriptor of standard input.
  package static var standardInput: FileDescriptor { .init(raw: 0, isOwned: false) }
  /// The descriptor of standard output.
  package static var standardOutput: FileDescriptor { .init(raw: 1, isOwned: false) }
  /// The descriptor of standard error.
  package static var standardError: FileDescriptor { .init(raw: 2, isOwned: false) }

  /// Opens `path` for reading.
  ///
  /// - Throws: `fileNotFound`, `readFailed`.
  package static func reading(_ path: String) throws(TextError) -> FileDescriptor {
    let raw = retryingOnInterrupt { unsafe open(path, O_RDONLY | O_CLOEXEC) }
    guard raw >= 0 else { throw .cannotOpen(path, errno) }
    return FileDescriptor(raw: raw, isOwned: true)
  }

  /// Creates or empties `path` for writing.
  ///
  /// - Throws: `writeFailed`.
  package static func writing(_ path: String) throws(TextError) -> FileDescriptor {
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC
    let raw = retryingOnInterrupt { unsafe open(path, flags, 0o666) }
    guard raw >= 0 else { throw .cannotWrite(path, errno) }
    return FileDescriptor(raw: raw, isOwned: true)
  }

  /// Opens the file `path` for writing behind its first `byteCount` bytes; the others are cut off.
  ///
  /// - Throws: `fileNotFound`, `writeFailed`; `damagedArtefact` if it is shorter.
  package static func extending(
    _ path: String, keeping byteCount: Int
  ) throws(TextError) -> FileDescriptor {
    let raw = retryingOnInterrupt { unsafe open(path, O_WRONLY | O_CLOEXEC) }
    guard raw >= 0 else { throw .cannotOpen(path, errno) }
    let file = FileDescriptor(raw: raw, isOwned: true)
    let found = file.byteCount ?? 0
    guard found >= byteCount else {
      throw TextError(
        .damagedArtefact, "\(found) bytes long, where an earlier run wrote \(byteCount)",
        at: .init(path: path), remedy: "begin anew")
    }
    guard ftruncate(raw, byteCount) == 0, lseek(raw, byteCount, SEEK_SET) == byteCount else {
      throw .cannotWrite(path, errno)
    }
    return file
  }

  /// Writes all of `bytes` at `offset`, over what is there; the place for further writing stays.
  ///
  /// - Throws: `writeFailed`.
  package func overwrite(_ bytes: Span<UInt8>, at offset: Int, path: String) throws(TextError) {
    var failure: Int32?
    unsafe bytes.withUnsafeBufferPointer { source in
      var written = 0
      while written < source.count {
        let step = retryingOnInterrupt {
          unsafe pwrite(
            raw, source.baseAddress.map { unsafe $0 + written }, source.count - written,
            offset + written)
        }
        if step < 0 {
          failure = errno
          return
        }
        written += step
      }
    }
    if let failure { throw .cannotWrite(path, failure) }
  }

  /// Reads up to `room` bytes behind the end of `buffer`; returns how many, 0 at the end of file.
  ///
  /// - Throws: `readFailed`; `interrupted` while a pipe or terminal has nothing to give.
  package func read(
    upTo room: Int, into buffer: inout ByteBuffer, path: String
  ) throws(TextError) -> Int {
    try waitForInput()
    var received = 0
    try unsafe buffer.append(room: room) { (spare) throws(TextError) in
      received = retryingOnInterrupt { unsafe Glibc.read(raw, spare, room) }
      if received < 0 {
        let number = errno
        throw TextError(
          .readFailed, "cannot be read", at: .init(path: path), systemError: number)
      }
      return received
    }
    return received
  }

  /// Moves to `offset` from the start, the current place or the end, as `whence` says (SEEK_SET,
  /// SEEK_CUR, SEEK_END); returns the new place, nil for pipes.
  package func seek(_ offset: Int, _ whence: Int32) -> Int? {
    let place = lseek(raw, offset, whence)
    return place < 0 ? nil : place
  }

  /// Waits until there is something to read, or the end; files never wait.
  private func waitForInput() throws(TextError) {
    var request = pollfd(fd: raw, events: Int16(POLLIN), revents: 0)
    // A read would not return when Ctrl-C is pressed: looking up ten times a second costs nothing.
    while !Interruption.isRequested {
      let ready = unsafe poll(&request, 1, 100)
      // What poll itself cannot do, the read that follows tells.
      if ready > 0 || ready < 0 && errno != EINTR { return }
    }
    throw .interruption
  }

  /// Writes all of `bytes`.
  ///
  /// - Throws: `writeFailed`, a full disk among its causes.
  package func write(_ bytes: Span<UInt8>, path: String) throws(TextError) {
    var failure: Int32?
    unsafe bytes.withUnsafeBufferPointer { source in
      var written = 0
      while written < source.count {
        let step = retryingOnInterrupt {
          unsafe Glibc.write(
            raw, source.baseAddress.map { unsafe $0 + written }, source.count - written)
        }
        if step < 0 {
          failure = errno
          return
        }
        written += step
      }
    }
    if let failure { throw .cannotWrite(path, failure) }
  }

  /// Makes what was written durable.
  ///
  /// - Throws: `writeFailed`.
  package func synchronize(path: String) throws(TextError) {
    if fsync(raw) != 0 && errno != EINVAL && errno != EROFS { throw .cannotWrite(path, errno) }
  }

  /// Takes the file for this process alone, until it is closed; false if another process has it.
  package func lock() -> Bool { flock(raw, LOCK_EX | LOCK_NB) == 0 }

  /// Whether `path` names this file.
  package func isFile(atPath path: String) -> Bool {
    var own = stat()
    var named = stat()
    return unsafe fstat(raw, &own) == 0 && stat(path, &named) == 0
      && own.st_dev == named.st_dev && own.st_ino == named.st_ino
  }

  /// The size in bytes of a regular file, nil for pipes and devices.
  package var byteCount: Int? {
    var status = stat()
    guard unsafe fstat(raw, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return status.st_size
  }
}

private func retryingOnInterrupt<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}

extension TextError {
  static func cannotOpen(_ path: String, _ number: Int32) -> TextError {
    number == ENOENT
      ? TextError(.fileNotFound, "no such file", at: .init(path: path), remedy: "check the path")
      : TextError(.readFailed, "cannot be read", at: .init(path: path), systemError: number)
  }

  package static func cannotWrite(_ path: String, _ number: Int32) -> TextError {
    let remedy: String? =
      switch number {
      case ENOSPC, EDQUOT: "free some space and run again"
      case ENOENT: "create its directory first"
      default: nil
      }
    return TextError(
      .writeFailed, "cannot be written", at: .init(path: path), remedy: remedy, systemError: number)
  }
}

// MARK: - Names

/// What a path names.
package enum PathKind: Sendable { case file, directory, other, missing }

/// The part of `path` behind its last slash.
package func baseName(_ path: String) -> String {
  path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
}

/// The part of `path` up to its last slash, that included; empty if it has none.
package func directoryPrefix(ofPath path: String) -> String {
  path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
}

/// What `path` names, symbolic links followed.
package func kind(ofPath path: String) -> PathKind {
  var status = stat()
  guard unsafe stat(path, &status) == 0 else { return .missing }
  switch status.st_mode & S_IFMT {
  case S_IFREG: return .file
  case S_IFDIR: return .directory
  default: return .other
  }
}

/// The size in bytes of the file at `path`, nil where that is not known.
package func byteCount(ofPath path: String) -> Int? {
  var status = stat()
  guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
  return status.st_size
}

/// A file's size and the time of its last change, in nanoseconds: what tells that it is another one.
package struct FileState: Equatable, Sendable {
  package var byteCount: Int
  package var modified: Int

  /// The state of the regular file at `path`, nil where there is none.
  package init?(path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    byteCount = status.st_size
    modified = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
  }
}

/// The bytes that are free for this process on the file system of `path`, nil where that is not known.
package func freeBytes(ofDirectory path: String) -> Int? {
  var status = statvfs()
  guard unsafe statvfs(path, &status) == 0 else { return nil }
  return Int(
    clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
      .partialValue)
}

/// The names in the directory `path`, sorted by their bytes, without "." and "..".
///
/// - Throws: `readFailed`.
package func directoryEntries(_ path: String) throws(TextError) -> [String] {
  guard let stream = unsafe opendir(path) else { throw .cannotOpen(path, errno) }
  defer { unsafe closedir(stream) }
  var names: [String] = []
  while let entry = unsafe readdir(stream) {
    let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
      unsafe String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
}

/// The paths that match the shell pattern `pattern`, sorted by their bytes.
package func paths(matching pattern: String) -> [String] {
  var result = unsafe glob_t()
  defer { unsafe globfree(&result) }
  guard unsafe glob(pattern, GLOB_NOSORT, nil, &result) == 0 else { return [] }
  let found = (0..<Int(unsafe result.gl_pathc)).compactMap { index in
    unsafe result.gl_pathv[index].map { unsafe String(cString: $0) }
  }
  return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
}

/// Creates the directory `path` and those above it.
///
/// - Throws: `writeFailed`.
package func createDirectory(_ path: String) throws(TextError) {
  if kind(ofPath: path) == .directory || path.isEmpty { return }
  if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
    try createDirectory(String(path[..<slash]))
  }
  let status = unsafe mkdir(path, 0o777)
  if status != 0 && errno != EEXIST { throw .cannotWrite(path, errno) }
}

/// Makes a directory of this process alone, in `TMPDIR` or /tmp, whose name begins with `prefix`.
///
/// - Throws: `writeFailed`.
package func makeTemporaryDirectory(named prefix: String) throws(TextError) -> String {
  let place = environmentVariable("TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
  let path = "\(place)/\(prefix)-XXXXXX"
  var template = Array(path.utf8CString)
  guard unsafe mkdtemp(&template) != nil else { throw .cannotWrite(path, errno) }
  return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// Gives the file or directory `source` the name `destination`, in one step.
///
/// - Throws: `writeFailed`.
package func renamePath(_ source: String, to destination: String) throws(TextError) {
  if unsafe rename(source, destination) != 0 { throw .cannotWrite(destination, errno) }
}

/// Makes the names in the directory of `path` durable.
///
/// - Throws: `readFailed`, `writeFailed`.
package func synchronizeDirectory(ofPath path: String) throws(TextError) {
  let directory = directoryPrefix(ofPath: path)
  let file = try FileDescriptor.reading(directory.isEmpty ? "." : directory)
  try file.synchronize(path: path)
}

/// Removes the directory `path`, if it is there and empty.
package func removeEmptyDirectory(_ path: String) { _ = unsafe rmdir(path) }

/// Removes the file `path`, if it is there.
package func removeFile(_ path: String) { _ = unsafe unlink(path) }

// MARK: - This process

/// Bytes of memory that the machine has.
package var physicalMemoryBytes: Int {
  sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
}

/// What this process has used so far.
package struct ProcessUsage: Sendable {
  /// CPU time of all threads, user and system.
  package var cpuSeconds: Double
  /// The peak of resident memory.
  package var peakBytes: Int

  /// The kernel's account of this process.
  package static var current: ProcessUsage {
    var usage = rusage()
    guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else {
      preconditionFailure("the kernel keeps no account of this process")
    }
    return ProcessUsage(
      cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
      peakBytes: usage.ru_maxrss * 1024)
  }

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) * 1e-6
  }
}

/// The value of the environment variable `name`, nil where it is not set.
package func environmentVariable(_ name: String) -> String? {
  guard let value = unsafe getenv(name) else { return nil }
  return unsafe String(cString: value)
}

/// The path of the running program, links resolved; empty where the system does not tell.
package func programPath() -> String {
  var buffer = [CChar](repeating: 0, count: 4096)
  let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
  return String(
    decoding: buffer.prefix(max(count, 0)).map(UInt8.init(bitPattern:)), as: UTF8.self)
}
