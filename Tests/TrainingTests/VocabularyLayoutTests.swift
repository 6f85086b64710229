// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenModels
import Training

@Suite struct VocabularyLayoutTests {
  /// What a slot of the vocabulary holds.
  private struct Slot: Equatable {
    var bytes: [UInt8]
    /// Nil for tokens that are trained.
    var isSpecial: Bool?
  }

  /// The slots one by one: those with ids first, then everything else into what is free, in order.
  private static func reference(_ options: TrainingOptions, _ merges: TrainedMerges) -> [Slot] {
    var symbols = ByteAlphabet.bytesInOrder.map { [$0] }
    for pair in merges.pairs.prefix(options.mergeLimit) {
      symbols.append(symbols[Int(pair.left)] + symbols[Int(pair.right)])
    }
    let unused = (0..<options.unusedTokens).map { "<unused\($0)>" }
    let inOrder =
      options.specialTokens.map { Slot(bytes: Array($0.utf8), isSpecial: true) }
      + options.userSymbols.map { Slot(bytes: Array($0.utf8), isSpecial: false) }
      + unused.map { Slot(bytes: Array($0.utf8), isSpecial: true) }
      + symbols.map { Slot(bytes: $0, isSpecial: nil) }
    var slots: [Slot?] = []
    func slot(_ id: Int, _ value: Slot) {
      while slots.count <= id { slots.append(nil) }
      slots[id] = value
    }
    for (id, text) in options.placedTokens {
      slot(Int(id), Slot(bytes: Array(text.utf8), isSpecial: true))
    }
    for (distance, text) in options.lastTokens {
      slot(options.vocabularySize - distance, Slot(bytes: Array(text.utf8), isSpecial: true))
    }
    for value in inOrder { slot(slots.firstIndex { $0 == nil } ?? slots.count, value) }
    if options.reservedLastIDs > 0 {
      while slots.count < options.vocabularySize { slots.append(nil) }
    }
    while slots.count < options.paddedSize ?? 0 { slots.append(nil) }
    while slots.count % options.sizeMultiple != 0 { slots.append(nil) }
    let taken = Set(slots.compactMap { $0?.bytes })
    var number = options.unusedTokens
    return slots.map { slot in
      if let slot { return slot }
      while taken.contains(Array("<unused\(number)>".utf8)) { number += 1 }
      defer { number += 1 }
      return Slot(bytes: Array("<unused\(number)>".utf8), isSpecial: true)
    }
  }

  private static func randomOptions(_ seed: Int) -> TrainingOptions {
    var generator = SeededGenerator(seed: seed)
    var options = TrainingOptions(vocabularySize: 340)
    options.specialTokens = Array(
      ["<s>", "</s>", "<unused1>"].prefix(Int.random(in: 0...3, using: &generator)))
    options.userSymbols = Array(["ㅋㅋ", "말 모이"].prefix(Int.random(in: 0...2, using: &generator)))
    // <unused1> may be a special token.
    options.unusedTokens = options.specialTokens.count == 3 ? 0 : seed % 4
    options.sizeMultiple = [1, 2, 64, 100][seed / 4 % 4]
    for number in 0..<Int.random(in: 0...4, using: &generator) {
      let id = TokenID.random(in: seed % 2 == 0 ? 0...339 : 330...339, using: &generator)
      options.placedTokens[id] = "<placed\(number)>"
    }
    if seed % 3 == 0 {
      options.reservedLastIDs = Int.random(in: 1...30, using: &generator)
      for number in 0..<Int.random(in: 0...3, using: &generator) {
        let distance = Int.random(in: 1...options.reservedLastIDs, using: &generator)
        if options.placedTokens[TokenID(340 - distance)] == nil {
          options.lastTokens[distance] = "<last\(number)>"
        }
      }
    }
    if seed % 5 == 0 { options.paddedSize = Int.random(in: 340...400, using: &generator) }
    return options
  }

  @Test("everything is where filling one slot after the other puts it", arguments: 0..<200)
  func likeReference(_ seed: Int) throws {
    var generator = SeededGenerator(seed: seed)
    let options = Self.randomOptions(seed)
    try options.check()
    var merges = TrainedMerges()
    // At times fewer merges than there is room for, at times more.
    for count in 0..<[3, 40, 300][seed % 3] {
      let symbols = TokenID(256 + count)
      merges.pairs.append(
        TokenPair(
          TokenID.random(in: 0..<symbols, using: &generator) % 300 % symbols,
          TokenID.random(in: 0..<min(symbols, 256), using: &generator)))
      merges.frequencies.append(1)
    }
    let layout = VocabularyLayout(options, merges)
    let expected = Self.reference(options, merges)
    #expect(layout.vocabulary.count == expected.count)
    #expect(layout.vocabulary.count % options.sizeMultiple == 0)
    let added = Dictionary(uniqueKeysWithValues: layout.added.map { ($0.id, $0) })
    for (id, slot) in expected.enumerated() {
      #expect(layout.vocabulary.bytes(of: TokenID(id)).makeArray() == slot.bytes, "id \(id)")
      #expect(added[TokenID(id)]?.isSpecial == slot.isSpecial, "id \(id)")
      if slot.isSpecial != nil {
        #expect(added[TokenID(id)].map { Array($0.content.utf8) } == slot.bytes)
      }
    }
    #expect(layout.added.map(\.id) == layout.added.map(\.id).sorted())
    #expect(Set(layout.added.map(\.content)).count == layout.added.count, "a text twice")
    #expect(layout.vocabulary.count >= options.paddedSize ?? 0)
    for id in (340 - options.reservedLastIDs)..<340 {
      #expect(added[TokenID(id)]?.isSpecial == true, "id \(id) is reserved")
    }
    // A rule makes the bytes of its pair, and rules are those of the merges in order.
    #expect(layout.rules.count == min(merges.pairs.count, options.mergeLimit))
    for (rank, rule) in layout.rules.enumerated() {
      #expect(Int(rule.rank) == rank)
      let left = layout.vocabulary.bytes(of: rule.pair.left).makeArray()
      let right = layout.vocabulary.bytes(of: rule.pair.right).makeArray()
      #expect(layout.vocabulary.bytes(of: rule.merged).makeArray() == left + right)
    }
  }

