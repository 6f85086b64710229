// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// One direction of a chart: which values it spans, and where its ticks are.
package struct Axis: Sendable {
  package enum Scale: Sendable { case linear, logarithmic }

  package struct Tick: Sendable {
    package var value: Double
    /// Empty for a tick between others.
    package var label: String
  }

  package let scale: Scale
  package let low: Double
  package let high: Double
  package let ticks: [Tick]

  /// An axis that spans `values`, of which a logarithmic one takes the positive; finite whatever they are.
  ///
  /// The ends are ticks if it `isRounded`; `label` spells the value of a tick.
  package init(
    _ scale: Scale, over values: [Double], isRounded: Bool = true,
    label: (Double) -> String = shortNumber
  ) {
    self.scale = scale
    let known = values.filter { $0.isFinite && (scale == .linear || $0 > 0) }
    let least = known.min() ?? (scale == .linear ? 0 : 1)
    let most = known.max() ?? least
    switch scale {
    case .linear:
      let step = Self.step(most > least ? most - least : max(abs(most), 1))
      let first = isRounded ? (least / step).rounded(.down) : (least / step).rounded(.up)
      let last = isRounded ? (most / step).rounded(.up) : (most / step).rounded(.down)
      let ends = first < last || !isRounded ? (first, last) : (first, first + 1)
      low = isRounded ? ends.0 * step : least
      high = isRounded ? ends.1 * step : max(most, least + step)
      ticks =
        ends.0 > ends.1
        ? []
        : (0...Int(ends.1 - ends.0)).map {
          let value = (ends.0 + Double($0)) * step
          return Tick(value: value, label: label(value))
        }
    case .logarithmic:
      let first = isRounded ? powerOfTen(log10(least).rounded(.down)) : least
      var last = isRounded ? powerOfTen(log10(most).rounded(.up)) : most
      if last <= first { last = first * 10 }
      (low, high) = (first, last)
      ticks = Self.decades(first, last, label)
    }
  }

  /// Where `value` is between the ends, 0 to 1; those outside are at an end.
  package func place(_ value: Double) -> Double {
    let share =
      switch scale {
      case .linear: (value - low) / (high - low)
      case .logarithmic: value > 0 ? log(value / low) / log(high / low) : 0
      }
    return share.isFinite ? min(max(share, 0), 1) : 0
  }

  /// The step of 1, 2 or 5 times a power of ten that cuts `span` into about five.
  private static func step(_ span: Double) -> Double {
    let raw = span / 5
    let unit = powerOfTen(log10(raw).rounded(.down))
    let step = [1, 2, 5, 10].first { $0 * unit >= raw } ?? 10
    return step * unit
  }

  /// Powers of ten, every second if there are many; with 2 and 5 times them if there are few, which have
  /// labels on less than two decades and a half.
  private static func decades(
    _ low: Double, _ high: Double, _ label: (Double) -> String
  ) -> [Tick] {
    let first = Int(log10(low).rounded(.down))
    let last = Int(log10(high).rounded(.up))
    let stride = last - first > 8 ? 2 : 1
    var ticks: [Tick] = []
    for power in first...last {
      for factor in [1.0, 2, 5] {
        let value = factor * powerOfTen(Double(power))
        guard value >= low * (1 - 1e-9), value <= high * (1 + 1e-9) else { continue }
        let isLabelled = factor == 1 ? (power - first) % stride == 0 : log10(high / low) < 2.5
        if factor > 1, last - first > 5 { continue }
        ticks.append(Tick(value: value, label: isLabelled ? label(value) : ""))
      }
    }
    return ticks
  }
}

/// Ten to the power of `exponent`.
func powerOfTen(_ exponent: Double) -> Double { pow(10, exponent) }
