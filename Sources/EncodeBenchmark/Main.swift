// SPDX-License-Identifier: Apache-2.0
//
// What tools/bench measures of malmoi inside a process: the time of encoding text that is in memory,
// and of each stage of a whole job on its own. Not installed; the bench starts it.

import ArgumentParser
import Glibc
import TextCore
import Tokenization

@main
struct EncodeBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "malmoi-encode-benchmark",
    abstract: "Time malmoi inside its process, for tools/bench.",
    subcommands: [
      PassesCommand.self, StagesCommand.self, VaryCommand.self, ReadCommand.self,
      NormalizeCommand.self,
    ],
    defaultSubcommand: PassesCommand.self)

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error as TextError {
      try? FileDescriptor.standardError.write(
        Array("\(error)\n".utf8).span, path: "standard error")
      Glibc.exit(error.exitCode)
    } catch {
      exit(withError: error)
    }
  }
}

/// The tokenizer that is measured.
struct TokenizerOptions: ParsableArguments {
  @Option(help: "A directory made by train, a tokenizer.json or a .tiktoken file.")
  var tokenizer: String

  @Option(help: "The pre-tokenizer of a .tiktoken file, which does not name its own.")
  var preTokenizer: String?

  func load() throws(TextError) -> Tokenizer {
    try Tokenizer.load(tokenizer, preTokenizer: preTokenizer)
  }
}

/// Wall and CPU time since it was made.
struct Stopwatch {
  private let start = ContinuousClock.now
  private let cpuStart = ProcessUsage.current.cpuSeconds

  /// The seconds so far.
  var elapsed: Seconds {
    Seconds(
      wall: (ContinuousClock.now - start) / .seconds(1),
      cpu: ProcessUsage.current.cpuSeconds - cpuStart)
  }
}

/// Wall and CPU time.
struct Seconds {
  var wall = 0.0
  var cpu = 0.0

  static func += (left: inout Seconds, right: Seconds) {
    left.wall += right.wall
    left.cpu += right.cpu
  }

  var json: [(String, JSON)] { [("wall_seconds", .double(wall)), ("cpu_seconds", .double(cpu))] }
}

/// Prints a JSON object on a line of its own.
func printLine(_ fields: [(String, JSON)]) throws(TextError) {
  var line = JSON.object(fields).serialized(indent: nil)
  line.append("\n")
  try FileDescriptor.standardOutput.write(line.span, path: "standard output")
}
