// SPDX-License-Identifier: Apache-2.0

internal import CICU
internal import TextCore

/// The shim's functions with Swift's types.
enum ICU {
  static var unicodeVersion: String { unsafe String(cString: cicu_unicode_version()) }

  /// Appends ICU's NFC of well-formed `text` to `output`.
  static func appendNFC(_ text: Span<UInt8>, to output: inout ByteBuffer) throws(TextError) {
    // Safe: ICU calls the sink before cicu_normalize_nfc returns, while `output` is borrowed.
    let status = unsafe withUnsafeMutablePointer(to: &output) { context in
      unsafe text.withUnsafeBufferPointer { source in
        unsafe cicu_normalize_nfc(
          source.baseAddress, source.count,
          { context, bytes, count in
            guard let context = unsafe context, let bytes = unsafe bytes else { return }
            unsafe context.assumingMemoryBound(to: ByteBuffer.self).pointee.append(
              copying: Span(_unsafeStart: bytes, count: count))
          }, context)
      }
    }
    guard status == 0 else { throw failure(status) }
  }

  /// One bit a code point of the Basic Multilingual Plane, lowest first: whether it is inert.
  static func inertBMP() throws(TextError) -> [UInt8] {
    var bits = [UInt8](repeating: 0, count: 65536 / 8)
    let status = unsafe cicu_nfc_inert_bmp(&bits)
    guard status == 0 else { throw failure(status) }
    return bits
  }

  private static func failure(_ status: Int32) -> TextError {
    TextError(
      .normalizationFailed, "ICU cannot normalise (its error \(status))",
      remedy: "check that the package libicu72 and its data are installed")
  }
}
