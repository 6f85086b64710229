// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import Normalization
internal import TextCore

/// What an input is fed to; stops the program where something does not hold.
typealias FuzzTarget = @Sendable ([UInt8]) -> Void

enum FuzzTargets {
  /// Makes a target; its files go to the directory given.
  typealias Making = @Sendable (_ directory: String) -> FuzzTarget

  /// All targets by name.
  static let all: [String: Making] = {
    var all: [String: Making] = [:]
    for reader in ReaderTarget.all { all[reader.name] = { reader.target(in: $0) } }
    for (name, normalizer) in NormalizerTarget.all {
      let target = NormalizerTarget(normalizer)
      all["normalize-\(name)"] = { _ in { target.check($0) } }
    }
    all["options"] = { _ in { checkOptions($0) } }
    all["recipe"] = { directory in { checkRecipe($0, in: directory) } }
    return all
  }()
}

/// Stops the program if `isTrue` does not hold.
func require(_ isTrue: Bool, _ what: @autoclosure () -> String) {
  if !isTrue { fatalError(what()) }
}

/// Paths, templates and names of normalisers come from the command line: any text is taken or refused.
private func checkOptions(_ input: [UInt8]) {
  let text = String(decoding: input, as: UTF8.self)
  _ = JSONPath(text)
  _ = Template(text)
  if let normalizer = Normalizer(rawValue: text) {
    require(
      Normalizer(rawValue: normalizer.rawValue) == normalizer,
      "\(normalizer.rawValue) names another normaliser")
  }
}

private func checkRecipe(_ input: [UInt8], in directory: String) {
  let path = "\(directory)/recipe.json"
  write(input, to: path)
  _ = try? Recipe(path: path)
}

/// Writes an input to a file, which need not be durable.
func write(_ input: [UInt8], to path: String) {
  do throws(TextError) {
    let file = try FileDescriptor.writing(path)
    try file.write(input.span, path: path)
  } catch {
    fatalError(error.description)
  }
}

/// A number that differs from input to input and is always the same for one (FNV-1a).
func choice(of input: [UInt8]) -> Int {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  for byte in input { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
  return Int(truncatingIfNeeded: hash >> 8)
}
