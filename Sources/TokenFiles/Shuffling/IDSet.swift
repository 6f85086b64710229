// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// The identities of documents seen so far, in bounded memory.
///
/// A flat table of 128-bit hashes, 16 bytes a slot, at most seven of eight slots taken: 18 to 37
/// bytes an identity, half as much more for the moment in which it grows. That two of n different
/// ids have one hash is as likely as n² ÷ 2¹²⁹: 10⁻²¹ for a billion.
///
/// Beyond its budget it throws and does not go to disk: whether a document is new must be known
/// before the next one, and a look-up on disk for each would be slower than encoding it. 1 GiB
/// holds 29 million identities.
package struct IDSet: ~Copyable, Sendable {
  private static let firstBits = 10

  private let memoryBytes: Int
  /// Slot i at 2i and 2i + 1; both zero where it is free.
  private var words: PageBuffer<UInt64>
  private var bits: Int
  /// The identities in the set.
  package private(set) var count = 0

  /// A set that takes at most `memoryBytes`, or 16 KiB if that is more.
  package init(memoryBytes: Int) {
    self.memoryBytes = memoryBytes
    bits = Self.firstBits
    words = PageBuffer()
    words.append(zeros: 2 << bits)
  }

  /// How many identities `memoryBytes` are enough for.
  package static func capacity(memoryBytes: Int) -> Int {
    var bits = firstBits
    while bytesToGrow(to: bits + 1) <= memoryBytes { bits += 1 }
    return (7 << bits) / 8
  }

  /// Both tables are there while one grows.
  private static func bytesToGrow(to bits: Int) -> Int { (16 << bits) + (16 << (bits - 1)) }

  /// Adds `identity`; returns whether it is new.
  ///
  /// - Throws: `invalidArgument` if the set would exceed its memory.
  /// - Complexity: O(1): a cache miss.
  package mutating func insert(_ identity: DocumentIdentity) throws(TextError) -> Bool {
    let hash = Self.stored(identity.hash)
    if Self.place(hash, words.span, bits) == nil { return false }
    if count >= (7 << bits) / 8 { try grow() }
    guard let place = Self.place(hash, words.span, bits) else { return false }
    words[2 * place] = hash.high
    words[2 * place + 1] = hash.low
    count += 1
    return true
  }

  /// Zero marks a free slot.
  private static func stored(_ hash: XXH128) -> XXH128 {
    hash.high | hash.low == 0 ? XXH128(high: 0, low: 1) : hash
  }

  /// The free slot for `hash`, nil if it is there already.
  ///
  /// A slot in eight is free, so one is found.
  private static func place(_ hash: XXH128, _ words: Span<UInt64>, _ bits: Int) -> Int? {
    var slot = Int(hash.high >> UInt64(64 - bits))
    while true {
      let high = words[2 * slot]
      let low = words[2 * slot + 1]
      if high | low == 0 { return slot }
      if high == hash.high && low == hash.low { return nil }
      slot = (slot + 1) & (1 << bits - 1)
    }
  }

  private mutating func grow() throws(TextError) {
    guard Self.bytesToGrow(to: bits + 1) <= memoryBytes else {
      throw TextError(
        .invalidArgument,
        "more than \(count) different ids, which is what \(memoryBytes >> 20) MiB hold",
        remedy: "allow more memory, or deduplicate parts of the corpus by themselves")
    }
    var grown = PageBuffer<UInt64>()
    grown.append(zeros: 4 << bits)
    for slot in 0..<1 << bits {
      let hash = XXH128(high: words[2 * slot], low: words[2 * slot + 1])
      if hash.high | hash.low == 0 { continue }
      guard let place = Self.place(hash, grown.span, bits + 1) else { continue }
      grown[2 * place] = hash.high
      grown[2 * place + 1] = hash.low
    }
    words = grown
    bits += 1
  }
}
