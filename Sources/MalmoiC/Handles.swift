// SPDX-License-Identifier: Apache-2.0

// Each function is documented where it is declared, in malmoi.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

// The C ABI: every function that malmoi.h declares, by `@c @implementation`, so that one whose
// signature drifts from the header does not compile.
//
// This module owns nothing of the work. It turns pointers into spans and values, calls the stage or the
// job, and turns what comes back into handles and statuses. Unsafe code is here by its nature; what a
// pointer must be is the header's contract. No Swift concurrency: a child process after fork() has no
// thread pool.

internal import CMalmoi
internal import Synchronization
internal import TextCore

/// What the opaque pointers of the header point to: an object with one reference that the caller owns.
@safe
enum Handle<Object: AnyObject> {
  /// A pointer that owns `object`.
  static func make(_ object: Object) -> OpaquePointer {
    unsafe OpaquePointer(Unmanaged.passRetained(object).toOpaque())
  }

  /// The object that `pointer`, made by ``make(_:)`` and not yet given to ``free(_:)``, owns.
  static func object(_ pointer: OpaquePointer) -> Object {
    unsafe Unmanaged<Object>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
  }

  /// Gives back what `pointer` owns.
  static func free(_ pointer: OpaquePointer?) {
    guard let pointer = unsafe pointer else { return }
    unsafe Unmanaged<Object>.fromOpaque(UnsafeRawPointer(pointer)).release()
  }
}

/// Lets one call at a time in.
final class Gate: Sendable {
  private let mutex = Mutex(())

  func pass(_ body: () throws(TextError) -> Void) throws(TextError) {
    try mutex.withLock { (_: inout Void) throws(TextError) in try body() }
  }

  func pass<Result>(_ body: () throws(TextError) -> Result) throws(TextError) -> Result {
    // The mutex sends nothing out of its closure that others may hold.
    var result: Result?
    try pass { () throws(TextError) in result = try body() }
    guard let result else { preconditionFailure("a body that was not run") }
    return result
  }
}

/// A string of C that lives as long as this object.
@safe
final class CString: @unchecked Sendable {
  // Invariant: owned by this object alone, never written after init, ends with NUL.
  private let start: UnsafeMutablePointer<CChar>

  init(_ text: String) {
    let bytes = Array(text.utf8)
    unsafe start = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
    for (index, byte) in bytes.enumerated() { unsafe start[index] = CChar(bitPattern: byte) }
    unsafe start[bytes.count] = 0
  }

  deinit { unsafe start.deallocate() }

  var pointer: UnsafePointer<CChar> { unsafe UnsafePointer(start) }
}

// MARK: - Statuses

/// Runs `body`; its error becomes a status and the thread's last error.
func status(_ body: () throws(TextError) -> Void) -> malmoi_status {
  do throws(TextError) {
    try body()
    return 0
  } catch {
    var line = Array(error.description.utf8)
    // C strings end at NUL: a path or a token may hold one.
    for index in line.indices where line[index] == 0 { line[index] = UInt8(ascii: "?") }
    unsafe malmoi_set_last_error(line, line.count)
    return error.code.rawValue
  }
}

private let versionText = CString(toolVersion)

@c @implementation
public func malmoi_version() -> UnsafePointer<CChar> { unsafe versionText.pointer }

@c @implementation
public func malmoi_version_number() -> UInt32 {
  toolVersion.split(separator: ".").prefix(3).reduce(0) { number, part in
    number * 1000 + (UInt32(part.prefix { $0.isNumber }) ?? 0)
  }
}

@c @implementation
public func malmoi_last_error() -> UnsafePointer<CChar> { unsafe malmoi_get_last_error() }

// MARK: - What is given

/// The text of a C string.
func text(_ pointer: UnsafePointer<CChar>) -> String { unsafe String(cString: pointer) }

func text(_ pointer: UnsafePointer<CChar>?) -> String? {
  guard let pointer = unsafe pointer else { return nil }
  return unsafe String(cString: pointer)
}

/// The texts of `count` C strings.
func texts(_ pointers: UnsafePointer<UnsafePointer<CChar>>?, _ count: Int) -> [String] {
  guard let pointers = unsafe pointers else { return [] }
  return (0..<count).map { unsafe text(pointers[$0]) }
}

/// Options as their caller knows them: fields behind the size that it states stay as in `defaults`.
///
/// - Throws: `invalidArgument` if the size was not set.
func options<Options: BitwiseCopyable>(
  _ given: UnsafePointer<Options>?, _ defaults: Options
) throws(TextError) -> Options {
  guard let given = unsafe given else { return defaults }
  let size = unsafe Int(UnsafeRawPointer(given).loadUnaligned(as: UInt32.self))
  guard size >= MemoryLayout<UInt32>.size else {
    throw TextError(
      .invalidArgument, "options without a size", remedy: "set the field size to sizeof the struct")
  }
  var options = defaults
  unsafe withUnsafeMutableBytes(of: &options) { target in
    let known = min(size, target.count)
    unsafe target.copyMemory(from: UnsafeRawBufferPointer(start: given, count: known))
  }
  return options
}
