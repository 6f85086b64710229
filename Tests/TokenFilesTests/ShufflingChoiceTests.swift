// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenFiles

private func identity(_ id: String) -> DocumentIdentity { DocumentIdentity(id: id.utf8.span) }

@Suite("Splitting by hash")
struct SplitRuleTests {
  private static let ids = (0..<20_000).map { "kowiki-\($0)" }

  private static func counts(_ rule: SplitRule) -> [Int] {
    var counts = [0, 0, 0]
    for id in ids { counts[rule.split(of: identity(id)).rawValue] += 1 }
    return counts
  }

  @Test(
    "shares are met",
    arguments: [
      "98,1,1", "1,1,1", "0.5/0.5", "80, 0, 20", "1,0", "0,1,0", "0,0,7", "0,1,1", "3,1",
    ])
  func shares(text: String) throws {
    let rule = try SplitRule(text, seed: 3)
    for (count, share) in zip(Self.counts(rule), rule.shares) {
      let mean = share * 20_000
      // Six standard deviations of a binomial; none where nothing or everything is wanted.
      #expect(abs(Double(count) - mean) <= 6 * (mean * (1 - share)).squareRoot())
    }
  }

  @Test("splits are the same in every version of this program")
  func golden() throws {
    let rule = try SplitRule("2,1,1", seed: 0)
    let names = (0..<12).map { rule.split(of: identity("문서 \($0)")).name }
    let text = DocumentIdentity(text: "나는 밥을 먹는다".utf8.span)
    #expect(names == Self.expected)
    #expect(rule.split(of: text).name == "train")
  }
  private static let expected = [
    "train", "validation", "test", "test", "train", "validation", "test", "train", "test", "train",
    "test", "train",
  ]

  @Test("more validation takes from training alone, and other seeds split anew")
  func stability() throws {
    let small = try SplitRule("98,1,1", seed: 1)
    let large = try SplitRule("49,50,1", seed: 1)
    let other = try SplitRule("98,1,1", seed: 2)
    var moved = 0
    var same = 0
    for id in Self.ids {
      let before = small.split(of: identity(id))
      let after = large.split(of: identity(id))
      if before != after {
        #expect(before == .train && after == .validation)
        moved += 1
      }
      if before == .test && other.split(of: identity(id)) == .test { same += 1 }
    }
    #expect(moved > 9_000)
    #expect(same < 12)
  }

  @Test("a document without id goes by its text, and an id that equals a text does not")
  func identities() {
    let text = Array("가나다".utf8)
    let none: [UInt8] = []
    #expect(
      DocumentIdentity(id: none.span, orText: text.span) == DocumentIdentity(text: text.span))
    #expect(DocumentIdentity(id: text.span, orText: none.span) == DocumentIdentity(id: text.span))
    #expect(DocumentIdentity(id: text.span) != DocumentIdentity(text: text.span))
  }

  @Test(
    "what does not say how to split is refused",
    arguments: [
      "", "1", "1,2,3,4", "a,b", "1,,2", "-1,2", "0,0,0", "nan,1", "inf,1", "1e308,1e308",
    ]
  )
  func refusals(text: String) {
    #expect(
      message { () throws(TextError) in _ = try SplitRule(text) }
        == "\"\(text)\" does not say how to split; give two or three weights, of training, "
        + "validation and test, as in 98,1,1")
  }
}

@Suite("Mixing sources")
struct SourceMixTests {
  @Test("documents are taken as often as the weight says", arguments: [0, 0.3, 1, 1.5, 2.3, 7])
  func weights(weight: Double) throws {
    var mix = SourceMix([try .init("a", weight: weight)], seed: 5)
    var taken: [Int] = []
    for number in 0..<20_000 { taken.append(mix.take(0, identity("\(number)"), tokenCount: 10)) }
    let whole = Int(weight)
    #expect(taken.allSatisfy { $0 == whole || $0 == whole + 1 })
    let share = weight - Double(whole)
    let extra = Double(taken.reduce(0, +) - whole * 20_000)
    #expect(abs(extra - share * 20_000) <= 6 * (share * (1 - share) * 20_000).squareRoot())
    let account = mix.accounts[0]
    #expect(account.documentsIn == 20_000)
    #expect(account.tokensIn == 200_000)
    #expect(account.documentsOut == taken.reduce(0, +))
    #expect(account.tokensOut == 10 * account.documentsOut)
    #expect(account.leftOut == taken.count { $0 == 0 })
    #expect(account.beyondQuota == 0 && !account.isExhausted)
    #expect(mix.isExhausted(0) == (weight == 0))
  }

