// SPDX-License-Identifier: Apache-2.0

internal import CArchive
internal import TextCore

/// A running decompression of gzip, bzip2, xz or lz4 streams, by their libraries.
@safe
struct LibraryDecoder: ~Copyable, @unchecked Sendable {
  // Invariant: `decoder` is owned by this value alone and lives until its deinit.
  private let decoder: OpaquePointer

  init(_ codec: ca_codec) {
    guard let decoder = unsafe ca_decoder_new(codec) else {
      preconditionFailure("no memory for a decompressor")
    }
    unsafe self.decoder = decoder
  }

  deinit { unsafe ca_decoder_free(decoder) }

  /// Whether the input so far ends where a stream ends.
  var isBetweenStreams: Bool { unsafe ca_decoder_is_between_streams(decoder) }

  /// Decompresses `input` from `offset` on, up to `room` bytes behind `output`; what stands before
  /// damage is in `output`.
  mutating func step(
    _ input: borrowing ByteBuffer, from offset: Int, upTo room: Int,
    into output: inout ByteBuffer
  ) -> DecoderStep {
    var consumed = 0
    var message: UnsafePointer<CChar>?
    // Safe: the input lies inside its buffer, the output inside the room that was made for it.
    unsafe output.append(room: room) { spare in
      var written = 0
      unsafe message = ca_decode(
        decoder, input.elements + offset, input.count - offset, &consumed, spare, room, &written)
      return written
    }
    if let message = unsafe message {
      return .damaged(consumed, unsafe String(cString: message))
    }
    return .consumed(consumed)
  }
}

/// One step of decompression.
enum DecoderStep {
  /// The bytes taken from the input; 0 if more input is needed or output had no room.
  case consumed(Int)
  /// The bytes taken before the damage, and what it is.
  case damaged(Int, String)
  /// A frame asks for a larger window than is allowed.
  case windowTooLarge
}

/// A running decompression of any codec.
struct StreamDecoder: ~Copyable, Sendable {
  let codec: Codec
  private var zstd: ZstdDecoder?
  private var library: LibraryDecoder?

  /// A decompression of `codec`, through windows of up to `windowBytes` where frames ask for them.
  init(_ codec: Codec, windowBytes: Int) {
    self.codec = codec
    switch codec {
    case .zstd: zstd = ZstdDecoder(windowBytes: windowBytes)
    case .gzip: library = LibraryDecoder(CA_GZIP)
    case .bzip2: library = LibraryDecoder(CA_BZIP2)
    case .xz: library = LibraryDecoder(CA_XZ)
    case .lz4: library = LibraryDecoder(CA_LZ4)
    }
  }

  /// Whether the input so far ends where a stream ends.
  private(set) var isBetweenStreams = true

  /// Decompresses a piece of `input` from `offset` on, up to `room` bytes behind `output`.
  mutating func step(
    _ input: borrowing ByteBuffer, from offset: Int, upTo room: Int,
    into output: inout ByteBuffer
  ) -> DecoderStep {
    if let step = zstd?.step(input, from: offset, upTo: room, into: &output) {
      isBetweenStreams = zstd?.isBetweenFrames == true
      return step
    }
    if let step = library?.step(input, from: offset, upTo: room, into: &output) {
      isBetweenStreams = library?.isBetweenStreams == true
      return step
    }
    preconditionFailure("a decoder has a codec")
  }
}
