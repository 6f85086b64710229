// SPDX-License-Identifier: Apache-2.0

internal import TextCore

extension Chart {
  /// Documents by length: a cluster of bars for each class of lengths, a bar for each of `series`.
  ///
  /// Each has the documents of the classes 0, 1, 2–3, 4–7, …; `unit` is what lengths are counted in.
  static func lengths(_ series: [(name: SeriesName, counts: [Int])], unit: Label) -> Chart {
    let classes = series.map(\.counts.count).max() ?? 0
    let totals = series.map { $0.counts.reduce(0, +) }
    func share(_ place: Int, _ index: Int) -> Double {
      let counts = series[place].counts
      return index < counts.count ? quotient(counts[index], totals[place]) ?? 0 : 0
    }
    // Classes before the first that has documents are left out, but for an empty chart.
    let first =
      (0..<classes).first { index in series.indices.contains { share($0, index) > 0 } } ?? 0
    let shown = max(classes - first, 1)
    let shares = series.indices.flatMap { place in (0..<classes).map { share(place, $0) } }
    let yAxis = Axis(.linear, over: [0] + shares, label: { shortNumber($0 * 100) + "%" })
    let slot = (ChartFrame.right - ChartFrame.left) / Double(shown)
    let barWidth = slot * 0.84 / Double(max(series.count, 1))
    let shapes = series.indices.map { place in
      let path = (first..<max(classes, first)).map { index in
        let start =
          ChartFrame.left + slot * (Double(index - first) + 0.08) + barWidth * Double(place)
        return ChartFrame.bar(start, start + barWidth, share(place, index), yAxis)
      }
      return Shape(
        name: series[place].name.name, color: series[place].name.color, path: path.joined(),
        isFilled: true, points: [])
    }
    // Labels have room for about a dozen.
    let stride = (shown + 11) / 12
    let ticks = (0..<shown).map { index in
      Tick(
        at: coordinate(ChartFrame.left + slot * (Double(index) + 0.5)),
        label: index % stride == 0 ? binaryNumber(lowest(first + index)) : "")
    }
    let rows = (first..<max(classes, first)).map { index in
      TableRow(
        head: range(index),
        cells: series.map { grouped(index < $0.counts.count ? $0.counts[index] : 0) })
    }
    return Chart(
      id: "lengths", title: Label("Documents by length", "길이별 문서"),
      note: Label(
        "Classes of lengths double; each is named by its least.",
        "길이 구간은 두 배씩 커지며, 구간의 최솟값으로 표시합니다."),
      xTitle: Label("\(unit.en) of a document, at least", "문서의 \(unit.ko) (이상)"),
      yTitle: Label("share of documents", "문서 비율"),
      xTicks: ticks, yTicks: ChartFrame.yTicks(yAxis), shapes: shapes, table: rows,
      legend: series.map(\.name))
  }

  /// A power of two, short: 512, 1Ki, 2Mi.
  private static func binaryNumber(_ value: Int) -> String {
    for (shift, name) in [(30, "Gi"), (20, "Mi"), (10, "Ki")] where value >> shift > 0 {
      return "\(value >> shift)\(name)"
    }
    return "\(value)"
  }

  /// The least length of class `index`.
  private static func lowest(_ index: Int) -> Int { index == 0 ? 0 : 1 << (index - 1) }

  private static func range(_ index: Int) -> String {
    let low = lowest(index)
    let high = index == 0 ? 0 : low * 2 - 1
    return low == high ? grouped(low) : "\(grouped(low))–\(grouped(high))"
  }
}