  @Test("a quota ends a source before the first document too many, and never exceeds")
  func quotas() throws {
    var numbers = SeededNumbers(state: 9)
    for _ in 0..<300 {
      let quota = Int.random(in: 0...200, using: &numbers)
      let weight = [0.5, 1, 2.5][Int.random(in: 0...2, using: &numbers)]
      var mix = SourceMix(
        [try .init("a", weight: weight, quotaTokens: quota), try .init("b")], seed: 1)
      // The reference: every repetition by itself.
      var tokens = 0
      var isOpen = true
      for number in 0..<60 {
        let length = Int.random(in: 0...30, using: &numbers)
        let id = identity("\(number)")
        var expected = 0
        for _ in 0..<mix.copies(0, id) {
          if isOpen && tokens + length <= quota {
            tokens += length
            expected += 1
          } else {
            isOpen = false
          }
        }
        #expect(mix.take(0, id, tokenCount: length) == expected)
        #expect(mix.take(1, id, tokenCount: length) == 1)
        #expect(mix.isExhausted(0) == !isOpen)
      }
      #expect(mix.accounts[0].tokensOut == tokens)
      #expect(tokens <= quota)
      #expect(mix.accounts[1].documentsOut == 60)
    }
  }

  @Test("what splits says nothing of what is repeated")
  func independence() throws {
    let rule = try SplitRule("1,1", seed: 4)
    let mix = SourceMix([try .init("a", weight: 0.5)], seed: 4)
    var both = 0
    for number in 0..<20_000 {
      let id = identity("\(number)")
      if rule.split(of: id) == .train && mix.copies(0, id) == 1 { both += 1 }
    }
    #expect(abs(Double(both) - 5_000) < 6 * (20_000 * 0.25 * 0.75).squareRoot())
  }

  @Test("impossible weights and quotas are refused")
  func refusals() {
    for weight in [-0.1, 1000.5, .nan, .infinity] {
      let told = message { () throws(TextError) in
        _ = try SourceMix.Source("나무위키", weight: weight)
      }
      #expect(told.hasPrefix("the weight \(weight) of source \"나무위키\" is not within 0...1000; "))
    }
    let told = message { () throws(TextError) in _ = try SourceMix.Source("a", quotaTokens: -1) }
    #expect(told == "the quota of source \"a\" is negative; give a number of tokens")
  }
}

@Suite("Ids seen before")
struct IDSetTests {
  @Test("it tells what a set of strings tells", arguments: 0..<3)
  func reference(seed: UInt64) throws {
    var numbers = SeededNumbers(state: seed)
    var set = IDSet(memoryBytes: 1 << 24)
    var strings: Set<String> = []
    for _ in 0..<60_000 {
      let id = "문서-\(Int.random(in: 0..<40_000, using: &numbers))"
      #expect(try set.insert(identity(id)) == strings.insert(id).inserted)
      #expect(set.count == strings.count)
    }
  }

  @Test("hashes that meet in one slot, wrap round the end and are zero are all told apart")
  func collisions() throws {
    var set = IDSet(memoryBytes: 1 << 20)
    for round in 0..<2 {
      for high in [0, 1, UInt64.max, UInt64.max - 1] {
        for low in [0, UInt64(2), 3, .max] {
          let id = DocumentIdentity(hash: XXH128(high: high, low: low))
          #expect(try set.insert(id) == (round == 0))
        }
      }
    }
    #expect(set.count == 16)
  }

  @Test("it holds as many as its memory promises, then says what to do", arguments: [0, 1 << 17])
  func budget(memory: Int) throws {
    var set = IDSet(memoryBytes: memory)
    let capacity = IDSet.capacity(memoryBytes: memory)
    #expect(capacity >= memory / 64)
    for number in 0..<capacity { #expect(try set.insert(identity("\(number)"))) }
    for number in 0..<capacity { #expect(try !set.insert(identity("\(number)"))) }
    var told = ""
    do { _ = try set.insert(identity("more")) } catch { told = error.description }
    #expect(
      told == "more than \(capacity) different ids, which is what \(memory >> 20) MiB hold; "
        + "allow more memory, or deduplicate parts of the corpus by themselves")
  }
}
