// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Words of the page in both of its languages.
package struct Label: Sendable {
  package var en: String
  package var ko: String

  init(_ en: String, _ ko: String) { (self.en, self.ko) = (en, ko) }

  /// What is the same in both.
  init(_ text: String) { self.init(text, text) }
}

/// A number as it is shown, and as it is.
package struct Figure: Sendable {
  package enum Style: Sendable { case whole, decimal, share }

  package var text: String
  /// In full, for programs and the curious; empty if there is none.
  package var value: String

  package init(_ value: Double?, _ style: Style) {
    guard let value, value.isFinite else {
      (text, self.value) = ("–", "")
      return
    }
    self.value = style == .whole ? String(Int(value)) : "\(value)"
    text =
      switch style {
      case .whole: grouped(Int(value))
      case .decimal: fixed(value, 3)
      case .share: percent(value)
      }
  }

  init(_ count: Int) { self.init(Double(count), .whole) }
}

/// A coordinate: a decimal place is a tenth of a pixel.
func coordinate(_ value: Double) -> String {
  let text = fixed(value, 1)
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

/// `value` short enough for an axis: 1k, 20M; 0.0001 as it is.
package func shortNumber(_ value: Double) -> String {
  guard abs(value) < 1e12 else { return "\(value)" }
  for (unit, name) in [(1e9, "G"), (1e6, "M"), (1e3, "k")] where abs(value) >= unit {
    return plain(value / unit) + name
  }
  return plain(value)
}

/// `value` without zeros behind its last digit, to nine places.
private func plain(_ value: Double) -> String {
  var text = fixed(value, 9)
  while text.hasSuffix("0") { text.removeLast() }
  if text.hasSuffix(".") { text.removeLast() }
  return text
}
