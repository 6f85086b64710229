// SPDX-License-Identifier: Apache-2.0

internal import CICU
internal import TextCore

/// A code point in a window, and the bytes it was made of, from the window's first on.
typealias NormalItem = cicu_item

/// The shim's functions with Swift's types.
enum ICU {
  /// A form of normalisation.
  enum Form: Sendable {
    case nfc
    case nfkc

    fileprivate var raw: cicu_form { self == .nfc ? cicu_nfc : cicu_nfkc }
  }

  static var unicodeVersion: String { unsafe String(cString: cicu_unicode_version()) }

  /// Up to so many bytes ICU orders combining marks in no time, each by a walk to its place.
  private static let orderedByICU = 256

  /// Appends ICU's normal form of well-formed `text` to `output`.
  ///
  /// - Complexity: O(n log n).
  static func append(
    _ form: Form, _ text: Span<UInt8>, to output: inout ByteBuffer
  ) throws(TextError) {
    let form = form.raw
    if text.count <= orderedByICU {
      try unsafe append(text, to: &output) { unsafe cicu_normalize(form, $0, $1, $2, $3) }
    } else {
      // Text that is canonically equivalent has the same normal forms.
      var ordered = ByteBuffer(capacity: text.count)
      try unsafe append(text, to: &ordered) { unsafe cicu_canonical_order($0, $1, $2, $3) }
      try unsafe append(ordered.span, to: &output) { unsafe cicu_normalize(form, $0, $1, $2, $3) }
    }
  }

  /// Appends well-formed `text` in NFD to `output`.
  ///
  /// - Complexity: O(n log n).
  static func appendDecomposed(
    _ text: Span<UInt8>, to output: inout ByteBuffer
  ) throws(TextError) {
    try unsafe append(text, to: &output) { unsafe cicu_canonical_order($0, $1, $2, $3) }
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

  /// What became of the items of one cluster.
  struct Cluster {
    var items: Range<Int>
    var made: [NormalItem]
    var isChanged: Bool
  }

  /// Normalises `items`, cluster by cluster.
  ///
  /// - Complexity: O(n log n).
  static func clusters(
    _ form: Form, _ items: [NormalItem]
  ) throws(TextError) -> [Cluster] {
    var clusters: [Cluster] = []
    // Safe: the sink is called before the function returns, while `clusters` is borrowed.
    let status = unsafe withUnsafeMutablePointer(to: &clusters) { context in
      unsafe items.withUnsafeBufferPointer { source in
        unsafe cicu_normalize_items(
          form.raw, source.baseAddress, source.count,
          { context, first, length, made, count, isChanged in
            guard let context = unsafe context else { return }
            unsafe context.assumingMemoryBound(to: [Cluster].self).pointee.append(
              Cluster(
                items: first..<first + length,
                made: Array(UnsafeBufferPointer(start: made, count: count)),
                isChanged: isChanged != 0))
          }, context)
      }
    }
    guard status == 0 else { throw failure(status) }
    return clusters
  }

  /// One bit a code point of the Basic Multilingual Plane, lowest first: whether it is inert.
  static func inertBMP(_ form: Form) throws(TextError) -> [UInt8] {
    var bits = [UInt8](repeating: 0, count: 65536 / 8)
    let status = unsafe cicu_inert_bmp(form.raw, &bits)
    guard status == 0 else { throw failure(status) }
    return bits
  }

  static func combiningClass(_ point: UInt32) -> UInt8 { cicu_combining_class(point) }

  /// Whether `point` is a pictograph that NFKC leaves as it is.
  static func isPictograph(_ point: UInt32) -> Bool { cicu_is_pictograph(point) != 0 }

  /// What the compatibility ideograph `point` decomposes to; nil if it is none.
  static func canonicalIdeograph(_ point: UInt32) -> UInt32? {
    let canonical = cicu_canonical_singleton(point)
    return canonical == point ? nil : canonical
  }

  private static func failure(_ status: Int32) -> TextError {
    TextError(
      .normalizationFailed, "ICU cannot normalise (its error \(status))",
      remedy: "check that the package libicu72 and its data are installed")
  }
}
