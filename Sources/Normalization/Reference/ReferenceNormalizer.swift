// SPDX-License-Identifier: Apache-2.0

internal import CICU
package import TextCore

/// The slow obvious twin of the normaliser: no scan and no windows, every rule over the whole text.
package enum ReferenceNormalizer {
  /// A code point of the normal text and the bytes it comes from.
  package struct Character: Hashable, Sendable {
    package var point: UInt32
    package var source: Range<Int>
  }

  /// The normal form of well-formed `text`.
  package static func normalize(
    _ text: [UInt8], by normalizer: Normalizer
  ) throws(TextError) -> [Character] {
    let rules = normalizer.rules
    let window = Window(text.span, 0..<text.count)
    var items = window.items
    if rules.contains(.nmtNFKC) { items = NMTNFKC.shared.apply(to: items, window, nil) }
    WindowRules.apply(rules, to: &items, window, nil)
    if let form = normalizer.plan.form {
      items = try ICU.clusters(form, items).flatMap(\.made)
    }
    if rules.contains(.capRepeats) { items = capped(items, normalizer.maximumRepeats) }
    return items.map { Character(point: $0.point, source: Int($0.start)..<Int($0.end)) }
  }

  private static func capped(_ items: [NormalItem], _ maximum: Int) -> [NormalItem] {
    var kept: [NormalItem] = []
    var run = 0
    var last: UInt32?
    for item in items {
      run = item.point == last ? run + 1 : 1
      last = item.point
      if run <= maximum || !isCappable(item.point) { kept.append(item) }
    }
    return kept
  }
}
