// SPDX-License-Identifier: Apache-2.0

internal import CICU

/// Where U+200C and U+200D are part of the text: between pictographs, and behind the letters and marks of
/// scripts that are written with them.
enum Joiners {
  static func isJoiner(_ point: UInt32) -> Bool { point == 0x200C || point == 0x200D }

  /// Whether the joiner at `index` joins anything; `next` stands behind the items.
  static func joins(_ items: [NormalItem], at index: Int, next: UInt32?) -> Bool {
    guard index > 0 else { return false }
    // ---- Behind a letter; marks that any script has belong to the letter before them ----
    var letter = index - 1
    while letter > 0, !isOfJoiningScript(items[letter].point),
      ICU.combiningClass(items[letter].point) != 0
    { letter -= 1 }
    if isOfJoiningScript(items[letter].point) { return true }
    // ---- Between pictographs ----
    guard isPictograph(items[index - 1].point),
      let follower = index + 1 < items.count ? items[index + 1].point : next
    else { return false }
    return ICU.isPictograph(follower)
  }

  /// A variation selector shows the character before it as a picture.
  private static func isPictograph(_ point: UInt32) -> Bool {
    point == 0xFE0F || ICU.isPictograph(point)
  }

  /// Arabic, Syriac, N'Ko and their like, the scripts of India and South-East Asia, Tibetan, Mongolian:
  /// whole blocks, so that normalisation stays inside.
  static let joiningScripts: [ClosedRange<UInt32>] = [
    0x0600...0x0DFF, 0x0F00...0x109F, 0x1700...0x18AF, 0x1900...0x1AAF, 0x1B00...0x1BFF,
    0x1CD0...0x1CFF, 0xA840...0xA92F, 0xA980...0xA9FF, 0xAA60...0xAA7F, 0xAAE0...0xAAFF,
    0xABC0...0xABFF, 0xFB50...0xFDFF, 0xFE70...0xFEFE, 0x10A00...0x10AFF, 0x10D00...0x10EFF,
    0x10F30...0x10F6F, 0x11000...0x11FFF, 0x1E900...0x1E95F,
  ]

  static func isOfJoiningScript(_ point: UInt32) -> Bool {
    point >= 0x0600 && joiningScripts.contains { $0.contains(point) }
  }
}
