// SPDX-License-Identifier: Apache-2.0

internal import CCrypto
internal import CXXHash

/// A running SHA-256, by libcrypto: the identity of inputs and vocabularies in manifests.
///
/// Digests are called by their own names: those by way of EVP look for providers, which a static
/// libcrypto would bring along, with all ciphers.
package struct SHA256: ~Copyable {
  private var context = SHA256_CTX()

  package init() {
    precondition(unsafe SHA256_Init(&context) == 1, "libcrypto has no SHA-256")
  }

  package mutating func update(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { source in
      _ = unsafe SHA256_Update(&context, source.baseAddress, source.count)
    }
  }

  /// The digest as 64 hexadecimal digits; ends the hash.
  package consuming func finish() -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    _ = unsafe SHA256_Final(&digest, &context)
    return hexadecimal(digest)
  }

  /// The digest of `bytes` as 64 hexadecimal digits.
  package static func hash(_ bytes: Span<UInt8>) -> String {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finish()
  }
}

/// The MD5 of `bytes` as 32 hexadecimal digits, by libcrypto: for the names that other tools give to
/// files, never to tell whether bytes are the same.
package func md5(_ bytes: Span<UInt8>) -> String {
  var digest = [UInt8](repeating: 0, count: 16)
  unsafe bytes.withUnsafeBufferPointer { source in
    _ = unsafe MD5(source.baseAddress, source.count, &digest)
  }
  return hexadecimal(digest)
}

extension SHA256 {
  /// The digest of the file at `path` as 64 hexadecimal digits, and its size.
  ///
  /// - Throws: `fileNotFound`, `readFailed`.
  package static func hash(
    fileAt path: String
  ) throws(TextError) -> (digest: String, byteCount: Int) {
    var hash = SHA256()
    var byteCount = 0
    try forEachBlock(ofFile: path) { block in
      hash.update(block)
      byteCount += block.count
    }
    return (hash.finish(), byteCount)
  }
}

/// A running 64-bit XXH3, by libxxhash: the checksum of token files, cheap beside writing them.
@safe
package struct XXH3: ~Copyable, @unchecked Sendable {
  // Invariant: `state` is owned by this value alone and lives until its deinit.
  private let state: OpaquePointer

  package init() {
    guard let state = unsafe XXH3_createState() else { preconditionFailure("no memory for XXH3") }
    _ = unsafe XXH3_64bits_reset(state)
    unsafe self.state = state
  }

  deinit { _ = unsafe XXH3_freeState(state) }

  package mutating func update(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { source in
      _ = unsafe XXH3_64bits_update(state, source.baseAddress, source.count)
    }
  }

  /// The digest so far.
  package var value: UInt64 { unsafe XXH3_64bits_digest(state) }

  /// The digest so far as 16 hexadecimal digits, most significant first.
  package func digest() -> String {
    let value = value
    return hexadecimal((0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) })
  }
}

/// The 128-bit XXH3 of some bytes, by libxxhash: the same in every version and on every machine, so
/// that choices which rest on it are, too.
package struct XXH128: Hashable, Sendable, BitwiseCopyable {
  package var high: UInt64
  package var low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The hash of `bytes` under `seed`.
  package init(_ bytes: Span<UInt8>, seed: UInt64 = 0) {
    let hash = unsafe bytes.withUnsafeBufferPointer { source in
      unsafe XXH3_128bits_withSeed(source.baseAddress, source.count, seed)
    }
    high = hash.high64
    low = hash.low64
  }
}

/// A running XXH64, by libxxhash: the checksum that MDS sets keep of their shards.
@safe
package struct XXH64: ~Copyable, @unchecked Sendable {
  // Invariant: `state` is owned by this value alone and lives until its deinit.
  private let state: OpaquePointer

  package init() {
    guard let state = unsafe XXH64_createState() else { preconditionFailure("no memory for XXH64") }
    _ = unsafe XXH64_reset(state, 0)
    unsafe self.state = state
  }

  deinit { _ = unsafe XXH64_freeState(state) }

  package mutating func update(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { source in
      _ = unsafe XXH64_update(state, source.baseAddress, source.count)
    }
  }

  /// The digest so far as 16 hexadecimal digits, most significant first.
  package func digest() -> String {
    let value = unsafe XXH64_digest(state)
    return hexadecimal((0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) })
  }
}

/// Base64 (RFC 4648) by libcrypto, for the tokens of tiktoken files.
package enum Base64 {
  /// The Base64 text of `bytes`.
  package static func encode(_ bytes: Span<UInt8>) -> [UInt8] {
    var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
    let count = unsafe bytes.withUnsafeBufferPointer { source in
      unsafe EVP_EncodeBlock(&text, source.baseAddress, Int32(source.count))
    }
    text.removeLast(text.count - Int(count))
    return text
  }

  /// The bytes of Base64 `text`, or nil if it is not Base64.
  package static func decode(_ text: Span<UInt8>) -> [UInt8]? {
    guard text.count > 0, text.count % 4 == 0 else { return nil }
    // libcrypto takes padding anywhere, and decodes it to zero bytes.
    let padding = text.indices.first { text[$0] == UInt8(ascii: "=") } ?? text.count
    guard padding >= text.count - 2,
      text[text.count - 1] == UInt8(ascii: "=") || padding == text.count
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: text.count / 4 * 3)
    let count = unsafe text.withUnsafeBufferPointer { source in
      unsafe EVP_DecodeBlock(&bytes, source.baseAddress, Int32(source.count))
    }
    guard count == bytes.count else { return nil }
    bytes.removeLast(text.count - padding)
    return bytes
  }
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef".utf8)
  let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
  return String(decoding: text, as: UTF8.self)
}
