// SPDX-License-Identifier: Apache-2.0

// Numbers as people read them.

/// `value` with `digits` decimal places.
package func fixed(_ value: Double, _ digits: Int) -> String {
  guard value.isFinite else { return "–" }
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let scaled = (value * scale).rounded()
  let whole = Int(abs(scaled)) / Int(scale)
  let sign = scaled < 0 ? "-" : ""
  if digits == 0 { return "\(sign)\(whole)" }
  let fraction = String(Int(abs(scaled)) % Int(scale))
  let zeros = String(repeating: "0", count: digits - fraction.count)
  return "\(sign)\(whole).\(zeros)\(fraction)"
}

/// `number` with a comma between groups of three digits.
package func grouped(_ number: Int) -> String {
  let digits = Array(String(abs(number)))
  var text = number < 0 ? "-" : ""
  for (index, digit) in digits.enumerated() {
    if index > 0, (digits.count - index) % 3 == 0 { text += "," }
    text.append(digit)
  }
  return text
}

/// `share` as a percentage with two decimal places.
package func percent(_ share: Double) -> String { fixed(share * 100, 2) + " %" }