  @Test("without other options: special tokens, bytes, merges")
  func plain() {
    var options = TrainingOptions(vocabularySize: 260)
    options.specialTokens = ["<s>", "</s>"]
    let layout = VocabularyLayout(options, TrainedMerges())
    #expect(layout.vocabulary.count == 258)
    #expect(layout.added.map(\.id) == [0, 1])
    for (place, byte) in ByteAlphabet.bytesInOrder.enumerated() {
      #expect(layout.vocabulary.bytes(of: TokenID(2 + place)).makeArray() == [byte])
    }
  }

  @Test(
    "a token at the end stays there in a vocabulary of another size", arguments: [280, 300, 5000])
  func lastTokens(_ size: Int) throws {
    var options = TrainingOptions(vocabularySize: size)
    options.reservedLastIDs = 21
    options.lastTokens = [20: "<eod>", 1: "<eop>"]
    try options.check()
    #expect(options.mergeLimit == size - 256 - 21)
    let layout = VocabularyLayout(options, TrainedMerges())
    #expect(layout.vocabulary.count == size)
    let added = Dictionary(uniqueKeysWithValues: layout.added.map { ($0.content, Int($0.id)) })
    #expect(added["<eod>"] == size - 20)
    #expect(added["<eop>"] == size - 1)
    #expect(added["<unused0>"] == 256)
  }

  private func complaint(_ change: (inout TrainingOptions) -> Void) -> String? {
    var options = TrainingOptions(vocabularySize: 300)
    change(&options)
    do throws(TextError) {
      try options.check()
      return nil
    } catch {
      return error.description
    }
  }

  @Test("options that clash are refused in one line")
  func clashes() {
    #expect(complaint { $0.placedTokens = [299: "<pad>"] } == nil)
    #expect(
      complaint { $0.placedTokens = [300: "<pad>"] }
        == "id 300 of \"<pad>\" is not below the vocabulary size 300; "
        + "choose a lower id or a larger vocabulary")
    let twice = "a special token is empty or named twice; name each special token once"
    #expect(
      complaint {
        $0.placedTokens = [3: "<s>"]
        $0.specialTokens = ["<s>"]
      } == twice)
    #expect(complaint { $0.placedTokens = [3: "<s>", 4: "<s>"] } == twice)
    #expect(
      complaint {
        $0.userSymbols = ["<unused1>"]
        $0.unusedTokens = 2
      } == twice)
    #expect(complaint { $0.userSymbols = [""] } == twice)
    #expect(complaint { $0.userSymbols = ["가"] } == nil)
    #expect(complaint { $0.unusedTokens = 45 }?.contains("ask for at least 301") == true)
    #expect(
      complaint { $0.lastTokens = [3: "<eod>"] }
        == "\"<eod>\" does not lie among the reserved last ids; "
        + "reserve at least 3, or give it another id")
    #expect(
      complaint {
        $0.reservedLastIDs = 3
        $0.lastTokens = [1: "<eod>"]
        $0.placedTokens = [299: "<pad>"]
      } == "id 299 is given to two special tokens; choose another for one of them")
    #expect(
      complaint {
        $0.reservedLastIDs = 40
        $0.lastTokens = [1: "<eod>", 40: "<pad>"]
        $0.specialTokens = ["<s>", "</s>", "<unk>", "<mask>", "<sep>"]
      }
        == "vocabulary size 300 is below the alphabet: 256 bytes and 45 special tokens "
        + "and reserved ids; ask for at least 301")
    #expect(
      complaint { $0.paddedSize = 299 }
        == "a vocabulary of 300 ids cannot be filled up to 299; ask for at least 300")
    // Three merges make a syllable, two of the next share its first byte's.
    #expect(
      complaint {
        $0.vocabularySize = 258
        $0.requiredCharacters = ["가"]
      } == nil)
    #expect(
      complaint {
        $0.vocabularySize = 259
        $0.requiredCharacters = ["가", "나"]
      }?.contains("ask for at least 260") == true)
  }
}
