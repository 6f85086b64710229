// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The bytes of a file, mapped for reading: pages come as they are touched, and processes share them.
///
/// For large read-only tables such as dictionaries. The file must not change while it is mapped.
@safe
package final class FileMapping: @unchecked Sendable {
  // Invariant: `start` is a mapping of `count` bytes, never written to, that lives as long as this
  // object.
  /// The address of the first byte.
  package let start: UnsafeRawPointer
  package let count: Int

  /// Maps the file at `path`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`.
  package init(_ path: String) throws(TextError) {
    let file = try FileDescriptor.reading(path)
    count = file.byteCount ?? 0
    guard count > 0 else {
      throw TextError(.readFailed, "is empty or no plain file", at: .init(path: path))
    }
    let address = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, file.raw, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      let number = errno
      throw TextError(.readFailed, "cannot be mapped", at: .init(path: path), systemError: number)
    }
    unsafe start = UnsafeRawPointer(address)
  }

  /// Memory that holds a copy of `bytes`, of which there must be some, as if a file of them were mapped.
  package convenience init(copying bytes: Span<UInt8>) {
    unsafe self.init(byteCount: bytes.count) { address in
      unsafe bytes.withUnsafeBytes { unsafe address.copyMemory(from: $0) }
    }
  }

  /// Memory of `byteCount` zeros, of which there must be some, that `fill` writes to, as if a file of that
  /// were mapped; in large pages, if the system has some.
  package init(byteCount: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
    count = byteCount
    let address = unsafe mmap(
      nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      preconditionFailure("no memory for \(byteCount) bytes")
    }
    // Fewer misses of the translation look-aside buffer, where the system grants it.
    _ = unsafe madvise(address, count, MADV_HUGEPAGE)
    unsafe fill(UnsafeMutableRawBufferPointer(start: address, count: count))
    unsafe start = UnsafeRawPointer(address)
  }

  deinit { _ = unsafe munmap(UnsafeMutableRawPointer(mutating: start), count) }

  /// The little-endian number at `offset`, which must lie inside.
  package func load<Number: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int, as type: Number.Type
  ) -> Number {
    precondition(
      offset >= 0 && offset <= count - MemoryLayout<Number>.size, "offset outside of a mapped file")
    return unsafe Number(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: type))
  }

  /// Adds the bytes from `offset` on to `hash`.
  package func update(_ hash: inout XXH3, from offset: Int) {
    precondition(offset >= 0 && offset <= count, "offset outside of a mapped file")
    let bytes = unsafe UnsafeRawBufferPointer(start: start + offset, count: count - offset)
    unsafe bytes.withMemoryRebound(to: UInt8.self) { unsafe hash.update($0.span) }
  }
}
