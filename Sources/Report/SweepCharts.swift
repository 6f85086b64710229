// SPDX-License-Identifier: Apache-2.0

internal import TextCore

extension Chart {
  /// Bytes a token over the size of the vocabulary, and tokens an eojeol where they are known.
  static func sweeps(_ curves: [SizeCurve], tokenizers: Int) -> [Chart] {
    // Tokenizers keep their colours, the others have what is behind them.
    var next = tokenizers
    let names = curves.map { curve in
      let color = curve.tokenizer ?? next
      if curve.tokenizer == nil { next += 1 }
      return SeriesName(name: visible(curve.name), color: color % SeriesName.colorCount)
    }
    let bytes = sweep(
      "bytes-a-token", curves, names, { $0.bytesPerToken },
      Label("Bytes a token by size", "크기별 토큰당 바이트"),
      Label("bytes a token", "토큰당 바이트"))
    guard curves.contains(where: { $0.points.contains { $0.tokensPerEojeol != nil } }) else {
      return [bytes]
    }
    let tokens = sweep(
      "tokens-an-eojeol", curves, names, { $0.tokensPerEojeol },
      Label("Tokens an eojeol by size", "크기별 어절당 토큰 수"),
      Label("tokens an eojeol", "어절당 토큰 수"))
    return [bytes, tokens]
  }

  private static func sweep(
    _ id: String, _ curves: [SizeCurve], _ names: [SeriesName],
    _ value: (SizeCurve.Point) -> Double?, _ title: Label, _ yTitle: Label
  ) -> Chart {
    let sizes = Set(curves.flatMap { $0.points.map(\.size) }).sorted()
    // A margin, so that no point lies on the frame.
    let ends = [Double(sizes.first ?? 1) / 1.25, Double(sizes.last ?? 1) * 1.25]
    let xAxis = Axis(.logarithmic, over: ends, isRounded: false)
    let yAxis = Axis(.linear, over: curves.flatMap { $0.points.compactMap(value) })
    let shapes = zip(curves, names).map { curve, name in
      let known = curve.points.sorted { $0.size < $1.size }.compactMap { point in
        value(point).map { (point: point, x: Double(point.size), y: $0) }
      }
      let points = known.map { each in
        Point(
          x: coordinate(ChartFrame.x(each.x, xAxis)), y: coordinate(ChartFrame.y(each.y, yAxis)),
          name: visible(each.point.name),
          words: "\(visible(each.point.name)): \(grouped(each.point.size)), \(fixed(each.y, 3))")
      }
      return Shape(
        name: name.name, color: name.color,
        path: ChartFrame.line(known.map { ($0.x, $0.y) }, xAxis, yAxis), isFilled: false,
        points: points)
    }
    let rows = sizes.map { size in
      TableRow(
        head: grouped(size),
        cells: curves.map { curve in
          Figure(curve.points.first { $0.size == size }.flatMap(value), .decimal).text
        })
    }
    return Chart(
      id: id, title: title,
      note: Label(
        "Each point is a vocabulary; a line joins those of one training.",
        "점 하나가 어휘 하나이며, 선은 한 학습에서 나온 어휘를 잇습니다."),
      xTitle: Label("vocabulary size", "어휘 크기"), yTitle: yTitle,
      xTicks: ChartFrame.xTicks(xAxis), yTicks: ChartFrame.yTicks(yAxis), shapes: shapes,
      table: rows, legend: names)
  }
}
