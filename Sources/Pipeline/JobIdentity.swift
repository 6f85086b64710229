// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import TextCore

/// What decides a job's result: only the same job goes on with what an unfinished one has left.
struct JobIdentity {
  /// The options and inputs, a value a line when it is written out.
  var json: JSON

  /// Refuses to go on with what `stored`, read from `path`, has begun, if that is another job.
  ///
  /// - Throws: `outputExists`, which names the first difference.
  func check(
    against stored: String, path: String, what: String
  ) throws(TextError) {
    let earlier = stored.split(separator: "\n")
    let now = json.serialized().makeString().split(separator: "\n")
    guard earlier != now else { return }
    let first = zip(earlier, now).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    let line = first ?? min(earlier.count, now.count)
    throw TextError(
      .outputExists,
      "an unfinished \(what) of other inputs or options is there: it has "
        + "\(Self.shown(earlier, line)), now it is \(Self.shown(now, line))",
      at: .init(path: path), remedy: "run that command again, or pass --restart to forget it")
  }

  private static func shown(_ lines: [Substring], _ index: Int) -> String {
    index < lines.count ? String(lines[index].drop { $0 == " " }.prefix(200)) : "nothing"
  }
}

extension CorpusInputs {
  /// The files with their sizes and times: what tells whether they are the ones of an earlier run.
  var identity: JSON {
    .array(
      files.map { path in
        let state = FileState(path: path)
        return .string(
          "\(path), \(state?.byteCount ?? -1) bytes, changed at \(state?.modified ?? -1)")
      })
  }

  /// Whether every input can be read once more.
  var areRereadable: Bool {
    files.allSatisfy { $0 != Self.standardInput && byteCount(ofPath: $0) != nil }
  }
}
