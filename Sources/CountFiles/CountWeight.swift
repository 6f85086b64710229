// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// A factor for the counts of a source: a decimal such as 2.5, or a fraction such as 1/3.
///
/// A count times a weight is computed exactly and rounded to the nearest integer, halves up; counts of
/// several files are added before, counts of several sources after it.
package struct CountWeight: Sendable, Equatable {
  /// As it was written.
  package let text: String
  private let numerator: UInt64
  private let denominator: UInt64

  /// The weight that `text` spells, nil if it is none: nine digits before and nine behind the point or
  /// stroke at most.
  package init?(_ text: String) {
    self.text = text
    func digits(_ part: Substring) -> UInt64? {
      guard part.utf8.count <= 9, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
        return nil
      }
      return part.isEmpty ? 0 : UInt64(part)
    }
    for separator: Character in ["/", "."] {
      guard let mark = text.firstIndex(of: separator) else { continue }
      let behind = text[text.index(after: mark)...]
      guard mark > text.startIndex, !behind.isEmpty, let first = digits(text[..<mark]),
        let second = digits(behind)
      else { return nil }
      if separator == "/" {
        guard second > 0 else { return nil }
        (numerator, denominator) = (first, second)
      } else {
        let scale = (0..<behind.utf8.count).reduce(UInt64(1)) { scale, _ in scale * 10 }
        (numerator, denominator) = (first * scale + second, scale)
      }
      return
    }
    guard !text.isEmpty, let whole = digits(text[...]) else { return nil }
    (numerator, denominator) = (whole, 1)
  }

  /// `count` times the weight, rounded; nil above 2⁶³ - 1.
  package func applied(to count: Int64) -> Int64? {
    // 2 · count · numerator + denominator over 2 · denominator; all fit, for both parts are below
    // 2⁶⁰ and a count below 2⁶³.
    let product = UInt64(count).multipliedFullWidth(by: 2 * numerator)
    let (low, carry) = product.low.addingReportingOverflow(denominator)
    let high = product.high + (carry ? 1 : 0)
    let divisor = 2 * denominator
    guard high < divisor else { return nil }
    return Int64(exactly: divisor.dividingFullWidth((high, low)).quotient)
  }

  /// The weights that options of the form NAME=WEIGHT give, by name.
  ///
  /// - Throws: `invalidArgument`.
  package static func parse(_ options: [String]) throws(TextError) -> [String: CountWeight] {
    var weights: [String: CountWeight] = [:]
    for option in options {
      guard let mark = option.lastIndex(of: "="), mark > option.startIndex,
        let weight = CountWeight(String(option[option.index(after: mark)...]))
      else {
        throw TextError(
          .invalidArgument, "\"\(option)\" is no weight of a source",
          remedy: "write NAME=2.5 or NAME=1/3")
      }
      let name = String(option[..<mark])
      guard weights.updateValue(weight, forKey: name) == nil else {
        throw TextError(
          .invalidArgument, "source \"\(name)\" has two weights", remedy: "give it one")
      }
    }
    return weights
  }
}
