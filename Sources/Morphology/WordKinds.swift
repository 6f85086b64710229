// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// What a dictionary's words of a kind mostly are, so that a new word of the kind can be the same.
///
/// MeCab derives ids and cost from the files that the dictionary was trained and compiled with, which few
/// have. What they say shows in the compiled words: those of one tag, semantic class and final consonant
/// have the same ids but for a few, and nearly all that no word of the training text was like have the
/// same cost, that of the kind alone.
struct WordKinds {
  private struct Counts {
    var classes: [UInt32: Int] = [:]
    var costs: [Int16: Int] = [:]
    var parts: [UInt16: Int] = [:]
  }

  /// The number of each of the ``FeatureKeys`` that were asked for, and what is known of it.
  private var numbers: [UInt64: Int] = [:]
  private var counts: [Counts] = []

  /// What is needed to know of `words` for those of `user`.
  ///
  /// - Complexity: O(size of the dictionary), two tenths of a second for mecab-ko-dic.
  init(_ words: Lexicon, for user: [UserDictionary]) {
    var keys = FeatureKeys()
    for word in user.lazy.flatMap(\.words) {
      keys.set(word.feature.span)
      for key in keys.all where numbers[key] == nil {
        numbers[key] = counts.count
        counts.append(Counts())
      }
    }
    if counts.isEmpty { return }
    for number in 0..<words.count {
      let entry = words.entry(UInt32(number))
      keys.set(words.feature(of: entry))
      if let known = numbers[keys.kind] {
        let classes = UInt32(entry.beginning) << 16 | UInt32(entry.ending)
        counts[known].classes[classes, default: 0] += 1
        counts[known].costs[entry.cost, default: 0] += 1
      }
      if let known = numbers[keys.part] { counts[known].parts[entry.partOfSpeech, default: 0] += 1 }
      if let known = numbers[keys.tag] { counts[known].parts[entry.partOfSpeech, default: 0] += 1 }
    }
  }

  /// The most frequent ids of words of the kind of `feature`, nil if there is none.
  func classes(of feature: [UInt8]) -> (beginning: Int, ending: Int)? {
    let keys = FeatureKeys(feature)
    return (mostFrequent(keys.kind, \.classes) ?? mostFrequent(keys.generalKind, \.classes))
      .map { (Int($0 >> 16), Int($0 & 0xFFFF)) }
  }

  /// Their most frequent cost.
  func cost(of feature: [UInt8]) -> Int16? {
    let keys = FeatureKeys(feature)
    return mostFrequent(keys.kind, \.costs) ?? mostFrequent(keys.generalKind, \.costs)
  }

  /// The id of the part of speech of words made up as `feature` says, 0 if there is none.
  func partOfSpeech(of feature: [UInt8]) -> UInt16 {
    let keys = FeatureKeys(feature)
    return mostFrequent(keys.part, \.parts) ?? mostFrequent(keys.tag, \.parts) ?? 0
  }

  /// The most frequent value, of several the least.
  private func mostFrequent<Value: Comparable>(
    _ key: UInt64, _ values: KeyPath<Counts, [Value: Int]>
  ) -> Value? {
    guard let number = numbers[key] else { return nil }
    return counts[number][keyPath: values]
      .min { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }?.key
  }
}

/// Hashes of the fields of a feature by which words are alike; fields that it does not have are `*`.
private struct FeatureKeys {
  /// Tag, semantic class and final consonant, by which MeCab tells ids and costs.
  private(set) var kind: UInt64 = 0
  /// The same of any semantic class that has no words.
  private(set) var generalKind: UInt64 = 0
  /// Tag, type and first tag, by which it tells parts of speech.
  private(set) var part: UInt64 = 0
  private(set) var tag: UInt64 = 0

  init() {}
  init(_ feature: [UInt8]) { set(feature.span) }

  var all: [UInt64] { [kind, generalKind, part, tag] }

  mutating func set(_ feature: Span<UInt8>) {
    var place = 0
    func next() -> UInt64 {
      if place > feature.count { return Self.any }
      var end = place
      while end < feature.count, feature[end] != UInt8(ascii: ",") { end &+= 1 }
      defer { place = end &+ 1 }
      return hash64(feature.extracting(place..<end))
    }
    let (tag, meaning, final) = (next(), next(), next())
    _ = next()
    let (type, first) = (next(), next())
    self.tag = tag
    kind = mixed(mixed(tag, 1), mixed(meaning, final))
    generalKind = mixed(mixed(tag, 1), mixed(Self.any, final))
    part = mixed(mixed(tag, 2), mixed(type, first))
  }

  private static let any = hash64([UInt8(ascii: "*")].span)
}
