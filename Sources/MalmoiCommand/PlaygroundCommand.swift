// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Dispatch
import Foundation
import Morphology
import Pipeline
import Report
import Synchronization
import TextCore

struct PlaygroundCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "playground",
    abstract: "Serve a page on which tokenizers cut text as you type.",
    discussion: """
      Prints the address of the page, and serves it to the browsers of this machine until Ctrl-C; \
      nothing leaves the machine. The page shows the tokens of several tokenizers beside each other, \
      with ids, bytes, counts and the morphemes of the text.

        malmoi playground
        malmoi playground out/tokenizer old=out/before gpt4=cl100k_base.tiktoken

      Morphemes are those of "malmoi morphemes --mode eojeol"; with --dictionary those of whole \
      sentences. Its API is described in docs/playground.md. Ctrl-C and SIGTERM end it with exit code 0; \
      a port that is in use gives 74.
      """)

  @Argument(
    help: ArgumentHelp(
      """
      A directory made by train, a tokenizer.json or a .tiktoken file; NAME=PATH gives it a name. \
      (default: those that come with malmoi)
      """, valueName: "tokenizer"))
  var tokenizers: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      How text is cut by a .tiktoken file that does not say; NAME=RULE for the tokenizer of that name. \
      May be given several times.
      """, valueName: "rule"))
  var preTokenizer: [String] = []

  @Option(help: "The port of 127.0.0.1; 0 for any that is free.")
  var port: UInt16 = 8420

  @OptionGroup var model: EojeolModelOption

  @Option(
    help: ArgumentHelp(
      """
      The directory of a compiled mecab-ko-dic, to analyse whole sentences instead of each run of \
      Hangul alone.
      """, valueName: "directory"))
  var dictionary: String?

  func run() throws {
    let server = PlaygroundServer(
      Workbench(
        try chosen(),
        morphemes: { [model, dictionary] in
          Result { () throws(TextError) in try Self.analysis(model, dictionary) }
        }))
    let signals = [(SIGINT, "SIGINT"), (SIGTERM, "SIGTERM")].map(Self.exit(upon:named:))
    defer { for signal in signals { signal.cancel() } }
    let port = port
    try Self.wait { () async throws(TextError) in
      try await server.run(port: port) { (address) throws(TextError) in
        try Console.print(address)
      }
    }
  }

  private func chosen() throws(TextError) -> [PlaygroundTokenizer] {
    let named =
      tokenizers.isEmpty
      ? try PlaygroundTokenizer.shipped(in: ShippedData.find().vocabulary)
      : try PlaygroundTokenizer.named(by: tokenizers)
    return try PlaygroundTokenizer.apply(preTokenizer, to: named)
  }

  private static func analysis(
    _ model: EojeolModelOption, _ dictionary: String?
  ) throws(TextError) -> MorphemeAnalysis {
    if let dictionary { return .sentences(try MorphemeDictionary(directory: dictionary)) }
    return .eojeols(try model.load(), .all)
  }

  /// Ends the program upon a signal, which here is the way to end it and no failure.
  private static func exit(
    upon number: Int32, named name: String
  ) -> any DispatchSourceSignal {
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
    source.setEventHandler {
      Console.note("playground ended by \(name)")
      Foundation.exit(0)
    }
    source.resume()
    return source
  }

  /// Waits for asynchronous work.
  private static func wait(
    _ work: @escaping @Sendable () async throws(TextError) -> Void
  ) throws(TextError) {
    let done = DispatchSemaphore(value: 0)
    let outcome = Outcome()
    Task.detached {
      do {
        try await work()
      } catch let error as TextError {
        outcome.error.withLock { $0 = error }
      }
      done.signal()
    }
    done.wait()
    if let error = outcome.error.withLock({ $0 }) { throw error }
  }

  private final class Outcome: Sendable {
    let error = Mutex<TextError?>(nil)
  }
}
