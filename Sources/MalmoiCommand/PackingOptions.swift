// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Pipeline
import TextCore
import TokenFiles
import Tokenization

/// The ways of packing, as users name them.
enum PackingWay: String, CaseIterable, ExpressibleByArgument {
  case documents, concat, reset
  case bestFit = "best-fit"
  case fixed, bert
}

/// What becomes of the end of the corpus that fills no sequence.
enum TailOption: String, CaseIterable, ExpressibleByArgument {
  case drop, pad
}

/// Columns that packing can write beside the ids.
enum PackedColumn: String, CaseIterable, ExpressibleByArgument {
  case positions = "position_ids"
  case segments = "segment_ids"
  case lossMask = "loss_mask"

  var columns: PackingColumns {
    switch self {
    case .positions: .positions
    case .segments: .segments
    case .lossMask: .lossMask
    }
  }
}

/// How documents become the sequences of token files.
struct PackingOptions: ParsableArguments {
  @Option(
    help: """
      How documents become sequences: concat puts them back to back and cuts at the length (GPT-3), \
      reset does that with columns of positions and segments that restart in each document (PanGu), \
      best-fit fills sequences with whole documents and pads them, fixed cuts and pads each document \
      to the length (default: documents, one sequence each). Documents keep the tokens at their edges. \
      bert makes pairs of sentences, which are the lines of documents, with masked tokens.
      """)
  var pack: PackingWay?

  @Option(help: "The tokens of a sequence.")
  var sequenceLength: Int?

  @Flag(
    help: """
      Of concat and reset: sequences of one token more, the first of which is the last of the one \
      before, so that each token is predicted once.
      """)
  var overlap = false

  @Option(
    help: """
      Of concat and reset: drop the tokens at the end of the corpus that fill no sequence, and count \
      them, or pad them.
      """)
  var tail = TailOption.drop

  @Option(help: "The special token that pads (default: the tokenizer's <pad>, <|pad|> or [PAD]).")
  var padToken: String?

  @Option(
    help: """
      Of best-fit: as many sequences' tokens are packed together; more take more memory and pad less. \
      Of bert: the documents of so many find their random sentences among each other.
      """)
  var packWindow = BestFit.defaultWindowSequences

  @Option(
    name: .customLong("column"), parsing: .singleValue,
    help: """
      A column beside the ids, in formats that have columns; may be repeated. position_ids count from 0 \
      in each document of a sequence, segment_ids number them from 1, loss_mask is 0 for padding.
      """)
  var packedColumns: [PackedColumn] = []

  @Option(
    help: """
      Move the middle of so large a share of the documents (0 to 1) to their end, between tokens that \
      tell so, for models that fill in.
      """)
  var fimRate: Double?

  @Option(help: "The share of these whose suffix comes first (SPM), and not their prefix (PSM).")
  var fimSpmRate = 0.5

  @Option(
    help: """
      The tokens before prefix, middle and suffix, with commas between them (default: the tokenizer's \
      <|fim_prefix|>,<|fim_middle|>,<|fim_suffix|> or <fim_prefix>,<fim_middle>,<fim_suffix>).
      """)
  var fimTokens: String?

  @OptionGroup var pairs: PairOptions

  @Option(help: "The seed of what --fim-rate and --pack bert choose.")
  var packSeed: UInt64 = 0

  func check() throws {
    switch pack {
    case nil, .documents:
      if sequenceLength != nil {
        throw ValidationError(
          "--sequence-length needs --pack concat, reset, best-fit, fixed or bert.")
      }
    case .concat, .reset, .bestFit, .fixed, .bert:
      if sequenceLength == nil { throw ValidationError("--pack needs --sequence-length.") }
    }
    if pack != .concat, pack != .reset, overlap || tail == .pad {
      throw ValidationError("--overlap and --tail pad need --pack concat or reset.")
    }
    try pairs.check(isUsed: pack == .bert)
    if fimRate == nil, fimTokens != nil { throw ValidationError("--fim-tokens needs --fim-rate.") }
  }

  /// What the options say; nil if documents stay as they are.
  ///
  /// - Throws: `invalidArgument` for tokens that the tokenizer does not have.
  func plan(for tokenizer: Tokenizer) throws(TextError) -> PackingPlan? {
    guard pack ?? .documents != .documents || fimRate != nil || !packedColumns.isEmpty else {
      return nil
    }
    var plan = PackingPlan(try way(for: tokenizer))
    plan.extraColumns = packedColumns.reduce(into: []) { $0.formUnion($1.columns) }
    if pack == .reset { plan.extraColumns.formUnion([.positions, .segments]) }
    if plan.pads { plan.padding = try padding(of: tokenizer) }
    plan.fillInTheMiddle = try fillInTheMiddle(tokenizer)
    return plan
  }

  private func way(for tokenizer: Tokenizer) throws(TextError) -> PackingPlan.Way {
    let length = sequenceLength ?? 0
    switch pack {
    case nil, .documents: return .documents(maximumTokens: nil)
    case .concat, .reset:
      return .concatenation(
        Concatenation(
          length: length, overlaps: overlap, tail: tail == .pad ? .padded : .dropped))
    case .bestFit: return .bestFit(BestFit(length: length, windowSequences: packWindow))
    case .fixed: return .fixedLength(length)
    case .bert:
      return .sentencePairs(
        try pairs.pairs(
          length: length, windowSequences: packWindow, seed: packSeed, for: tokenizer))
    }
  }

  private func padding(of tokenizer: Tokenizer) throws(TextError) -> UInt32 {
    if let padToken { return try EncodeJob.specialToken(named: padToken, of: tokenizer) }
    for name in ["<pad>", "<|pad|>", "[PAD]"] {
      if let id = tokenizer.addedTokens.id(of: name) { return id }
    }
    throw TextError(
      .invalidArgument, "sequences are padded, but the tokenizer has no token such as <pad>",
      remedy: "name one with --pad-token; the end-of-document token will do")
  }

  private func fillInTheMiddle(_ tokenizer: Tokenizer) throws(TextError) -> FillInTheMiddle? {
    guard let fimRate else { return nil }
    let names = try sentinels(tokenizer)
    return FillInTheMiddle(
      rate: fimRate, suffixFirstRate: fimSpmRate,
      prefixID: try EncodeJob.specialToken(named: names[0], of: tokenizer),
      middleID: try EncodeJob.specialToken(named: names[1], of: tokenizer),
      suffixID: try EncodeJob.specialToken(named: names[2], of: tokenizer), seed: packSeed)
  }

  /// The names of the tokens before prefix, middle and suffix.
  private func sentinels(_ tokenizer: Tokenizer) throws(TextError) -> [String] {
    if let fimTokens {
      let names = fimTokens.split(separator: ",").map { String($0) }
      if names.count == 3 { return names }
      throw TextError(
        .invalidArgument, "\"\(fimTokens)\" does not name three tokens",
        remedy: "write PREFIX,MIDDLE,SUFFIX")
    }
    for (open, close) in [("<|", "|>"), ("<", ">")] {
      let names = ["prefix", "middle", "suffix"].map { "\(open)fim_\($0)\(close)" }
      if names.allSatisfy({ tokenizer.addedTokens.id(of: $0) != nil }) { return names }
    }
    throw TextError(
      .invalidArgument, "the tokenizer has no tokens such as <|fim_prefix|>",
      remedy: "name them with --fim-tokens PREFIX,MIDDLE,SUFFIX")
  }
}
