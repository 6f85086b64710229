// SPDX-License-Identifier: Apache-2.0

// Each function is documented where it is declared, in malmoi.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CMalmoi
internal import Pipeline
internal import TextCore
internal import TokenFiles

// What functions give: objects that own their memory and are never changed once they are given, so that
// any number of threads may read them.

/// Lists of ids.
final class MadeIDs {
  private let encoded: EncodeTexts.Encoded
  private let offsets: GrowableBuffer<Int64>

  init(_ encoded: consuming EncodeTexts.Encoded) {
    offsets = makeOffsets(encoded.ends)
    self.encoded = encoded
  }

  func fill(_ view: UnsafeMutablePointer<malmoi_ids_view>) {
    unsafe view.pointee = malmoi_ids_view(
      ids: encoded.ids.address, id_bits: Int32(encoded.ids.type.width * 8),
      offsets: offsets.elements,
      count: Int64(offsets.count - 1))
  }
}

/// Texts.
final class MadeBytes {
  private let bytes: ByteBuffer
  private let offsets: GrowableBuffer<Int64>

  init(_ bytes: consuming ByteBuffer, ends: borrowing GrowableBuffer<Int>) {
    self.bytes = bytes
    offsets = makeOffsets(ends)
  }

  func fill(_ view: UnsafeMutablePointer<malmoi_bytes_view>) {
    unsafe view.pointee = malmoi_bytes_view(
      bytes: bytes.elements, offsets: offsets.elements, count: Int64(offsets.count - 1))
  }
}

/// 0, and where each of some values ends.
func makeOffsets(_ ends: borrowing GrowableBuffer<Int>) -> GrowableBuffer<Int64> {
  var offsets = GrowableBuffer<Int64>(capacity: ends.count + 1)
  offsets.append(0)
  for index in 0..<ends.count { offsets.append(Int64(ends[index])) }
  return offsets
}

@c @implementation
public func malmoi_ids_get(_ ids: OpaquePointer, _ view: UnsafeMutablePointer<malmoi_ids_view>) {
  unsafe Handle<MadeIDs>.object(ids).fill(view)
}

@c @implementation
public func malmoi_ids_free(_ ids: OpaquePointer?) { unsafe Handle<MadeIDs>.free(ids) }

@c @implementation
public func malmoi_bytes_get(
  _ bytes: OpaquePointer, _ view: UnsafeMutablePointer<malmoi_bytes_view>
) { unsafe Handle<MadeBytes>.object(bytes).fill(view) }

@c @implementation
public func malmoi_bytes_free(_ bytes: OpaquePointer?) { unsafe Handle<MadeBytes>.free(bytes) }
