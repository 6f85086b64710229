// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// What packing holds between two batches, whatever the way; a checkpoint is all of it.
struct PackingState: ~Copyable, Sendable {
  /// Ids that no sample has yet.
  var pending = TokenBuffer()
  /// Where the parts of ``pending`` end: documents, pieces of them, or sentences.
  var partEnds = GrowableBuffer<Int>()
  /// Of sentences, how many there are up to the end of each document.
  var groupEnds = GrowableBuffer<Int>()
  var generator: PackingGenerator
  var account = PackingAccount()

  init(generator: PackingGenerator) { self.generator = generator }

  /// Forgets everything that waits.
  mutating func clear() {
    pending.removeAll()
    partEnds.removeAll()
    groupEnds.removeAll()
  }
}

// MARK: - Checkpoints

extension PackingState {
  private static let magic = UInt64(0x0132_6B63_6150_6D6D)

  /// Appends everything to `bytes`, sealed by a checksum that covers `plan`, too.
  ///
  /// Layout, in little-endian 64-bit numbers but for the ids: magic, generator, count and numbers of
  /// the account, count and ends of parts, count and ends of groups, count of ids, the ids in 32
  /// bits each, checksum.
  func save(_ plan: PackingPlan, to bytes: inout ByteBuffer) {
    let start = bytes.count
    bytes.append(littleEndian: Self.magic)
    bytes.append(littleEndian: generator.state)
    let numbers = account.numbers
    Self.append(numbers.span, to: &bytes)
    Self.append(partEnds.span, to: &bytes)
    Self.append(groupEnds.span, to: &bytes)
    bytes.append(littleEndian: UInt64(pending.count))
    bytes.append(ids: pending.span, as: .uint32)
    let seal = Self.seal(bytes.span.extracting(start..<bytes.count), plan)
    bytes.append(littleEndian: seal)
  }

  /// What ``save(_:to:)`` has appended for the same plan.
  ///
  /// - Throws: `damagedArtefact` for anything else.
  init(_ plan: PackingPlan, restoring bytes: Span<UInt8>) throws(TextError) {
    self.init(generator: PackingGenerator(seed: 0))
    guard bytes.count >= 24,
      bytes.load(at: bytes.count - 8, as: UInt64.self)
        == Self.seal(bytes.extracting(0..<bytes.count - 8), plan),
      bytes.load(at: 0, as: UInt64.self) == Self.magic
    else {
      throw TextError(
        .damagedArtefact, "the state of packing is damaged, or that of other settings",
        remedy: "begin anew")
    }
    // The checksum holds, so every count is as it was written.
    generator.state = bytes.load(at: 8, as: UInt64.self)
    var offset = 16
    var numbers = GrowableBuffer<Int>()
    Self.read(bytes, &offset, to: &numbers)
    Self.read(bytes, &offset, to: &partEnds)
    Self.read(bytes, &offset, to: &groupEnds)
    let count = Int(bytes.load(at: offset, as: UInt64.self))
    offset += 8
    _ = pending.append(stored: bytes.extracting(offset..<offset + 4 * count), as: .uint32)
    guard let account = PackingAccount(numbers: numbers.makeArray()) else {
      preconditionFailure("an account of another version under a checksum of this one")
    }
    self.account = account
  }

  private static func append(_ numbers: Span<Int>, to bytes: inout ByteBuffer) {
    bytes.append(littleEndian: UInt64(numbers.count))
    for index in numbers.indices { bytes.append(littleEndian: Int64(numbers[index])) }
  }

  private static func read(
    _ bytes: Span<UInt8>, _ offset: inout Int, to numbers: inout GrowableBuffer<Int>
  ) {
    let count = Int(bytes.load(at: offset, as: UInt64.self))
    offset += 8
    for _ in 0..<count {
      numbers.append(Int(bytes.load(at: offset, as: Int64.self)))
      offset += 8
    }
  }

  private static func seal(_ bytes: Span<UInt8>, _ plan: PackingPlan) -> UInt64 {
    var hash = XXH3()
    hash.update(bytes)
    hash.update(JSON.object(plan.manifestOptions).serialized(indent: nil).span)
    return hash.value
  }
}
