// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore

/// A word as the search sees it: 8 bytes.
struct SearchEntry: BitwiseCopyable {
  /// Its classes, as ``SearchTables`` numbers them.
  var beginning: UInt16
  var ending: UInt16
  var partOfSpeech: UInt16
  var cost: Int16

  init(_ entry: WordEntry, _ classes: ConnectionClasses) {
    beginning = classes.beginnings[Int(entry.beginning)]
    ending = classes.endings[Int(entry.ending)]
    partOfSpeech = entry.partOfSpeech
    cost = entry.cost
  }
}

/// The entries of a dictionary, its words, then those of users, then unknown ones, and the costs of their
/// connections, laid out for the search.
///
/// Half of the time of a search is waiting for memory, so this is small: of the entries only what the
/// search looks at, of the costs those of ``ConnectionClasses``.
@safe
struct SearchTables: @unchecked Sendable {
  // Invariant: `entries` points into `memory`, to `entryCount` entries of classes of `connections`; it is
  // not written to.
  private let memory: FileMapping
  private let entries: UnsafePointer<SearchEntry>
  private let entryCount: Int
  let connections: ConnectionCosts
  /// The classes of what stands before and behind a text.
  let textBeginning: UInt16
  let textEnd: UInt16
  /// The number of the first entry of unknown words.
  let firstUnknown: UInt32

  init(
    _ words: Lexicon, _ user: [UserLexicon], _ unknown: Lexicon, _ matrix: ConnectionCosts
  ) {
    let classes = ConnectionClasses(matrix, words)
    connections = classes.costs
    (textBeginning, textEnd) = (classes.endings[0], classes.beginnings[0])
    let firstUser = words.count
    let firstUnknown = user.reduce(firstUser) { $0 + $1.entries.count }
    self.firstUnknown = UInt32(firstUnknown)
    entryCount = firstUnknown + unknown.count
    let byteCount = entryCount * MemoryLayout<SearchEntry>.stride
    // Safe: the three parts fill the memory.
    memory = unsafe FileMapping(byteCount: byteCount) { bytes in
      let entries = unsafe bytes.bindMemory(to: SearchEntry.self)
      for number in 0..<words.count {
        unsafe entries[number] = SearchEntry(words.entry(UInt32(number)), classes)
      }
      for (number, entry) in user.lazy.flatMap(\.entries).enumerated() {
        unsafe entries[firstUser + number] = SearchEntry(entry, classes)
      }
      for number in 0..<unknown.count {
        unsafe entries[firstUnknown + number] = SearchEntry(unknown.entry(UInt32(number)), classes)
      }
    }
    unsafe entries = memory.start.assumingMemoryBound(to: SearchEntry.self)
  }

  /// The entry `number`.
  @inline(__always)
  func entry(_ number: UInt32) -> SearchEntry {
    precondition(number < entryCount, "an entry that the dictionary does not have")
    return unsafe entries[Int(number)]
  }

  /// Asks for the entries from `first` on.
  @inline(__always)
  func request(_ first: UInt32) {
    // Safe: a prefetch of any address is harmless.
    unsafe ck_prefetch(entries + Int(first))
  }
}
