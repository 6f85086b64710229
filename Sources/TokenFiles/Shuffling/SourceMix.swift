// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// How much of each source goes into training: weights, and quotas in tokens.
///
/// A weight of 2.3 takes every document twice and three of ten, by a hash of their identity, a third
/// time; one of 0.3 takes three of ten. A quota ends a source before the first document that would
/// exceed it: what is taken are whole documents, never more tokens than wanted, and none is passed
/// over for a shorter one behind it, which would favour short documents.
///
/// Decisions depend on the documents before in their source alone, so they are the same for any
/// number of threads as long as documents are asked for in input order.
package struct SourceMix: Sendable {
  /// What is wanted of a source.
  package struct Source: Sendable, Equatable {
    package var name: String
    package var weight: Double
    package var quotaTokens: Int?

    /// - Throws: `invalidArgument` for a weight that is negative or above 1,000, and a quota below 0.
    package init(
      _ name: String, weight: Double = 1, quotaTokens: Int? = nil
    ) throws(TextError) {
      guard (0...1000).contains(weight) else {
        throw TextError(
          .invalidArgument, "the weight \(weight) of source \"\(name)\" is not within 0...1000",
          remedy: "give how often its documents shall be taken, as in 2.3")
      }
      guard quotaTokens ?? 0 >= 0 else {
        throw TextError(
          .invalidArgument, "the quota of source \"\(name)\" is negative",
          remedy: "give a number of tokens")
      }
      self.name = name
      self.weight = weight
      self.quotaTokens = quotaTokens
    }
  }

  /// What became of a source.
  package struct Account: Sendable, Equatable {
    /// Documents asked about, and their tokens.
    package var documentsIn = 0
    package var tokensIn = 0
    /// Documents taken, each time one is, and their tokens.
    package var documentsOut = 0
    package var tokensOut = 0
    /// Documents that the weight left out.
    package var leftOut = 0
    /// Documents, or repetitions of some, behind the end of the quota.
    package var beyondQuota = 0
    /// Whether the quota ended the source.
    package var isExhausted = false

    package init() {}
  }

  package let seed: UInt64
  package let sources: [Source]
  package private(set) var accounts: [Account]

  /// A mix of `sources` that nothing was taken of, or as much as the `accounts` of an earlier run say.
  package init(_ sources: [Source], seed: UInt64 = 0, continuing accounts: [Account]? = nil) {
    precondition(accounts?.count ?? sources.count == sources.count, "accounts of other sources")
    self.sources = sources
    self.seed = seed
    self.accounts = accounts ?? .init(repeating: Account(), count: sources.count)
  }

  /// How often the next document of source `index` is to be written, one that is `tokenCount` long
  /// with all that marks its ends.
  package mutating func take(
    _ index: Int, _ identity: DocumentIdentity, tokenCount: Int
  ) -> Int {
    let source = sources[index]
    let wanted = copies(index, identity)
    var taken = wanted
    if accounts[index].isExhausted {
      taken = 0
    } else if let quota = source.quotaTokens, tokenCount > 0 {
      taken = min(wanted, (quota - accounts[index].tokensOut) / tokenCount)
    }
    accounts[index].documentsIn += 1
    accounts[index].tokensIn += tokenCount
    accounts[index].documentsOut += taken
    accounts[index].tokensOut += taken * tokenCount
    if wanted == 0 { accounts[index].leftOut += 1 }
    accounts[index].beyondQuota += wanted - taken
    if taken < wanted { accounts[index].isExhausted = true }
    return taken
  }

  /// How often the weight alone takes a document: known before it is encoded.
  package func copies(_ index: Int, _ identity: DocumentIdentity) -> Int {
    let weight = sources[index].weight
    let whole = weight.rounded(.down)
    let hash = identity.choice(seed: seed, of: .repetition)
    return Int(whole) + (hash.fraction < weight - whole ? 1 : 0)
  }

  /// Whether nothing more of source `index` will be taken.
  package func isExhausted(_ index: Int) -> Bool {
    accounts[index].isExhausted || sources[index].weight == 0
  }
}

extension SourceMix.Account {
  /// The account that ``fields`` are in `object`.
  package init(_ object: JSONValue) {
    func count(_ name: String) -> Int { object[name]?.integer ?? 0 }
    documentsIn = count("documents_in")
    tokensIn = count("tokens_in")
    documentsOut = count("documents_out")
    tokensOut = count("tokens_out")
    leftOut = count("left_out")
    beyondQuota = count("beyond_quota")
    isExhausted = object["quota_reached"]?.bool ?? false
  }

  /// The account as manifests and journals hold it.
  package var fields: [(String, JSON)] {
    [
      ("documents_in", .integer(documentsIn)), ("tokens_in", .integer(tokensIn)),
      ("documents_out", .integer(documentsOut)), ("tokens_out", .integer(tokensOut)),
      ("left_out", .integer(leftOut)), ("beyond_quota", .integer(beyondQuota)),
      ("quota_reached", .bool(isExhausted)),
    ]
  }
}
