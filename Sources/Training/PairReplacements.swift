// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenModels

/// What one token that becomes another does to the pairs with its neighbours on one side: summed up by
/// neighbour, then counted at once.
///
/// To count a pair takes two ways to memory. Here they are taken once for each neighbour instead of once
/// for each place (a tenth of them while characters are built, half later on), and asked for ahead.
struct PairReplacements: ~Copyable {
  private struct Slot: BitwiseCopyable {
    var round: UInt32 = 0
    /// The place in `neighbours`, if the round is the current one.
    var place: UInt32 = 0
  }

  private struct Neighbour: BitwiseCopyable {
    let token: TokenID
    /// Where the new pair is counted, once it is known.
    var new: UInt32 = 0
    var occurrences: Int64
  }

  private struct Word: BitwiseCopyable {
    let neighbour: UInt32
    let word: UInt32
  }

  /// On which side of the token its neighbours stand.
  private let stand: Side
  /// By token.
  private var slots = GrowableBuffer<Slot>()
  private var round: UInt32 = 1
  private var neighbours = GrowableBuffer<Neighbour>()
  private var words = GrowableBuffer<Word>()

  enum Side { case before, after }

  /// Enough work to cover the way to memory.
  private static let ahead = 8

  init(_ side: Side) { stand = side }

  /// Notes that the token stands beside `neighbour` so often.
  ///
  /// - Returns: The neighbour, for ``addWord(_:_:)``.
  @discardableResult
  mutating func add(_ neighbour: TokenID, _ occurrences: Int64) -> UInt32 {
    let token = Int(neighbour)
    if token >= slots.count {
      slots.append(repeating: Slot(), count: max(token + 1 - slots.count, slots.count))
    }
    if slots[token].round != round {
      slots[token] = Slot(round: round, place: UInt32(neighbours.count))
      neighbours.append(Neighbour(token: neighbour, occurrences: 0))
    }
    let place = slots[token].place
    neighbours[Int(place)].occurrences += occurrences
    return place
  }

  /// Notes that the new token and `neighbour` are units of one token each in `word`.
  mutating func addWord(_ word: UInt32, _ neighbour: UInt32) {
    words.append(Word(neighbour: neighbour, word: word))
  }

  /// Counts all that was noted as pairs of `new` in place of pairs of `old`, and forgets it.
  mutating func apply(_ old: TokenID, _ new: TokenID, to pairs: inout PairCounts) {
    let count = neighbours.count
    for place in 0..<count + 2 * Self.ahead {
      if place < count {
        pairs.prefetchSlot(pair(neighbours[place].token, old))
        pairs.prefetchSlot(pair(neighbours[place].token, new))
      }
      if place >= Self.ahead, place - Self.ahead < count {
        pairs.prefetchEntry(pair(neighbours[place - Self.ahead].token, old))
      }
      if place >= 2 * Self.ahead {
        let neighbour = neighbours[place - 2 * Self.ahead]
        pairs.add(-neighbour.occurrences, to: pairs.index(of: pair(neighbour.token, old)))
        let index = pairs.index(of: pair(neighbour.token, new))
        pairs.add(neighbour.occurrences, to: index)
        neighbours[place - 2 * Self.ahead].new = UInt32(index)
      }
    }
    for place in 0..<words.count {
      pairs.addWord(words[place].word, to: Int(neighbours[Int(words[place].neighbour)].new))
    }
    neighbours.removeAll()
    words.removeAll()
    precondition(round < .max, "more than 2^32 changes of tokens")
    round += 1
  }

  private func pair(_ neighbour: TokenID, _ token: TokenID) -> TokenPair {
    stand == .before ? TokenPair(neighbour, token) : TokenPair(token, neighbour)
  }
}
