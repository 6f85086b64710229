// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import TextCore

/// How the tokens of a corpus are distributed over ids, the most frequent first.
package struct RankedCounts {
  let name: SeriesName
  /// The counts of ids that occur, descending.
  let counts: [Int]
  /// Sums of ``counts`` up to each.
  let sums: [Int]

  init(_ name: SeriesName, counts: [Int]) {
    self.name = name
    let used = counts.filter { $0 > 0 }.sorted(by: >)
    self.counts = used
    var sum = 0
    sums = used.map {
      sum += $0
      return sum
    }
  }

  var total: Int { sums.last ?? 0 }

  /// Ranks from 1 to the last, at most so many a decade, each decade among them.
  package static func ranks(upTo last: Int, perDecade: Int = 40) -> [Int] {
    var ranks: [Int] = []
    var step = 0
    while let next = Int(exactly: powerOfTen(Double(step) / Double(perDecade)).rounded()),
      next <= last
    {
      if ranks.last != next { ranks.append(next) }
      step += 1
    }
    if last > 0, ranks.last != last { ranks.append(last) }
    return ranks
  }
}

extension Chart {
  /// Frequency over rank, both logarithmic.
  static func zipf(_ series: [RankedCounts]) -> Chart {
    let longest = series.map(\.counts.count).max() ?? 0
    let xAxis = Axis(.logarithmic, over: [1, Double(longest)])
    let shares = series.flatMap { each in
      [each.counts.first, each.counts.last].compactMap { $0 }.map {
        Double($0) / Double(each.total)
      }
    }
    let yAxis = Axis(.logarithmic, over: shares, label: percentage)
    let shapes = series.map { each in
      let points = RankedCounts.ranks(upTo: each.counts.count).map { rank in
        (x: Double(rank), y: Double(each.counts[rank - 1]) / Double(each.total))
      }
      return Shape(
        name: each.name.name, color: each.name.color,
        path: ChartFrame.line(points, xAxis, yAxis), isFilled: false, points: [])
    }
    let rows = RankedCounts.ranks(upTo: longest, perDecade: 1).map { rank in
      TableRow(
        head: grouped(rank),
        cells: series.map { rank <= $0.counts.count ? grouped($0.counts[rank - 1]) : "–" })
    }
    return Chart(
      id: "zipf", title: Label("Frequency by rank (Zipf)", "순위별 빈도 (지프)"),
      note: Label(
        "A steep tail is of ids that have hardly been learnt.",
        "꼬리가 가파르면 거의 학습되지 않은 id가 많다는 뜻입니다."),
      xTitle: Label("rank of the id", "id의 빈도 순위"),
      yTitle: Label("share of tokens", "토큰 비율"),
      xTicks: ChartFrame.xTicks(xAxis), yTicks: ChartFrame.yTicks(yAxis), shapes: shapes,
      table: rows, legend: series.map(\.name))
  }

  /// The share of tokens that the most frequent ids make up.
  static func coverage(_ series: [RankedCounts]) -> Chart {
    let longest = series.map(\.counts.count).max() ?? 0
    let xAxis = Axis(.logarithmic, over: [1, Double(longest)])
    let yAxis = Axis(.linear, over: [0, 1], label: { shortNumber($0 * 100) + "%" })
    let shapes = series.map { each in
      let points = RankedCounts.ranks(upTo: each.counts.count).map { rank in
        (x: Double(rank), y: Double(each.sums[rank - 1]) / Double(each.total))
      }
      return Shape(
        name: each.name.name, color: each.name.color,
        path: ChartFrame.line(points, xAxis, yAxis), isFilled: false, points: [])
    }
    let rows = RankedCounts.ranks(upTo: longest, perDecade: 1).map { rank in
      TableRow(
        head: grouped(rank),
        cells: series.map {
          $0.sums.isEmpty
            ? "–"
            : percent(
              Double($0.sums[min(rank, $0.sums.count) - 1]) / Double($0.total))
        })
    }
    return Chart(
      id: "coverage",
      title: Label("Coverage by the most frequent ids", "빈도 상위 id의 점유율"),
      note: Label(
        "Which share of all tokens the k most frequent ids are.",
        "가장 흔한 k개의 id가 전체 토큰에서 차지하는 비율입니다."),
      xTitle: Label("most frequent ids, k", "빈도 상위 id 수 k"),
      yTitle: Label("share of tokens", "토큰 비율"),
      xTicks: ChartFrame.xTicks(xAxis), yTicks: ChartFrame.yTicks(yAxis), shapes: shapes,
      table: rows, legend: series.map(\.name))
  }

  private static func percentage(_ share: Double) -> String {
    shortNumber(share * 100) + "%"
  }
}
