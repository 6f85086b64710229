// SPDX-License-Identifier: Apache-2.0

internal import CICU
internal import Glibc
package import TextCore

/// A charset of ASCII and pairs of bytes: a table that a library filled once, so that decoding is a
/// look-up and bad bytes are known exactly.
package struct DoubleByteCharset: Sendable {
  /// The UTF-16 code unit of each pair at its big-endian value, 0 where a pair is no character.
  private let units: [UInt16]

  /// The longest UTF-8 of a pair.
  static let maximumUTF8Bytes = 3

  /// CP949 (UHC), of which EUC-KR is a part.
  ///
  /// ICU calls it windows-949; its cp949 is another one, which
  /// lacks 6,219 syllables.
  package static let cp949 = DoubleByteCharset(icuName: "windows-949")

  /// Johab (KS X 1001 annex 3), the charset of Korean DOS, by the C library: ICU has none.
  ///
  /// The C library does not read final consonants that stand alone, where initial ones do too.
  package static let johab = DoubleByteCharset(iconvName: "JOHAB").adding(loneFinals)

  /// Bits of a Johab syllable: 1, five for the initial, five for the vowel, five for the final; 0x8441
  /// has a filler for each of the three.
  private static let loneFinals: [(pair: Int, unit: UInt16)] = {
    let letters = "\u{3000}ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁ\u{3000}ㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
    return letters.utf16.enumerated().filter { $0.offset != 0x52 - 0x41 }
      .map { (pair: 0x8441 + $0.offset, unit: $0.element) }
  }()

  private init(icuName: String) {
    var units = [UInt16](repeating: 0, count: 1 << 16)
    // Safe: the array has the 65,536 elements that are filled.
    let status = unsafe cicu_double_byte_units(icuName, &units)
    precondition(status == 0, "ICU has no \(icuName): check that libicu72 is whole")
    self.units = units
  }

  private init(iconvName: String) {
    var units = [UInt16](repeating: 0, count: 1 << 16)
    let converter = unsafe iconv_open("UTF-16LE", iconvName)
    precondition(unsafe converter != iconv_t(bitPattern: -1), "the C library has no \(iconvName)")
    for pair in 0x8000..<0x1_0000 {
      var bytes = [CChar(truncatingIfNeeded: pair >> 8), CChar(truncatingIfNeeded: pair)]
      var unit = [CChar](repeating: 0, count: 4)
      units[pair] = unsafe bytes.withUnsafeMutableBufferPointer { source in
        unsafe unit.withUnsafeMutableBufferPointer { target in
          var input = source.baseAddress, inputLeft = 2
          var output = target.baseAddress, outputLeft = 4
          // Safe: both counts are those of the buffers.
          let status = unsafe iconv(converter, &input, &inputLeft, &output, &outputLeft)
          guard status == 0, inputLeft == 0, outputLeft == 2 else { return 0 }
          return unsafe UInt16(UInt8(bitPattern: target[0]))
            | UInt16(UInt8(bitPattern: target[1])) << 8
        }
      }
      _ = unsafe iconv(converter, nil, nil, nil, nil)
    }
    unsafe iconv_close(converter)
    self.units = units
  }

  /// This charset and what `pairs` adds to it.
  private func adding(_ pairs: [(pair: Int, unit: UInt16)]) -> DoubleByteCharset {
    var units = units
    for (pair, unit) in pairs where units[pair] == 0 { units[pair] = unit }
    return DoubleByteCharset(units: units)
  }

  private init(units: [UInt16]) { self.units = units }

  /// The UTF-16 code unit of a pair, 0 if it is no character.
  @inline(__always)
  func unit(_ lead: UInt8, _ trail: UInt8) -> UInt16 { units[Int(lead) << 8 | Int(trail)] }

  /// Appends the UTF-8 of `bytes` to `output`, ``undecodable`` for each byte that is none of the
  /// charset; returns how many those are.
  @discardableResult
  package func appendUTF8(_ bytes: Span<UInt8>, to output: inout ByteBuffer) -> Int {
    // Three bytes for two are the most; a bad byte is one for one.
    output.reserve(bytes.count / 2 * Self.maximumUTF8Bytes + 1)
    let table = units.span
    var bad = 0
    var offset = 0
    while offset < bytes.count {
      let byte = bytes[offset]
      offset += 1
      if byte < 0x80 {
        output.append(byte)
        continue
      }
      if offset < bytes.count {
        let unit = table[Int(byte) << 8 | Int(bytes[offset])]
        if unit != 0 {
          offset += 1
          appendUTF8Unit(unit, to: &output)
          continue
        }
      }
      output.append(undecodable)
      bad += 1
    }
    return bad
  }
}

/// What stands in UTF-8 for a byte that could not be decoded: it is ill-formed everywhere, so what
/// handles ill-formed bytes handles it.
let undecodable: UInt8 = 0xFF

/// Appends the UTF-8 of a UTF-16 code unit that is no surrogate.
@inline(__always)
func appendUTF8Unit(_ unit: UInt16, to output: inout ByteBuffer) {
  if unit >= 0x800 {
    output.append(UInt8(truncatingIfNeeded: 0xE0 | unit >> 12))
    output.append(UInt8(truncatingIfNeeded: 0x80 | unit >> 6 & 0x3F))
    output.append(UInt8(truncatingIfNeeded: 0x80 | unit & 0x3F))
  } else if unit >= 0x80 {
    output.append(UInt8(truncatingIfNeeded: 0xC0 | unit >> 6))
    output.append(UInt8(truncatingIfNeeded: 0x80 | unit & 0x3F))
  } else {
    output.append(UInt8(truncatingIfNeeded: unit))
  }
}
