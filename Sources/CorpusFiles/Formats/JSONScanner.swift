// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Finds the records of JSON files: the elements of the arrays that stand at given paths, the elements
/// of an outermost array, and other outermost values as wholes.
///
/// So a file that is one array of gigabytes is read an element at a time. The scanner checks the JSON
/// around the records itself; inside them it only counts brackets outside strings, for each record is
/// parsed on its own later.
struct JSONScanner: RecordScanning {
  /// The variant of outermost values and of the elements of an outermost array; other records have
  /// the number of their path.
  static let rootVariant = -1

  /// Names of fields that lead to an array of records.
  private let paths: [[[UInt8]]]
  private var levels: [Level] = []
  private var state = State.value
  /// Brackets that are open inside a record, or inside a value that holds no records.
  private var depth = 0
  private var isInString = false
  private var isEscaped = false
  /// What stands at `position` and is passed over as a whole.
  private var passing = Passing.nothing
  /// The bytes of the field name that is being read.
  private var key: [UInt8] = []
  /// The record of the outermost value, while none of its arrays is one of records.
  private var isRootRecord = false
  private var isBroken = false

  private enum State { case value, firstValue, comma, firstKey, key, colon }
  private enum Passing { case nothing, record(Int), other, scalar, keyString }

  /// A container around the records.
  private struct Level {
    var isArray: Bool
    /// The paths whose first names lead here, a bit each.
    var candidates: UInt64
    /// The variant of the elements, if they are records.
    var variant: Int?
  }

  /// A scanner for arrays at `paths`, each of field names alone; an empty path is that of no array.
  init(paths: [[[UInt8]]]) {
    precondition(paths.count <= 64, "a bit for each path")
    self.paths = paths
  }

  mutating func scan(_ bytes: Span<UInt8>, isEnd: Bool, _ finds: inout RecordFinds) {
    var offset = finds.position
    while offset < bytes.count {
      if isBroken {
        offset = bytes.count
        break
      }
      switch passing {
      case .nothing: structure(bytes, &offset, &finds)
      case .keyString: readKey(bytes, &offset)
      case .scalar, .record, .other: pass(bytes, &offset, &finds)
      }
    }
    finds.position = offset
    if isEnd { end(at: offset, &finds) }
  }

  /// Takes the byte at `offset`, which stands between values.
  private mutating func structure(
    _ bytes: Span<UInt8>, _ offset: inout Int, _ finds: inout RecordFinds
  ) {
    let byte = bytes[offset]
    if isBlankByte(byte) {
      offset += 1
      return
    }
    let isInArray = levels.last?.isArray == true
    switch (state, byte) {
    case (.firstValue, UInt8(ascii: "]")), (.firstKey, UInt8(ascii: "}")),
      (.comma, _) where byte == (isInArray ? UInt8(ascii: "]") : UInt8(ascii: "}")):
      offset += 1
      levels.removeLast()
      endValue(at: offset, &finds)
    case (.comma, UInt8(ascii: ",")):
      state = isInArray ? .value : .key
      offset += 1
    case (.colon, UInt8(ascii: ":")):
      state = .value
      offset += 1
    case (.firstKey, UInt8(ascii: "\"")), (.key, UInt8(ascii: "\"")):
      key = []
      passing = .keyString
      offset += 1
    case (.value, _), (.firstValue, _): beginValue(byte, &offset, &finds)
    default: breakOff("not valid JSON", at: offset, &finds)
    }
  }

