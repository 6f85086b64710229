// SPDX-License-Identifier: Apache-2.0

internal import CICU
internal import TextCore

/// The rules about single code points and their neighbours, one after the other over a window.
///
/// Each leaves text that the ones before it do not change again, so that normalising twice changes
/// nothing: what one removes is no neighbour that an earlier one has gone by, but for code points that
/// are removed themselves.
enum WindowRules {
  static func apply(
    _ rules: NormalizationRules, to items: inout [NormalItem], _ window: Window,
    _ recorder: NormalizationRecorder?
  ) {
    mapCodePoints(rules, &items, window, recorder)
    if rules.contains(.hanyangPUA) { HanyangPUA.expand(&items, window, recorder) }
    if rules.contains(.fillers) {
      remove(.fillers, from: &items, window, recorder) { items, index in
        items[index].point == Jamo.leadingFiller
          && !startsSyllable(items, after: index, window.next)
      }
      remove(.fillers, from: &items, window, recorder) { items, index in
        guard items[index].point == Jamo.vowelFiller else { return false }
        let before = index > 0 ? items[index - 1].point : 0
        return !(Jamo.isLeading(before) || before == Jamo.leadingFiller)
      }
    }
    if rules.contains(.zeroWidth) {
      remove(.zeroWidth, from: &items, window, recorder) { items, index in
        Joiners.isJoiner(items[index].point)
          && !Joiners.joins(items, at: index, next: window.next)
      }
    }
  }

  /// Whether any of `rules` may change or remove `point`.
  static func isTarget(_ point: UInt32, _ rules: NormalizationRules) -> Bool {
    if let (rule, _) = mapping(of: point) { return rules.contains(rule) }
    switch point {
    case 0x0D: return rules.contains(.newlines)
    case Jamo.leadingFiller, Jamo.vowelFiller: return rules.contains(.fillers)
    case _ where Joiners.isJoiner(point): return rules.contains(.zeroWidth)
    case HanyangPUA.points: return rules.contains(.hanyangPUA)
    default: return false
    }
  }

  // MARK: One code point

  /// The rule that changes `point` wherever it stands, and what it becomes; nil where it is removed.
  static func mapping(
    of point: UInt32
  ) -> (rule: NormalizationRules, result: UInt32?)? {
    switch point {
    case 0x0B, 0x0C, 0x85, 0x2028, 0x2029: (.newlines, 0x0A)
    case 0x00...0x08, 0x0E...0x1F, 0x7F...0x9F: (.controls, nil)
    case 0xA0, 0x1680, 0x2000...0x200A, 0x202F, 0x205F, 0x3000: (.spaces, 0x20)
    case 0xAD, 0x200B, 0x2060, 0xFEFF: (.zeroWidth, nil)
    case 0x3164, 0xFFA0: (.fillers, nil)
    case 0xFF01...0xFF5E: (.fullwidthASCII, point - 0xFF01 + 0x21)
    case 0xFFA1...0xFFBE: (.halfwidthJamo, point - 0xFFA1 + 0x3131)
    // Vowels stand in groups of six.
    case 0xFFC2...0xFFC7: (.halfwidthJamo, point - 0xFFC2 + 0x314F)
    case 0xFFCA...0xFFCF: (.halfwidthJamo, point - 0xFFCA + 0x3155)
    case 0xFFD2...0xFFD7: (.halfwidthJamo, point - 0xFFD2 + 0x315B)
    case 0xFFDA...0xFFDC: (.halfwidthJamo, point - 0xFFDA + 0x3161)
    case 0xF900...0xFAFF, 0x2F800...0x2FA1F:
      ICU.canonicalIdeograph(point).map { (.compatibilityIdeographs, $0) }
    default: nil
    }
  }

  /// All code points that `mapping` knows, and more, in ascending order.
  static var mappedPoints: some Sequence<UInt32> {
    [UInt32(0)..<0x1_0000, 0x2F800..<0x2FA20].joined()
  }

  private static func mapCodePoints(
    _ rules: NormalizationRules, _ items: inout [NormalItem], _ window: Window,
    _ recorder: NormalizationRecorder?
  ) {
    var kept = 0
    for index in items.indices {
      var item = items[index]
      if let (rule, result) = change(of: items, index, window.next), rules.contains(rule) {
        recorder?.fired(rule, window, item.start..<item.end, result.map { [$0] } ?? [])
        guard let result else { continue }
        item.point = result
      }
      items[kept] = item
      kept += 1
    }
    items.removeLast(items.count - kept)
  }

  /// What `mapping` says, and of CR too, which is a line end of its own only where no LF follows.
  private static func change(
    of items: [NormalItem], _ index: Int, _ next: UInt32?
  ) -> (rule: NormalizationRules, result: UInt32?)? {
    guard items[index].point == 0x0D else { return mapping(of: items[index].point) }
    let follower = index + 1 < items.count ? items[index + 1].point : next
    return (.newlines, follower == 0x0A ? nil : 0x0A)
  }

  // MARK: Neighbours

  /// Removes the items that `isNeedless`, each judged among those before and behind it as they were.
  private static func remove(
    _ rule: NormalizationRules, from items: inout [NormalItem], _ window: Window,
    _ recorder: NormalizationRecorder?, where isNeedless: ([NormalItem], Int) -> Bool
  ) {
    let needless = items.indices.filter { isNeedless(items, $0) }
    guard let first = needless.first else { return }
    for index in needless {
      recorder?.fired(rule, window, items[index].start..<items[index].end, [])
    }
    // ---- The others move up ----
    var kept = first
    var next = 0
    for index in first..<items.count {
      if next < needless.count, needless[next] == index {
        next += 1
        continue
      }
      items[kept] = items[index]
      kept += 1
    }
    items.removeLast(items.count - kept)
  }

  /// Whether a leading filler has a vowel behind it, or a vowel filler with a trailing consonant.
  private static func startsSyllable(
    _ items: [NormalItem], after index: Int, _ next: UInt32?
  ) -> Bool {
    func point(_ place: Int) -> UInt32 {
      place < items.count ? items[place].point : place == items.count ? next ?? 0 : 0
    }
    let behind = point(index + 1)
    return Jamo.isVowel(behind)
      || behind == Jamo.vowelFiller && Jamo.isTrailing(point(index + 2))
  }
}

/// The conjoining jamo: modern ones, old ones and the two fillers, which are none of the three kinds.
enum Jamo {
  static let leadingFiller: UInt32 = 0x115F
  static let vowelFiller: UInt32 = 0x1160

  static func isLeading(_ point: UInt32) -> Bool {
    0x1100..<0x115F ~= point || 0xA960...0xA97C ~= point
  }

  static func isVowel(_ point: UInt32) -> Bool {
    0x1161..<0x11A8 ~= point || 0xD7B0...0xD7C6 ~= point
  }

  static func isTrailing(_ point: UInt32) -> Bool {
    0x11A8..<0x1200 ~= point || 0xD7CB...0xD7FB ~= point
  }
}
