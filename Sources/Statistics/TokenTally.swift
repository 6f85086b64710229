// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenModels

/// What one thread counts with one tokenizer: ``TokenStatistics`` in the making.
///
/// What must be known of a token and how often it occurred stand in one word, for a look-up that misses
/// the nearest caches costs more than all else.
package struct TokenTally: Sendable {
  // Bits 0 to 31 of slot id are the token's trait, those above how often it occurred.
  private var slots: [UInt64]
  /// How often 2^32 occurrences of an id were full.
  private var carries: [UInt32: Int] = [:]
  private var lengths = LengthHistogram()
  private var edges = TokenEdges()
  private var numbers: [Int] = []

  package init(_ traits: TokenTraits) { slots = traits.traits.map { UInt64($0.bits) } }

  /// Counts the document `text`, which measures `measure` and whose tokens are `ids` with `traits`: for its
  /// edges what ``TokenEdges/add(slowly:ids:_:)`` does, from what is known of each token.
  ///
  /// - Complexity: O(the number of ids), with a few bytes of the text for each; O(n) where tokens may
  ///   differ from the text.
  package mutating func add(
    _ text: Span<UInt8>, _ measure: TextMeasure, ids: Span<UInt32>, _ traits: TokenTraits
  ) {
    lengths.add(ids.count)
    var walk = EdgeWalk()
    swap(&walk.numbers, &numbers)
    walk.go(over: text, ids, traits, &slots, &carries)
    if walk.isAligned(text, ids, traits) {
      edges.eojeols += measure.eojeols
      edges.syllables += measure.syllables
      // A syllable that no token has whole is of several.
      edges.splitSyllables += measure.syllables - walk.wholeSyllables
      edges.wholeEojeols += walk.wholeEojeols
      edges.superwords += walk.superwords
      for place in walk.numbers { edges.numbers.add(place) }
    } else {
      edges.unalignedDocuments += 1
    }
    walk.numbers.removeAll(keepingCapacity: true)
    swap(&walk.numbers, &numbers)
  }

  /// Adds what another thread counted with the same tokenizer.
  package mutating func merge(_ other: TokenTally) {
    for (id, slot) in other.slots.enumerated() {
      let (sum, isFull) = slots[id].addingReportingOverflow((slot >> 32) << 32)
      slots[id] = sum
      if isFull { carries[UInt32(id), default: 0] += 1 }
    }
    carries.merge(other.carries) { $0 + $1 }
    lengths.merge(other.lengths)
    edges.merge(other.edges)
  }

  /// Adds what was counted to `statistics`.
  package func add(to statistics: inout TokenStatistics) {
    for (id, slot) in slots.enumerated() { statistics.tokenCounts[id] += Int(slot >> 32) }
    for (id, count) in carries { statistics.tokenCounts[Int(id)] += count << 32 }
    statistics.lengths.merge(lengths)
    statistics.edges.merge(edges)
  }
}

/// One walk over the tokens of a document.
private struct EdgeWalk {
  var wholeSyllables = 0
  var wholeEojeols = 0
  var superwords = 0
  /// Where each number stands in ``NumberCuts``: counted only once the document is known to be aligned.
  var numbers: [Int] = []
  /// The bytes of all tokens.
  private var byteCount = 0
  /// The digits of a number that the last token ended in, and the mask of edges among them.
  private var digits = 0
  private var digitEdges = 0

  /// Whether the tokens that were walked over are `text`.
  func isAligned(_ text: Span<UInt8>, _ ids: Span<UInt32>, _ traits: TokenTraits) -> Bool {
    byteCount == text.count && (!traits.mayDiffer || traits.spell(text, ids))
  }

  /// Walks over `ids`, and counts them in `slots`.
  mutating func go(
    over text: Span<UInt8>, _ ids: Span<UInt32>, _ traits: TokenTraits,
    _ storedSlots: inout [UInt64], _ carries: inout [UInt32: Int]
  ) {
    var slots = storedSlots.mutableSpan
    var (start, syllables) = (0, 0)
    var (eojeols, spanning): (UInt32, UInt32) = (0, 0)
    // What is before the text and behind it ends eojeols as white space does.
    var isBehindWhiteSpace: UInt32 = 1
    /// Whether the last token is an eojeol if white space follows.
    var mayEnd: UInt32 = 0
    for index in ids.indices {
      // ---- Count it ----
      let id = ids[index]
      let slot = slots[Int(id)] &+ 1 << 32
      slots[Int(id)] = slot
      if slot >> 32 == 0 { carries[id, default: 0] += 1 }
      // ---- What is known of it ----
      let trait = TokenTraits.Trait(bits: UInt32(truncatingIfNeeded: slot))
      var end = start &+ trait.byteCount
      var beginsWithWhiteSpace = trait.beginsWithWhiteSpace
      var endsInWhiteSpace = trait.endsInWhiteSpace
      if trait.mustBeRead || digits > 0 {
        let token = traits.vocabulary.bytes(of: id)
        if trait.isLong {
          end = start &+ token.count
          syllables &+= syllableCount(token)
        }
        if trait.mayBePartOfWhiteSpace, end <= text.count {
          beginsWithWhiteSpace = isWhiteSpace(decodeUTF8(text, at: start)) ? 1 : 0
          endsInWhiteSpace = endsInWhiteSpaceCharacter(text, end) ? 1 : 0
        }
        countDigits(token)
      }
      // ---- Eojeols and sums ----
      eojeols &+= mayEnd & beginsWithWhiteSpace
      mayEnd = trait.canBeEojeol & (trait.beginsWithSpace | isBehindWhiteSpace)
      isBehindWhiteSpace = endsInWhiteSpace
      spanning &+= trait.isSuperword
      syllables &+= trait.syllables
      start = end
    }
    endNumber()
    (byteCount, wholeSyllables) = (start, syllables)
    (wholeEojeols, superwords) = (Int(eojeols &+ mayEnd), Int(spanning))
  }

  /// Whether the character that ends in front of `end` is white space.
  private func endsInWhiteSpaceCharacter(_ text: Span<UInt8>, _ end: Int) -> Bool {
    var start = end - 1
    while start > 0, end - start < 3, text[start] & 0xC0 == 0x80 { start -= 1 }
    let scalar = decodeUTF8(text, at: start)
    return start + scalar.byteCount == end && isWhiteSpace(scalar)
  }

  // MARK: Numbers

  private mutating func countDigits(_ token: Span<UInt8>) {
    for offset in token.indices {
      guard token[offset] &- 0x30 < 10 else {
        endNumber()
        continue
      }
      if offset == 0, digits > 0, digits < NumberCuts.longest { digitEdges |= 1 << (digits - 1) }
      digits += 1
    }
  }

  private mutating func endNumber() {
    if digits > 0, digits <= NumberCuts.longest {
      numbers.append(NumberCuts.place(length: digits, edges: digitEdges))
    }
    (digits, digitEdges) = (0, 0)
  }
}

extension TokenTraits {
  /// Whether the tokens of `ids`, one behind another, are `text`.
  ///
  /// - Complexity: O(n).
  fileprivate func spell(_ text: Span<UInt8>, _ ids: Span<UInt32>) -> Bool {
    var start = 0
    for index in ids.indices {
      let token = vocabulary.bytes(of: ids[index])
      // Tokens without bytes stand for nothing in the text.
      guard token.count > 0, start + token.count <= text.count else { return false }
      for place in token.indices where token[place] != text[start + place] { return false }
      start += token.count
    }
    return start == text.count
  }
}
