// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenFiles

@Suite("Settings of packing")
struct PackingSettingsTests {
  private func refusal(_ way: PackingPlan.Way, _ change: (inout PackingPlan) -> Void = { _ in })
    -> String
  {
    var plan = PackingPlan(way)
    plan.padding = Mark.padding
    change(&plan)
    return message { () throws(TextError) in try plan.check(vocabularySize: 1000) }
  }

  private func pairs(_ change: (inout SentencePairs) -> Void) -> String {
    var pairs = sentencePairs(length: 16)
    pairs.maximumPredictions = 2
    change(&pairs)
    return refusal(.sentencePairs(pairs))
  }

  @Test("settings that contradict each other are refused in one line")
  func refusals() {
    let accepted = "nothing was thrown"
    let line = Concatenation(length: 8)
    #expect(refusal(.concatenation(line)) == accepted)
    #expect(pairs { _ in } == accepted)
    #expect(
      refusal(.concatenation(Concatenation(length: 0)))
        == "samples of 0 tokens; choose from 1 to 67108864")
    #expect(
      refusal(.concatenation(Concatenation(length: 0, overlaps: true)))
        == "sequences of 0 tokens; choose at least 1")
    #expect(
      refusal(.fixedLength(PackingPlan.maximumLength + 1))
        == "samples of 67108865 tokens; choose from 1 to 67108864")
    #expect(
      refusal(.fixedLength(8)) { $0.padding = nil }
        == "samples are padded, but there is no padding token; name one")
    #expect(refusal(.concatenation(line)) { $0.padding = nil } == accepted)
    #expect(
      refusal(.fixedLength(8)) { $0.padding = 1000 }
        == "the padding id 1000 is not below the vocabulary's size 1000; name a token of the tokenizer"
    )
    let noRoom =
      "documents of at most 2 tokens have no room for the 3 at their edges; choose a larger length"
    #expect(refusal(.fixedLength(2)) { $0.edges = DocumentEdges(before: 1, after: 2) } == noRoom)
    #expect(
      refusal(.documents(maximumTokens: 2)) { $0.edges = DocumentEdges(before: 3) } == noRoom)
    #expect(
      refusal(.bestFit(BestFit(length: 8, windowSequences: 0)))
        == "a window of 0 sequences of 8 tokens; choose at least 1 and at most 2^20 sequences, and at most 2^26 tokens"
    )
    #expect(
      refusal(.sentencePairs(sentencePairs(length: 32))) { $0.extraColumns = .lossMask }
        == "sentence pairs have columns of their own; ask for no others")
    #expect(
      refusal(.sentencePairs(sentencePairs(length: 32))) { $0.edges = DocumentEdges(after: 1) }
        == "sentence pairs are marked by [CLS] and [SEP] alone; leave out what marks documents or moves their middle"
    )
  }

  @Test("so are those of moved middles and sentence pairs")
  func moreRefusals() {
    func middle(_ change: (inout FillInTheMiddle) -> Void) -> String {
      var middle = FillInTheMiddle(rate: 0.5, prefixID: 3, middleID: 4, suffixID: 5)
      change(&middle)
      return refusal(.documents(maximumTokens: nil)) { $0.fillInTheMiddle = middle }
    }
    #expect(middle { _ in } == "nothing was thrown")
    #expect(middle { $0.rate = 1.5 } == "a fill-in-the-middle rate of 1.5; choose from 0 to 1")
    #expect(middle { $0.rate = .nan } == "a fill-in-the-middle rate of nan; choose from 0 to 1")
    #expect(
      middle { $0.suffixFirstRate = -1 } == "a rate of suffix first of -1.0; choose from 0 to 1")
    #expect(middle { $0.suffixID = 3 } == "two sentinels are the same token; name three tokens")
    #expect(
      middle { $0.middleID = 1000 }
        == "the middle sentinel id 1000 is not below the vocabulary's size 1000; name a token of the tokenizer"
    )
    #expect(pairs { $0.length = 4 } == "pairs of 4 tokens; choose at least 5")
    #expect(
      pairs { $0.maskID = 1000 }
        == "the [MASK] id 1000 is not below the vocabulary's size 1000; name a token of the tokenizer"
    )
    #expect(
      pairs { $0.vocabularySize = 1001 }
        == "masks from 1001 ids; choose the vocabulary's size, 1000")
    #expect(
      pairs { $0.maximumPredictions = 0 }
        == "0 predictions in 16 tokens; choose from 1 to the length")
    #expect(pairs { $0.repetitions = 0 } == "documents used 0 times; choose from 1 to 1000")
    #expect(pairs { $0.windowTokens = 0 } == "a window of 0 tokens; choose from 1 to 67108864")
    #expect(pairs { $0.shortRate = 2 } == "a rate of short pairs of 2.0; choose from 0 to 1")
    #expect(pairs { $0.maskRate = 2 } == "a mask rate of 2.0; choose from 0 to 1")
  }

  @Test("manifests tell the settings and where the tokens went")
  func manifests() {
    var plan = PackingPlan(.concatenation(Concatenation(length: 4, overlaps: true)))
    plan.extraColumns = [.positions, .segments]
    func text(_ fields: [(String, JSON)]) -> String {
      JSON.object(fields).serialized(indent: nil).makeString()
    }
    #expect(
      text(plan.manifestOptions)
        == #"{"packing":{"way":"concatenation","length":4,"overlaps":true,"tail":"dropped","#
        + #""columns":["input_ids","position_ids","segment_ids"],"padding":null,"edges":[0,0],"#
        + #""fill_in_the_middle":null}}"#)
    let account = pack(plan, [[10, 11, 12], [], [13, 14, 15, 16]]).account
    #expect(
      text(account.fields)
        == #"{"documents_in":3,"tokens_in":7,"samples_out":1,"tokens_out":5,"added":{},"#
        + #""dropped":{"remainder":2},"empty_documents":1,"cut_documents":0,"moved_middles":0}"#)
  }

  @Test("every plan has options of its own")
  func distinctOptions() {
    let texts = everyPlan(length: 5).map {
      JSON.object($0.manifestOptions).serialized(indent: nil).makeString()
    }
    #expect(Set(texts).count == texts.count)
  }
}
