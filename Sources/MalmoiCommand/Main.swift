// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import TextCore

/// The command `malmoi`: parses, runs, and turns errors into one line and an exit code.
@main
struct Main {
  static func main() {
    do {
      var command = try Malmoi.parseAsRoot()
      try command.run()
    } catch let error as TextError {
      Console.report(error)
      exit(error.exitCode)
    } catch {
      Malmoi.exit(withError: error)
    }
  }
}

struct Malmoi: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "malmoi",
    abstract: "Raw Korean corpora in, tokenizers and token shards out.",
    discussion: """
      Train a tokenizer, encode a corpus with it, look at what came out:

        malmoi train corpora/sample --vocab-size 16000 --output out/tokenizer
        malmoi encode corpora/sample --tokenizer out/tokenizer --output out/sample
        malmoi inspect corpus corpora/sample --tokenizer out/tokenizer

      INPUT is a file of any format that "malmoi cat --help" names, a directory of them, a quoted \
      pattern, or - for standard input. "malmoi corpora" knows how well-known Korean corpora are read, \
      "malmoi presets" how well-known tokenizers are made. Every output appears whole or not at all, with a \
      manifest that "malmoi verify" checks it against.

      Exit codes: 0 done, 1 bad data, 64 wrong usage, 74 a file cannot be read or written.
      """,
    version: toolVersion,
    subcommands: [
      CountCommand.self, MergeCountsCommand.self, ShowCountsCommand.self, TrainCommand.self,
      EncodeCommand.self, EstimateCommand.self, InputsCommand.self, ConvertShardsCommand.self,
      MergeShardsCommand.self,
      SplitShardsCommand.self, DecodeCommand.self, CatCommand.self, MorphemesCommand.self,
      MorphologyCommand.self, CorporaCommand.self, PresetsCommand.self, VerifyCommand.self,
      RepairCommand.self, InspectCommand.self, PlaygroundCommand.self, LoaderIndexCommand.self,
    ])
}
