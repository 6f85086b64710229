// SPDX-License-Identifier: Apache-2.0

internal import CMalmoi
internal import TextCore
internal import TokenFiles

/// Texts of a caller, checked: what lies between the first offset and the last, and where each ends in it.
@safe
struct GivenTexts: ~Copyable {
  // Invariant: good while the call that was given the pointers lasts.
  private let bytes: UnsafeBufferPointer<UInt8>
  let ends: GrowableBuffer<Int>

  /// - Throws: `invalidArgument` for offsets that are no ascending positions in the bytes.
  init(_ texts: UnsafePointer<malmoi_texts>) throws(TextError) {
    let given = unsafe texts.pointee
    let offsets = try unsafe GivenOffsets(given.offsets, given.offset_bits, given.count)
    let start = unsafe try placed(given.bytes, at: offsets.first, count: offsets.total)
    unsafe bytes = UnsafeBufferPointer(start: start, count: offsets.total)
    ends = offsets.takeEnds()
  }

  var text: Span<UInt8> {
    @_lifetime(borrow self)
    get { unsafe _overrideLifetime(bytes.span, borrowing: self) }
  }
}

/// The bytes of one text of a caller.
func givenBytes(
  _ start: UnsafePointer<UInt8>?, _ count: Int
) throws(TextError) -> UnsafeBufferPointer<UInt8> {
  guard unsafe start != nil || count == 0 else { throw noBytes(count) }
  return unsafe UnsafeBufferPointer(start: start, count: count)
}

/// The lists of ids of a caller, widened.
func givenIDs(_ lists: UnsafePointer<malmoi_id_lists>) throws(TextError) -> SampleBatch {
  let given = unsafe lists.pointee
  let type: TokenType =
    switch unsafe given.id_bits {
    case 16: .uint16
    case 32: .uint32
    case 64: .int64
    default:
      throw TextError(
        .invalidArgument, "ids of \(unsafe given.id_bits) bits",
        remedy: "give ids of 16, 32 or 64 bits")
    }
  let offsets = try unsafe GivenOffsets(given.offsets, given.offset_bits, given.count)
  let values = unsafe given.ids?.assumingMemoryBound(to: UInt8.self)
  let width = type.width
  let start = unsafe try placed(
    values, at: offsets.first * width, count: offsets.total * width)
  let stored = unsafe UnsafeBufferPointer(start: start, count: offsets.total * width)
  var batch = SampleBatch(valueCount: offsets.total, sampleCount: offsets.count)
  guard unsafe batch.values.append(stored: stored.span, as: type) else {
    throw TextError(
      .invalidArgument, "an id that is negative or above 4294967295",
      remedy: "give ids of the tokenizer")
  }
  batch.ends = offsets.takeEnds()
  return batch
}

/// Offsets as Arrow lays them out, checked, as the ends of what lies between them.
private struct GivenOffsets: ~Copyable {
  /// Where the first begins.
  private(set) var first = 0
  private var ends = GrowableBuffer<Int>()

  init(
    _ offsets: UnsafeRawPointer?, _ bits: Int32, _ count: Int64
  ) throws(TextError) {
    guard count >= 0, count < Int64.max / 16 else {
      throw TextError(.invalidArgument, "a count of \(count)", remedy: "give a count of 0 or more")
    }
    if count == 0 { return }
    ends.reserve(Int(count))
    guard let offsets = unsafe offsets else {
      throw TextError(
        .invalidArgument, "\(count) values without offsets", remedy: "give count + 1 offsets")
    }
    switch bits {
    case 32: try unsafe take(offsets, as: Int32.self, Int(count))
    case 64: try unsafe take(offsets, as: Int64.self, Int(count))
    default:
      throw TextError(
        .invalidArgument, "offsets of \(bits) bits", remedy: "give offsets of 32 or 64 bits")
    }
  }

  private mutating func take<Offset: FixedWidthInteger & BitwiseCopyable>(
    _ offsets: UnsafeRawPointer, as type: Offset.Type, _ count: Int
  ) throws(TextError) {
    let width = MemoryLayout<Offset>.size
    first = Int(unsafe offsets.loadUnaligned(as: Offset.self))
    var last = first
    guard first >= 0 else { throw notAscending(0, first, after: 0) }
    for index in 1...count {
      // Safe: the caller gives count + 1 offsets.
      let offset = Int(
        unsafe offsets.loadUnaligned(fromByteOffset: index &* width, as: Offset.self))
      guard offset >= last else { throw notAscending(index, offset, after: last) }
      ends.append(offset - first)
      last = offset
    }
  }

  private func notAscending(_ index: Int, _ offset: Int, after last: Int) -> TextError {
    TextError(
      .invalidArgument, "offset \(index) is \(offset), below \(last)",
      remedy: "give ascending offsets from 0 on")
  }

  var count: Int { ends.count }
  /// What lies between the first and the last.
  var total: Int { ends.isEmpty ? 0 : ends[ends.count - 1] }

  consuming func takeEnds() -> GrowableBuffer<Int> { ends }
}

/// `start` moved by `offset`; nil where nothing lies there.
private func placed(
  _ start: UnsafePointer<UInt8>?, at offset: Int, count: Int
) throws(TextError) -> UnsafePointer<UInt8>? {
  if count == 0 { return nil }
  guard let start = unsafe start else { throw noBytes(count) }
  return unsafe start + offset
}

private func noBytes(_ count: Int) -> TextError {
  TextError(
    .invalidArgument, "\(count) bytes at a null pointer",
    remedy: "give the values beside the offsets")
}
