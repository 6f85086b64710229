// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A picture of a size sweep: four panels over the logarithm of the vocabulary's size.
///
/// One file without references, for light and dark backgrounds.
struct SizeSweepChart {
  private struct Panel {
    var title: String
    var values: [Double]
    var label: (Double) -> String
  }

  private let points: [SizeSweep.Point]
  private let knee: Int?

  private static let panelWidth = 360.0
  private static let panelHeight = 240.0
  /// Left, right, above and below the plot of a panel.
  private static let margins = (left: 24.0, right: 24.0, top: 44.0, bottom: 36.0)

  init(_ points: [SizeSweep.Point], knee: Int?) {
    self.points = points
    self.knee = knee
  }

  var svg: String {
    let panels = [
      Panel(
        title: "bytes a token", values: points.map { $0.bytesPerToken ?? 0 },
        label: { fixed($0, 2) }),
      Panel(
        title: "tokens an eojeol", values: points.map { $0.tokensPerEojeol ?? 0 },
        label: { fixed($0, 2) }),
      Panel(
        title: "ids used, %", values: points.map { ($0.vocabularyUsed ?? 0) * 100 },
        label: { fixed($0, 1) }),
      Panel(
        title: "embedding parameters, millions",
        values: points.map { Double($0.embeddingParameters) / 1e6 }, label: { fixed($0, 0) }),
    ]
    let (width, height) = (2 * Self.panelWidth, 2 * Self.panelHeight)
    let drawn = panels.enumerated().map { index, panel in
      let (x, y) = (Double(index % 2) * Self.panelWidth, Double(index / 2) * Self.panelHeight)
      return "<g transform=\"translate(\(fixed(x, 0)) \(fixed(y, 0)))\">\n\(draw(panel))</g>\n"
    }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(fixed(width, 0)) \(fixed(height, 0))" \
      width="\(fixed(width, 0))" height="\(fixed(height, 0))" font-family="sans-serif" font-size="12">
      <style>
      svg { background: #ffffff; } text { fill: #333333; } .title { font-weight: bold; }
      .curve { fill: none; stroke: #1f5fa8; stroke-width: 2; } .dot { fill: #1f5fa8; }
      .axis { stroke: #999999; } .knee { stroke: #d9822b; stroke-dasharray: 4 3; }
      @media (prefers-color-scheme: dark) {
      svg { background: #1b1d21; } text { fill: #dddddd; } .curve { stroke: #79b0ea; }
      .dot { fill: #79b0ea; } .axis { stroke: #666666; } }
      </style>
      \(drawn.joined())</svg>

      """
  }

  private func draw(_ panel: Panel) -> String {
    let (left, right) = (Self.margins.left, Self.panelWidth - Self.margins.right)
    let (top, bottom) = (Self.margins.top, Self.panelHeight - Self.margins.bottom)
    let (low, high) = (panel.values.min() ?? 0, panel.values.max() ?? 1)
    let inset = 22.0
    func y(_ value: Double) -> Double {
      let share = high > low ? (value - low) / (high - low) : 0.5
      return bottom - inset - share * (bottom - top - 2 * inset)
    }
    var text = """
      <text class="title" x="\(fixed(left, 1))" y="24">\(panel.title)</text>
      <line class="axis" x1="\(fixed(left, 1))" x2="\(fixed(right, 1))" y1="\(fixed(bottom, 1))" \
      y2="\(fixed(bottom, 1))"/>

      """
    if let knee {
      text +=
        "<line class=\"knee\" x1=\"\(fixed(x(knee), 1))\" x2=\"\(fixed(x(knee), 1))\" "
        + "y1=\"\(fixed(top, 1))\" y2=\"\(fixed(bottom, 1))\"/>\n"
    }
    let places = panel.values.enumerated().map { (x($0.offset), y($0.element)) }
    let line = places.map { "\(fixed($0.0, 1)),\(fixed($0.1, 1))" }.joined(separator: " ")
    text += "<polyline class=\"curve\" points=\"\(line)\"/>\n"
    for (index, place) in places.enumerated() {
      let (x, y) = (fixed(place.0, 1), place.1)
      text += """
        <circle class="dot" cx="\(x)" cy="\(fixed(y, 1))" r="3"/>
        <text x="\(x)" y="\(fixed(y - 8, 1))" text-anchor="middle">\(panel.label(panel.values[index]))\
        </text>
        <text x="\(x)" y="\(fixed(bottom + 18, 1))" text-anchor="middle">\(points[index].name)</text>

        """
    }
    return text
  }

  /// Where a size lies, by its logarithm, half a label away from the edges.
  private func x(_ index: Int) -> Double {
    let (left, right) = (Self.margins.left + 20, Self.panelWidth - Self.margins.right - 20)
    let first = log2(Double(points[0].size))
    let last = log2(Double(points[points.count - 1].size))
    return left + (log2(Double(points[index].size)) - first) / (last - first) * (right - left)
  }
}
