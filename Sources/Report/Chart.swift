// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A chart as its template takes it: places in the picture, and the same values as a table.
struct Chart: Sendable {
  struct Tick: Sendable {
    var at: String
    var label: String
  }

  /// A curve or the outline of bars.
  struct Shape: Sendable {
    var name: String
    var color: Int
    var path: String
    var isFilled: Bool
    /// Places that are measured and not only drawn through.
    var points: [Point]
  }

  struct Point: Sendable {
    var x: String
    var y: String
    /// What stands beside the point.
    var name: String
    /// What it says when pointed at.
    var words: String
  }

  struct TableRow: Sendable {
    var head: String
    var cells: [String]
  }

  var id: String
  var title: Label
  /// What the chart is for, in a sentence.
  var note: Label
  var xTitle: Label
  var yTitle: Label
  var xTicks: [Tick]
  var yTicks: [Tick]
  var shapes: [Shape]
  var table: [TableRow]
  /// Whether all series have names that a legend must tell.
  var legend: [SeriesName]
}

/// Where the parts of every chart are, in units of its view box.
enum ChartFrame {
  static let width = 480.0
  static let height = 300.0
  static let left = 62.0
  static let right = 466.0
  static let top = 14.0
  static let bottom = 248.0

  static func x(_ value: Double, _ axis: Axis) -> Double {
    left + axis.place(value) * (right - left)
  }

  static func y(_ value: Double, _ axis: Axis) -> Double {
    bottom - axis.place(value) * (bottom - top)
  }

  static func xTicks(_ axis: Axis) -> [Chart.Tick] {
    axis.ticks.map { Chart.Tick(at: coordinate(x($0.value, axis)), label: $0.label) }
  }

  static func yTicks(_ axis: Axis) -> [Chart.Tick] {
    // Each draws a line over the whole plot.
    axis.ticks.filter { !$0.label.isEmpty }.map {
      Chart.Tick(at: coordinate(y($0.value, axis)), label: $0.label)
    }
  }

  /// The path through `points`.
  static func line(_ points: [(x: Double, y: Double)], _ xAxis: Axis, _ yAxis: Axis) -> String {
    var path = ""
    for (index, point) in points.enumerated() {
      let place = "\(coordinate(x(point.x, xAxis))) \(coordinate(y(point.y, yAxis)))"
      path += (index == 0 ? "M" : "L") + place
    }
    return path
  }

  /// The path around a bar from `left` to `right` that stands on the axis; nothing if it has no height.
  static func bar(_ left: Double, _ right: Double, _ value: Double, _ yAxis: Axis) -> String {
    let top = y(value, yAxis)
    guard top < bottom else { return "" }
    return "M\(coordinate(left)) \(coordinate(bottom))V\(coordinate(top))"
      + "H\(coordinate(right))V\(coordinate(bottom))Z"
  }
}
