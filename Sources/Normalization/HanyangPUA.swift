// SPDX-License-Identifier: Apache-2.0

internal import CICU
internal import TextCore

/// Old Hangul as code points of the private use area, as Hanyang's fonts and early versions of Hangul have
/// it: 5,660 syllables and jamo from U+E0BC to U+F8F7.
enum HanyangPUA {
  static let points: ClosedRange<UInt32> = 0xE0BC...0xF8F7

  /// The conjoining jamo that `point` stands for, one to three; none if it stands for nothing.
  static func jamo(of point: UInt32) -> [UInt32] {
    guard points.contains(point) else { return [] }
    let packed = HanyangPUATable.packed[Int(point - points.lowerBound)]
    return [
      jamo(packed >> 16, from: 0x1100, count: 0x60, extended: 0xA960),
      jamo(packed >> 8 & 0xFF, from: 0x1160, count: 0x48, extended: 0xD7B0),
      jamo(packed & 0xFF, from: 0x11A8, count: 0x58, extended: 0xD7CB),
    ].compactMap { $0 }
  }

  /// The jamo at `place`, counted from 1, among `count` from `first` on and those of an extended block.
  private static func jamo(
    _ place: UInt32, from first: UInt32, count: UInt32, extended: UInt32
  ) -> UInt32? {
    if place == 0 { return nil }
    return place <= count ? first + place - 1 : extended + place - 1 - count
  }

  /// Replaces the code points among `items` that stand for jamo by those.
  static func expand(
    _ items: inout [NormalItem], _ window: Window, _ recorder: NormalizationRecorder?
  ) {
    guard items.contains(where: { points.contains($0.point) }) else { return }
    items = items.flatMap { item in
      let jamo = jamo(of: item.point)
      if jamo.isEmpty { return [item] }
      recorder?.fired(.hanyangPUA, window, item.start..<item.end, jamo)
      return jamo.map { NormalItem(point: $0, start: item.start, end: item.end) }
    }
  }
}
