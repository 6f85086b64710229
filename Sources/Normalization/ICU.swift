// SPDX-License-Identifier: Apache-2.0

internal import CICU
internal import TextCore

/// The shim's functions with Swift's types.
enum ICU {
  static var unicodeVersion: String { unsafe String(cString: cicu_unicode_version()) }

  /// Up to so many bytes ICU orders combining marks in no time, each by a walk to its place.
  private static let orderedByICU = 256

  /// Appends ICU's NFC of well-formed `text` to `output`.
  ///
  /// - Complexity: O(n log n).
  static func appendNFC(_ text: Span<UInt8>, to output: inout ByteBuffer) throws(TextError) {
    if text.count <= orderedByICU {
      try unsafe append(text, to: &output) { unsafe cicu_normalize_nfc($0, $1, $2, $3) }
    } else {
      // Text that is canonically equivalent has the same NFC.
      var ordered = ByteBuffer(capacity: text.count)
      try unsafe append(text, to: &ordered) { unsafe cicu_canonical_order($0, $1, $2, $3) }
      try unsafe append(ordered.span, to: &output) { unsafe cicu_normalize_nfc($0, $1, $2, $3) }
    }
  }

  /// Appends what `function` makes of `text` to `output`.
  private static func append(
    _ text: Span<UInt8>, to output: inout ByteBuffer,
    by function: (UnsafePointer<UInt8>?, Int, cicu_sink?, UnsafeMutableRawPointer?) -> Int32
  ) throws(TextError) {
    // Safe: ICU calls the sink before the function returns, while `output` is borrowed.
    let status = unsafe withUnsafeMutablePointer(to: &output) { context in
      unsafe text.withUnsafeBufferPointer { source in
        unsafe function(
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
