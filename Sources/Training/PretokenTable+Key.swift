// SPDX-License-Identifier: Apache-2.0

internal import TextCore

extension PretokenTable.Key {
  /// The key of `pretoken`.
  init(_ pretoken: Span<UInt8>, source: Int) {
    func word(_ offset: Int) -> UInt64 {
      var word: UInt64 = 0
      for place in offset..<max(min(offset + 8, pretoken.count), offset) {
        word |= UInt64(pretoken[place]) << UInt64((place - offset) * 8)
      }
      return word
    }
    self.init(
      low: word(0), high: word(8), count: pretoken.count, source: source, hash64(pretoken))
  }

  @inline(__always)
  init(
    low: UInt64, high: UInt64, count: Int, source: Int, _ wholeHash: @autoclosure () -> UInt64
  ) {
    let length = UInt32(truncatingIfNeeded: min(count, Int(PretokenTable.longLength)))
    self.low = low
    meta = length | UInt32(truncatingIfNeeded: source) << 8
    if length == PretokenTable.longLength {
      let whole = wholeHash()
      self.high = whole & 0xFFFF
      hash = mixed(whole ^ 0xA076_1D64_78BD_642F, UInt64(meta) ^ 0xE703_7ED1_A0B4_28DB)
    } else {
      self.high = high
      hash = mixed(
        low ^ 0xA076_1D64_78BD_642F ^ UInt64(meta) &* 0x9E37_79B9_7F4A_7C15,
        high ^ 0xE703_7ED1_A0B4_28DB)
    }
  }
}
