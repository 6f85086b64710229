// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A pretoken of 32 to 128 bytes and its ids: what it is, its bytes, then up to 30 ids.
///
/// A run of dashes under a heading, an indented line, a compound of twenty syllables: one pretoken in a
/// thousand, but of code three of four have come before, of Korean one.
struct PhraseEntry: BitwiseCopyable {
  /// 0 if the entry is free.
  var idCount: UInt32
  var byteCount: UInt32

  static let lines = 4
  static let byteCounts = 32...128
  static let maximumIDs = 30
  /// Where the bytes and the ids begin.
  static let bytesOffset = 8
  static let idsOffset = bytesOffset + byteCounts.upperBound
}

extension PretokenCache {
  /// Appends the ids of `pretoken` to `ids`; false if they are not here.
  func appendPhrase(_ pretoken: Span<UInt8>, to ids: inout TokenBuffer) -> Bool {
    guard let entry = unsafe phraseEntry(pretoken) else { return false }
    let head = unsafe entry.load(as: PhraseEntry.self)
    guard head.idCount > 0, Int(head.byteCount) == pretoken.count else { return false }
    // Safe: as many bytes and ids were put there, and nothing is put while they are read.
    let bytes = unsafe Span<UInt8>(
      _unsafeStart: (entry + PhraseEntry.bytesOffset).assumingMemoryBound(to: UInt8.self),
      count: pretoken.count)
    guard bytes.elementsEqual(pretoken) else { return false }
    let kept = unsafe Span<TokenID>(
      _unsafeStart: (entry + PhraseEntry.idsOffset).assumingMemoryBound(to: TokenID.self),
      count: Int(head.idCount))
    ids.append(copying: kept)
    return true
  }

  /// Keeps the `ids` of `pretoken`, if it is of a length that has entries and they are few enough.
  mutating func keepPhrase(_ pretoken: Span<UInt8>, _ ids: Span<TokenID>) {
    guard 1...PhraseEntry.maximumIDs ~= ids.count, let entry = unsafe phraseEntry(pretoken) else {
      return
    }
    // Safe: an entry has room for as many bytes and ids.
    unsafe entry.storeBytes(
      of: PhraseEntry(idCount: UInt32(ids.count), byteCount: UInt32(pretoken.count)),
      as: PhraseEntry.self)
    unsafe pretoken.withUnsafeBytes { unsafe put($0, at: entry + PhraseEntry.bytesOffset) }
    unsafe ids.withUnsafeBytes { unsafe put($0, at: entry + PhraseEntry.idsOffset) }
  }

  @unsafe
  private func put(_ bytes: UnsafeRawBufferPointer, at place: UnsafeMutableRawPointer) {
    unsafe UnsafeMutableRawBufferPointer(start: place, count: bytes.count).copyMemory(from: bytes)
  }

  /// The entry for `pretoken`, which may hold another; nil of lengths that have none.
  @unsafe
  private func phraseEntry(_ pretoken: Span<UInt8>) -> UnsafeMutableRawPointer? {
    guard PhraseEntry.byteCounts ~= pretoken.count else { return nil }
    // None in a cache without room for any.
    let (entry, _) = UInt64(phraseCount).multipliedFullWidth(by: hash64(pretoken))
    guard entry < phraseCount else { return nil }
    let line = Int(shortCount + middleCount + longCount) + Int(entry) * PhraseEntry.lines
    return unsafe memory + line * Self.lineBytes
  }
}
