// SPDX-License-Identifier: Apache-2.0

internal import CISAL
internal import TextCore

/// CRC-32 of Castagnoli's polynomial (iSCSI's), by ISA-L.
enum CRC32C {
  /// The checksum of `bytes`.
  static func checksum(_ bytes: Span<UInt8>) -> UInt32 {
    var crc = UInt32.max
    unsafe bytes.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      var done = 0
      while done < source.count {
        let step = min(source.count - done, 1 << 30)
        // Safe: ISA-L reads `step` bytes, which lie inside `source`, and writes none.
        unsafe crc = crc32_iscsi(UnsafeMutablePointer(mutating: base + done), Int32(step), crc)
        done += step
      }
    }
    return ~crc
  }

  /// The checksum of `bytes` as TFRecord files store it: turned by 15 bits and added to a constant, so
  /// that a checksum over bytes that hold checksums is none of them.
  static func masked(_ bytes: Span<UInt8>) -> UInt32 {
    let crc = checksum(bytes)
    return (crc >> 15 | crc << 17) &+ 0xA282_EAD8
  }
}
