// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A pretoken of up to 15 bytes, its leading space aside, as two words: what the cache compares.
///
/// Korean pretokens are a space and k syllables of 3 bytes: 16 bytes long is the commonest length
/// past 13, so the space is kept as a flag and 97 % of pretokens fit.
struct PretokenKey: Equatable, BitwiseCopyable {
  var low: UInt64
  /// Bytes 8 to 14; the top byte is the length, plus 16 for a leading space: never 0.
  var high: UInt64

  /// The key of no entry, free ones included.
  static let noEntry = PretokenKey(low: 0, high: .max)

  var hash: UInt64 { mixed(low ^ 0xA076_1D64_78BD_642F, high ^ 0xE703_7ED1_A0B4_28DB) }
}

/// A pretoken of 16 to 31 bytes, its leading space aside, as four words.
struct LongPretokenKey: Equatable, BitwiseCopyable {
  var first: UInt64
  var second: UInt64
  var third: UInt64
  /// Bytes 24 to 30; the top byte is the length, plus 128 for a leading space: never 0.
  var fourth: UInt64

  var hash: UInt64 {
    mixed(
      first ^ 0xA076_1D64_78BD_642F ^ mixed(third, fourth ^ 0x8EBC_6AF0_9C88_C6E3),
      second ^ 0xE703_7ED1_A0B4_28DB)
  }
}

/// A pretoken on its way through the cache: what is known of it before its cache line is here.
struct Probe: BitwiseCopyable {
  /// Of a pretoken of 16 bytes or more: ``PretokenKey/noEntry``.
  var key: PretokenKey
  /// Its bucket, or its place among the long pretokens.
  var place: UInt32
}

/// The probes of two batches: one that is looked up, and the one behind it, whose cache lines are on
/// their way.
@safe
struct ProbeRing: ~Copyable, @unchecked Sendable {
  /// Pretokens in a batch: enough to hide the latency of memory, and few enough for two batches to
  /// stay in the nearest cache.
  static let batchSize = 64

  // Invariant: `probes` is owned by this value and has room for two batches, all initialised; an
  // index of any size is taken modulo their number, a power of two.
  private let probes: UnsafeMutablePointer<Probe>

  init() {
    unsafe probes = .allocate(capacity: 2 * Self.batchSize)
    unsafe probes.initialize(
      repeating: Probe(key: .noEntry, place: 0), count: 2 * Self.batchSize)
  }

  deinit { unsafe probes.deallocate() }

  subscript(index: Int) -> Probe {
    @inline(__always) get { unsafe probes[index & (2 * Self.batchSize - 1)] }
    @inline(__always) nonmutating set { unsafe probes[index & (2 * Self.batchSize - 1)] = newValue }
  }
}

/// The bytes of a pretoken without its leading space.
struct KeyBytes {
  var start: Int
  var count: Int
  var hasSpace: Bool

  @inline(__always)
  init(_ text: borrowing ByteBuffer, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= text.count && !range.isEmpty)
    // A lone space keeps its byte: an empty key would be the same as that of a free entry.
    // Safe: the range is inside the text and not empty.
    hasSpace = unsafe text.elements[range.lowerBound] == 0x20 && range.count > 1
    start = range.lowerBound &+ (hasSpace ? 1 : 0)
    count = range.upperBound &- start
  }

  /// The word at `offset` bytes from the start.
  @inline(__always)
  private func word(_ text: borrowing ByteBuffer, _ offset: Int) -> UInt64 {
    // Safe: start <= text.count, and a buffer has 64 readable bytes behind its last one.
    unsafe UnsafeRawPointer(text.elements + start + offset).loadUnaligned(as: UInt64.self)
      .littleEndian
  }

  /// The word at `offset`, without the bytes from `count` on.
  private func lastWord(_ text: borrowing ByteBuffer, _ offset: Int) -> UInt64 {
    let used = count - offset
    let word = word(text, offset)
    if used >= 8 { return word }
    return used <= 0 ? 0 : word & ((1 << UInt64(used * 8)) - 1)
  }

  /// The key of 1 to 15 bytes, without a branch: lengths are anything but predictable.
  @inline(__always)
  func shortKey(_ text: borrowing ByteBuffer) -> PretokenKey {
    let lowBits = UInt64(truncatingIfNeeded: min(count, 8) &* 8)
    let highBits = UInt64(truncatingIfNeeded: max(count &- 8, 0) &* 8)
    let meta = UInt64(truncatingIfNeeded: count | (hasSpace ? 16 : 0))
    return PretokenKey(
      low: word(text, 0) & UInt64.max &>> (64 &- lowBits),
      high: word(text, 8) & (1 &<< highBits &- 1) | meta &<< 56)
  }

  /// The key of 16 to 31 bytes.
  func longKey(_ text: borrowing ByteBuffer) -> LongPretokenKey {
    let meta = UInt64(truncatingIfNeeded: count | (hasSpace ? 128 : 0))
    return LongPretokenKey(
      first: word(text, 0), second: word(text, 8), third: lastWord(text, 16),
      fourth: lastWord(text, 24) | meta << 56)
  }
}
