// SPDX-License-Identifier: Apache-2.0

// Each function is documented where it is declared, in malmoi.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CMalmoi
internal import Normalization
internal import TextCore

/// A normalizer behind a handle.
final class NamedNormalizer {
  let normalizer: Normalizer

  init(_ normalizer: Normalizer) { self.normalizer = normalizer }
}

@c @implementation
public func malmoi_normalizer_create(
  _ name: UnsafePointer<CChar>, _ result: UnsafeMutablePointer<OpaquePointer?>
) -> malmoi_status {
  status { () throws(TextError) in
    let found = try normalizer(named: unsafe text(name))
    unsafe result.pointee = Handle.make(NamedNormalizer(found))
  }
}

@c @implementation
public func malmoi_normalizer_free(_ normalizer: OpaquePointer?) {
  unsafe Handle<NamedNormalizer>.free(normalizer)
}

@c @implementation
public func malmoi_normalize(
  _ normalizer: OpaquePointer, _ texts: UnsafePointer<malmoi_texts>,
  _ bytes: UnsafeMutablePointer<OpaquePointer?>
) -> malmoi_status {
  status { () throws(TextError) in
    let normalizer = unsafe Handle<NamedNormalizer>.object(normalizer).normalizer
    let given = unsafe try GivenTexts(texts)
    let text = given.text
    var normal = ByteBuffer(capacity: text.count)
    var ends = GrowableBuffer<Int>(capacity: given.ends.count)
    var start = 0
    for index in 0..<given.ends.count {
      try normalizer.append(text.extracting(start..<given.ends[index]), to: &normal)
      start = given.ends[index]
      ends.append(normal.count)
    }
    unsafe bytes.pointee = Handle.make(MadeBytes(normal, ends: ends))
  }
}
