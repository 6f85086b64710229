// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// What a document is for.
package enum DocumentSplit: Int, Sendable, CaseIterable {
  case train
  case validation
  case test

  package var name: String { "\(self)" }
}

/// Which document is for training, validation or test, by a hash of its id.
///
/// A document's split depends on its id, the seed and the shares of validation and test alone: it is
/// the same in a corpus that has grown, in any order, and in every run. Of all hashes test has the
/// lowest, validation those above and training the rest, so that a larger share of validation
/// takes documents from training and leaves test as it is.
package struct SplitRule: Sendable, Equatable {
  package let seed: UInt64
  /// The weights as they were written.
  package let text: String
  /// The shares of training, validation and test, 1 together.
  package let shares: [Double]
  /// Hashes below are test, and below the second validation.
  private let testLimit: UInt64
  private let validationLimit: UInt64

  /// The rule for `text`, weights of training, validation and test such as "98,1,1" or "0.99/0.01".
  ///
  /// - Throws: `invalidArgument`.
  package init(_ text: String, seed: UInt64 = 0) throws(TextError) {
    var weights: [Double] = []
    for part in text.split(
      omittingEmptySubsequences: false, whereSeparator: { $0 == "," || $0 == "/" })
    {
      guard let weight = Double(part.filter { $0 != " " }), weight >= 0, weight.isFinite else {
        throw Self.refused(text)
      }
      weights.append(weight)
    }
    let sum = weights.reduce(0, +)
    guard (2...3).contains(weights.count), sum > 0, sum.isFinite else { throw Self.refused(text) }
    shares = weights.map { $0 / sum } + [Double](repeating: 0, count: 3 - weights.count)
    self.seed = seed
    self.text = text
    testLimit = Self.limit(shares[2])
    // No sum of rounded shares: without training nothing may be left for it.
    validationLimit = shares[0] == 0 ? .max : Self.limit(shares[1] + shares[2])
  }

  private static func limit(_ share: Double) -> UInt64 {
    share >= 1 ? .max : UInt64(share * 0x1p64)
  }

  private static func refused(_ text: String) -> TextError {
    TextError(
      .invalidArgument, "\"\(text)\" does not say how to split",
      remedy: "give two or three weights, of training, validation and test, as in 98,1,1")
  }

  /// The split of the document with `identity`.
  package func split(of identity: DocumentIdentity) -> DocumentSplit {
    let hash = identity.choice(seed: seed, of: .split)
    if hash < testLimit { return .test }
    return hash < validationLimit || shares[0] == 0 ? (shares[1] > 0 ? .validation : .test) : .train
  }
}

/// What tells a document from others: a hash of its id, or, where it has none, of its text.
///
/// Two documents of one id are one document; whoever wants the same of the text leaves ids out.
package struct DocumentIdentity: Sendable, Hashable {
  package let hash: XXH128

  package init(hash: XXH128) { self.hash = hash }

  /// The identity of a document with `id`.
  package init(id: Span<UInt8>) { hash = XXH128(id, seed: 1) }

  /// The identity of a document without id, by the bytes of its text.
  package init(text: Span<UInt8>) { hash = XXH128(text, seed: 2) }

  /// The identity by `id`, or by `text` if there is none.
  package init(id: Span<UInt8>, orText text: Span<UInt8>) {
    if id.isEmpty { self.init(text: text) } else { self.init(id: id) }
  }

  /// What a choice is about: each draws from the identity independently of the others.
  enum Choice: UInt64 {
    case split = 0x9E6C_63D0_676A_9A99
    case repetition = 0xD1B5_4A32_D192_ED03
  }

  /// 64 uniform bits for `choice` under `seed`.
  func choice(seed: UInt64, of choice: Choice) -> UInt64 {
    let salt = finalised(seed &+ choice.rawValue)
    return finalised(finalised(hash.high ^ salt) &+ hash.low)
  }
}
