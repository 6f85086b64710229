// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CorpusFiles
import Pipeline
import TextCore

struct InputsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inputs",
    abstract: "List the files of a corpus, as the other commands would read them.",
    discussion: """
      A line for each file, in the order in which they are read: the number of its unit, its bytes as they \
      are stored (- where that is not known), the name of its source and its path, with tabs between them. \
      Nothing is read but names and sizes; members of archives are not listed.

      A unit is what one machine of several encodes: each file, or with --shard-input-bytes the files of \
      one shard of "malmoi encode --shard-input-bytes". The sets of all units, in their order, are joined \
      by "malmoi merge --move-shards".
      """)

  @OptionGroup var reading: ReadingOptions
  @OptionGroup var sources: SourceOptions
  @OptionGroup var units: UnitOption

  @Flag(help: "Print results as JSON.")
  var json = false

  func run() throws {
    let unitBytes = try units.byteCount
    let (corpus, names) = try sources.corpus(reading)
    let inputs = corpus.inputs
    let units =
      try unitBytes.map { try InputUnits(inputs, unitBytes: $0).ofFile }
      ?? Array(inputs.files.indices)
    let files = inputs.files.indices.map { index in
      ListedFile(
        unit: units[index], path: inputs.files[index],
        byteCount: inputs.storedByteCount(of: inputs.files[index]),
        source: names.names[names.ofFile[index]])
    }
    try json ? Console.print(Self.json(files, leftOut: inputs.ignored)) : Self.printLines(files)
    Console.noteIgnored(inputs.ignored)
  }

  /// A file and where it belongs.
  private struct ListedFile {
    var unit: Int
    var path: String
    var byteCount: Int?
    var source: String

    var json: JSON {
      .object([
        ("path", .string(path)), ("bytes", byteCount.map { .integer($0) } ?? .null),
        ("source", .string(source)),
      ])
    }
  }

  private static func printLines(_ files: [ListedFile]) throws(TextError) {
    var output = ByteBuffer()
    for file in files {
      let size = file.byteCount.map { "\($0)" } ?? "-"
      output.append("\(file.unit)\t\(size)\t\(file.source)\t\(file.path)\n")
    }
    try FileDescriptor.standardOutput.write(output.span, path: "standard output")
  }

  private static func json(_ files: [ListedFile], leftOut: [String]) -> JSON {
    var units: [[JSON]] = []
    for file in files {
      if file.unit == units.count { units.append([]) }
      units[file.unit].append(file.json)
    }
    return .object([
      ("units", .array(units.map { .object([("files", .array($0))]) })),
      ("left_out", .array(leftOut.map { .string($0) })),
    ])
  }
}
