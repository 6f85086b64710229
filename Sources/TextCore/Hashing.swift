// SPDX-License-Identifier: Apache-2.0

/// A 64-bit hash of `bytes` for tables in memory; not stable between versions, never written out.
///
/// Two overlapping loads cover up to 16 bytes, which is 97 % of Korean pretokens; longer ones are
/// folded 16 bytes at a time. A 64 × 64 → 128 bit multiplication mixes.
@inlinable
public func hash64(_ bytes: Span<UInt8>) -> UInt64 {
  let raw = unsafe bytes.bytes
  let count = bytes.count
  var low: UInt64
  var high: UInt64
  var seed = UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15
  // Safe: each load below starts at 0 or at least 4, 8 or 16 bytes before the end.
  if count >= 8 {
    var offset = 0
    while count - offset > 16 {
      low = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
      high = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: offset + 8, as: UInt64.self)
      seed = mixed(low ^ seed, high ^ 0xE703_7ED1_A0B4_28DB)
      offset += 16
    }
    let lowOffset = min(offset, count - 8)
    low = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: lowOffset, as: UInt64.self)
    high = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: count - 8, as: UInt64.self)
  } else if count >= 4 {
    low = UInt64(unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: 0, as: UInt32.self))
    high = UInt64(
      unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: count - 4, as: UInt32.self))
  } else {
    low = 0
    for index in 0..<count { low = low << 8 | UInt64(bytes[index]) }
    high = 0
  }
  return mixed(low ^ seed ^ 0xA076_1D64_78BD_642F, high ^ 0x8EBC_6AF0_9C88_C6E3)
}

/// The two halves of the full product of `left` and `right`, folded into one.
@inlinable
public func mixed(_ left: UInt64, _ right: UInt64) -> UInt64 {
  let product = left.multipliedFullWidth(by: right)
  return product.high ^ product.low
}

/// The finaliser of SplitMix64 (Steele and others 2014): a bijection under which every bit of the
/// result depends on every bit of `value`.
///
/// Orders and choices that stand in files and manifests rest on it, so it never changes.
package func finalised(_ value: UInt64) -> UInt64 {
  var value = value
  value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
  value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
  return value ^ value >> 31
}
