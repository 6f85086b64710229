// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A word that may stand at a place.
struct WordCandidate: BitwiseCopyable {
  var end: Int
  /// Its entries, as ``SearchTables`` numbers them.
  var first: UInt32
  var count: UInt32
}

extension MorphemeDictionary {
  /// The longest run of characters of a kind that makes an unknown word, beside its first character.
  private static let longestRun = 24

  /// Replaces `candidates` by the words at `start` of `text`, where a character of `kind` stands, in the
  /// order in which MeCab finds them.
  ///
  /// Unknown words are added where none is known, or the kind asks for them: all characters of a kind
  /// together, and each number of them up to the kind's limit.
  func findWords(
    of text: Span<UInt8>, at start: Int, _ kind: CharacterKind, _ byteCount: Int,
    _ candidates: inout GrowableBuffer<WordCandidate>
  ) {
    candidates.removeAll()
    words.forEachPrefix(of: text, at: start) { byteCount, entries in
      tables.request(entries.first)
      candidates.append(
        WordCandidate(end: start &+ byteCount, first: entries.first, count: entries.count))
    }
    var firstOfUser = UInt32(words.count)
    for lexicon in userWords {
      lexicon.forEachPrefix(of: text, at: start) { byteCount, entries in
        candidates.append(
          WordCandidate(
            end: start &+ byteCount, first: firstOfUser &+ entries.first, count: entries.count))
      }
      firstOfUser &+= UInt32(lexicon.entries.count)
    }
    if !candidates.isEmpty, !kind.isInvoked { return }
    let unknown = unknownWords.entries(of: kind)
    let first = tables.firstUnknown &+ unknown.first
    func add(upTo end: Int) {
      candidates.append(WordCandidate(end: end, first: first, count: unknown.count))
    }
    var end = start + byteCount
    var endOfRun = -1
    if kind.isGrouped {
      // A longer run is no word, and no word of a few characters ends where it does: to find its end
      // from each of its characters would take quadratic time.
      let run = kinds.endOfRun(of: text, from: end, kind, limit: Self.longestRun + 1)
      if run.count <= Self.longestRun { add(upTo: run.end) }
      endOfRun = run.end
    }
    for _ in 0..<kind.length {
      if end > text.count { break }
      if end == endOfRun { continue }
      add(upTo: end)
      let (next, nextByteCount) = kinds.kind(of: text, at: end)
      if !kind.shares(next) { break }
      end += nextByteCount
    }
    if candidates.isEmpty { add(upTo: end) }
  }
}