  private mutating func beginValue(
    _ byte: UInt8, _ offset: inout Int, _ finds: inout RecordFinds
  ) {
    switch byte {
    case UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ","), UInt8(ascii: ":"):
      return breakOff("not valid JSON", at: offset, &finds)
    default: break
    }
    let isContainer = byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
    guard let level = levels.last else {
      // ---- An outermost value ----
      if byte == UInt8(ascii: "[") {
        levels.append(Level(isArray: true, candidates: 0, variant: Self.rootVariant))
        state = .firstValue
        offset += 1
      } else {
        finds.openStart = offset
        isRootRecord = true
        if byte == UInt8(ascii: "{"), paths.contains(where: { !$0.isEmpty }) {
          finds.isTentative = true
          let all = paths.count == 64 ? UInt64.max : (1 << UInt64(paths.count)) - 1
          levels.append(Level(isArray: false, candidates: all, variant: nil))
          state = .firstKey
          offset += 1
        } else {
          passing = isContainer || byte == UInt8(ascii: "\"") ? .record(Self.rootVariant) : .scalar
        }
      }
      return
    }
    // ---- A record ----
    if let variant = level.variant {
      finds.openStart = offset
      passing = .record(variant)
      return
    }
    // ---- A value on the way to records ----
    let candidates = level.isArray ? 0 : level.candidates & pathsThroughKey()
    if byte == UInt8(ascii: "["), let variant = path(endingAt: levels.count, candidates) {
      if isRootRecord {
        isRootRecord = false
        finds.abandon()
      }
      levels.append(Level(isArray: true, candidates: 0, variant: variant))
      state = .firstValue
      offset += 1
    } else if byte == UInt8(ascii: "{"), candidates != 0 {
      levels.append(Level(isArray: false, candidates: candidates, variant: nil))
      state = .firstKey
      offset += 1
    } else {
      passing = .other
    }
  }

  /// The paths whose name at the present depth is the key just read.
  private func pathsThroughKey() -> UInt64 {
    var found: UInt64 = 0
    let depth = levels.count - 1
    for (number, path) in paths.enumerated() where depth < path.count && path[depth] == key {
      found |= 1 << UInt64(number)
    }
    return found
  }

  private func path(endingAt depth: Int, _ candidates: UInt64) -> Int? {
    paths.indices.first { candidates >> UInt64($0) & 1 == 1 && paths[$0].count == depth }
  }

  /// Reads on in a field name, escapes as they are.
  private mutating func readKey(_ bytes: Span<UInt8>, _ offset: inout Int) {
    while offset < bytes.count {
      let byte = bytes[offset]
      offset += 1
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        passing = .nothing
        state = .colon
        if key.contains(UInt8(ascii: "\\")) { key = unescaped(key) }
        return
      }
      // Names longer than any on a path need not be kept.
      if key.count < 1 << 12 { key.append(byte) }
    }
  }

  /// Goes on over a value to its end.
  private mutating func pass(
    _ bytes: Span<UInt8>, _ offset: inout Int, _ finds: inout RecordFinds
  ) {
    while offset < bytes.count {
      if isInString {
        if isEscaped {
          isEscaped = false
          offset += 1
          continue
        }
        offset = firstOffset(
          of: UInt8(ascii: "\""), or: UInt8(ascii: "\\"), in: bytes, from: offset)
        guard offset < bytes.count else { return }
        if bytes[offset] == UInt8(ascii: "\\") {
          isEscaped = true
          offset += 1
          continue
        }
        isInString = false
        offset += 1
        if depth == 0 { return endPassed(at: offset, &finds) }
        continue
      }
      switch bytes[offset] {
      case UInt8(ascii: "\""): isInString = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        // Of a bare word: it belongs to what is around.
        if depth == 0 { return endPassed(at: offset, &finds) }
        depth -= 1
        if depth == 0 {
          offset += 1
          return endPassed(at: offset, &finds)
        }
      case UInt8(ascii: ","), 0x20, 0x09, 0x0A, 0x0D:
        if depth == 0 { return endPassed(at: offset, &finds) }
      default: break
      }
      offset += 1
    }
  }

  private mutating func endPassed(at offset: Int, _ finds: inout RecordFinds) {
    switch passing {
    case .record(let variant): finds.close(at: offset, variant: variant)
    case .scalar: finds.close(at: offset, variant: Self.rootVariant)
    default: break
    }
    passing = .nothing
    endValue(at: offset, &finds)
  }

  private mutating func endValue(at offset: Int, _ finds: inout RecordFinds) {
    state = levels.isEmpty ? .value : .comma
    guard levels.isEmpty else { return }
    if isRootRecord { finds.close(at: offset, variant: Self.rootVariant) }
    isRootRecord = false
  }

  private mutating func breakOff(_ reason: String, at offset: Int, _ finds: inout RecordFinds) {
    if isRootRecord { finds.abandon() }
    finds.fail("\(reason); what follows is not read", at: offset)
    isBroken = true
  }

  private mutating func end(at offset: Int, _ finds: inout RecordFinds) {
    if isBroken { return }
    if case .scalar = passing, levels.isEmpty { return endPassed(at: offset, &finds) }
    if levels.isEmpty, case .nothing = passing { return }
    let reason = "not valid JSON: the file ends inside a value"
    if finds.openStart == nil { finds.fail(reason, at: offset) } else { finds.fail(reason) }
  }
}

/// The UTF-8 of a JSON string's inside `text`; what is no escape stays as it is.
private func unescaped(_ text: [UInt8]) -> [UInt8] {
  var buffer = ByteBuffer()
  buffer.append("\"")
  buffer.append(copying: text.span)
  buffer.append("\"")
  var reader = JSONPathReader([])
  var output = ByteBuffer()
  guard case .success(let node) = reader.parse(buffer, 0..<buffer.count),
    reader.appendString(node, to: &output)
  else { return text }
  return output.makeArray()
}
