// SPDX-License-Identifier: Apache-2.0

import Glibc
import TextCore

/// A picture of a size sweep: a panel for each figure over the logarithm of the vocabulary's size.
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
  private let title: String
  private let suggestion: String

  private static let panelWidth = 380.0
  private static let panelHeight = 230.0
  /// The height of the line above all panels.
  private static let header = 54.0
  /// Left, right, above and below the plot of a panel.
  private static let margins = (left: 24.0, right: 24.0, top: 44.0, bottom: 36.0)
  /// What the name or value of a point takes.
  private static let labelWidth = 34.0

  init(_ points: [SizeSweep.Point], knee: Int?, title: String, suggestion: String) {
    self.points = points
    self.knee = knee
    self.title = title
    self.suggestion = suggestion
  }

  var svg: String {
    let panels = panels
    let width = 2 * Self.panelWidth
    let height = Self.header + Double((panels.count + 1) / 2) * Self.panelHeight
    let drawn = panels.enumerated().map { index, panel in
      let x = Double(index % 2) * Self.panelWidth
      let y = Self.header + Double(index / 2) * Self.panelHeight
      return "<g transform=\"translate(\(fixed(x, 0)) \(fixed(y, 0)))\">\n\(draw(panel))</g>\n"
    }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(fixed(width, 0)) \(fixed(height, 0))" \
      width="\(fixed(width, 0))" height="\(fixed(height, 0))" font-family="sans-serif" font-size="12">
      <style>
      .paper { fill: #ffffff; } text { fill: #333333; } .title { font-weight: bold; }
      .curve { fill: none; stroke: #1f5fa8; stroke-width: 2; } .dot { fill: #1f5fa8; }
      .axis { stroke: #999999; } .knee { stroke: #c76a12; stroke-dasharray: 4 3; }
      text.chosen { fill: #c76a12; }
      @media (prefers-color-scheme: dark) {
      .paper { fill: #1b1d21; } text { fill: #dddddd; } .curve { stroke: #79b0ea; }
      .dot { fill: #79b0ea; } .axis { stroke: #666666; } text.chosen { fill: #f0a050; } }
      </style>
      <rect class="paper" width="100%" height="100%"/>
      <text class="title" x="24" y="26" font-size="15">\(title)</text>
      <text class="chosen" x="24" y="46">\(suggestion)</text>
      \(drawn.joined())</svg>

      """
  }

  private var panels: [Panel] {
    func panel(
      _ title: String, _ values: [Double?], _ digits: Int, factor: Double = 1
    ) -> Panel? {
      let known = values.compactMap { $0 }
      // Eojeols are not known of text that was counted before.
      guard known.count == points.count else { return nil }
      return Panel(title: title, values: known.map { $0 * factor }, label: { fixed($0, digits) })
    }
    let parameters = points.map { Optional(Double($0.embeddingParameters)) }
    return [
      panel("bytes a token", points.map(\.bytesPerToken), 2),
      panel("tokens an eojeol", points.map(\.tokensPerEojeol), 2),
      panel("ids used, %", points.map(\.vocabularyUsed), 1, factor: 100),
      panel("embedding parameters, millions", parameters, 0, factor: 1e-6),
    ].compactMap { $0 }
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
    let places = panel.values.enumerated().map { (x: x($0.offset), y: y($0.element)) }
    let line = places.map { "\(fixed($0.x, 1)),\(fixed($0.y, 1))" }.joined(separator: " ")
    text += "<polyline class=\"curve\" points=\"\(line)\"/>\n"
    // ---- Names and values, the largest first: one that would lie on another is left out ----
    var leftmost = Double.infinity
    for (index, place) in places.enumerated().reversed() {
      let x = fixed(place.x, 1)
      text += "<circle class=\"dot\" cx=\"\(x)\" cy=\"\(fixed(place.y, 1))\" r=\"3\"/>\n"
      guard place.x + Self.labelWidth <= leftmost || index == knee else { continue }
      leftmost = place.x
      let style = index == knee ? " class=\"chosen\"" : ""
      text += """
        <text x="\(x)" y="\(fixed(place.y - 8, 1))" text-anchor="middle">\
        \(panel.label(panel.values[index]))</text>
        <text\(style) x="\(x)" y="\(fixed(bottom + 18, 1))" text-anchor="middle">\
        \(points[index].name)</text>

        """
    }
    return text
  }

  /// Where a size lies, by its logarithm, half a label away from the edges; in the middle if all are of
  /// one size.
  private func x(_ index: Int) -> Double {
    let (left, right) = (Self.margins.left + 20, Self.panelWidth - Self.margins.right - 20)
    let first = log2(Double(points[0].size))
    let last = log2(Double(points[points.count - 1].size))
    if first == last { return (left + right) / 2 }
    return left + (log2(Double(points[index].size)) - first) / (last - first) * (right - left)
  }
}
