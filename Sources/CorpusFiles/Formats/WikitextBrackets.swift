// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Takes templates, tables, references, links and tags out of wikitext in one pass.
///
/// What is opened is written as it is spelled and put on a stack; when it is closed, what was written
/// since is replaced by its text, or taken back. So inner things are reduced before outer ones see them,
/// and what is never closed stays.
struct WikitextBrackets: ~Copyable, Sendable {
  enum Kind: Int, CaseIterable { case template, parameter, table, link, externalLink, reference }

  private struct Opening {
    var kind: Kind
    /// Where it begins in the output.
    var start: Int
    /// Bytes of its mark.
    var markBytes: Int
  }

  private var stack: [Opening] = []
  /// How many of each kind are on the stack; what is not there need not be looked for.
  private var openCounts = [Int](repeating: 0, count: Kind.allCases.count)
  /// Behind the last thing taken out, in the output; round brackets that hold no more are empty.
  private var lastRemoval = -1

  /// Appends the text of `source`.
  mutating func append(_ text: borrowing ByteBuffer, to output: inout ByteBuffer) {
    let source = text.span
    stack.removeAll(keepingCapacity: true)
    for kind in openCounts.indices { openCounts[kind] = 0 }
    lastRemoval = -1
    var offset = 0
    while offset < source.count {
      switch source[offset] {
      case UInt8(ascii: "{"): openBraces(source, &offset, &output)
      case UInt8(ascii: "}"): closeBraces(source, &offset, &output)
      case UInt8(ascii: "["): openBracket(source, &offset, &output)
      case UInt8(ascii: "]"): closeBracket(source, &offset, &output)
      case UInt8(ascii: "<"): takeTag(source, &offset, &output)
      case UInt8(ascii: "'"): takeQuotes(source, &offset, &output)
      case UInt8(ascii: "|"): closeTable(source, &offset, &output)
      case UInt8(ascii: ")"): closeRound(&output, &offset)
      case lineFeed:
        while stack.last?.kind == .externalLink { pop() }
        output.append(lineFeed)
        offset += 1
      case literalMark:
        output.append(literalMark)
        if offset + 1 < source.count { output.append(source[offset + 1]) }
        offset += 2
      case let byte:
        offset += 1
        // Separators behind something taken out at the beginning of round brackets go with it.
        if lastRemoval == output.count, lastRemoval > 0, [0x20, 0x2C, 0x3B].contains(byte),
          output[lastRemoval - 1] == UInt8(ascii: "(")
        {
          continue
        }
        output.append(byte)
      }
    }
  }

  // MARK: The stack

  /// Deeper nesting is no markup; so what is kept is moved at most so often.
  private static let maximumDepth = 256

  private mutating func push(_ kind: Kind, _ mark: String, _ output: inout ByteBuffer) {
    if stack.count >= Self.maximumDepth { return output.append(mark) }
    stack.append(Opening(kind: kind, start: output.count, markBytes: mark.utf8.count))
    openCounts[kind.rawValue] += 1
    output.append(mark)
  }

  @discardableResult
  private mutating func pop() -> Opening {
    let top = stack.removeLast()
    openCounts[top.kind.rawValue] -= 1
    return top
  }

  /// Takes the innermost opening of `kind` from the stack, and all inside it that is not closed.
  private mutating func pop(to kind: Kind) -> Opening? {
    guard openCounts[kind.rawValue] > 0 else { return nil }
    while true {
      let top = pop()
      if top.kind == kind { return top }
    }
  }

  private mutating func remove(from start: Int, _ output: inout ByteBuffer) {
    output.truncate(to: start)
    lastRemoval = start
  }

  /// Replaces the output from `start` on by its part `kept`.
  private func keep(_ kept: Range<Int>, from start: Int, _ output: inout ByteBuffer) {
    let length = kept.count
    for index in 0..<length { output[start + index] = output[kept.lowerBound + index] }
    output.truncate(to: start + length)
  }

  // MARK: Braces

  private func runLength(_ source: Span<UInt8>, _ offset: Int) -> Int {
    var end = offset
    while end < source.count, source[end] == source[offset] { end += 1 }
    return end - offset
  }

  private mutating func openBraces(
    _ source: Span<UInt8>, _ offset: inout Int, _ output: inout ByteBuffer
  ) {
    var run = runLength(source, offset)
    offset += run
    if run == 1 {
      if offset < source.count, source[offset] == UInt8(ascii: "|"),
        isLineStart(source, before: offset - 1)
      {
        push(.table, "{|", &output)
        offset += 1
      } else {
        output.append(UInt8(ascii: "{"))
      }
      return
    }
    // Of an odd number the innermost three are a parameter.
    while run >= 4 || run == 2 {
      push(.template, "{{", &output)
      run -= 2
    }
    if run == 3 { push(.parameter, "{{{", &output) }
  }

  private mutating func closeBraces(
    _ source: Span<UInt8>, _ offset: inout Int, _ output: inout ByteBuffer
  ) {
    var run = runLength(source, offset)
    offset += run
    while run >= 2 {
      let innermost = stack.last { $0.kind == .template || $0.kind == .parameter }
      guard openCounts[Kind.template.rawValue] + openCounts[Kind.parameter.rawValue] > 0,
        let innermost
      else { break }
      guard let opening = pop(to: innermost.kind) else { break }
      if innermost.kind == .template {
        endTemplate(opening, &output)
        run -= 2
      } else if run >= 3 {
        remove(from: opening.start, &output)
        run -= 3
      } else {
        // Three braces closed by two: the first is text, the others are a template.
        var template = opening
        template.start += 1
        template.markBytes = 2
        endTemplate(template, &output)
        run -= 2
      }
    }
    output.append(repeating: UInt8(ascii: "}"), count: run)
  }

  /// Whether only spaces and indents stand before `offset` in its line.
  private func isLineStart(_ source: Span<UInt8>, before offset: Int) -> Bool {
    var index = offset
    while index > 0, [0x20, 0x09, 0x3A].contains(source[index - 1]) { index -= 1 }
    return index == 0 || source[index - 1] == lineFeed
  }

  private mutating func closeTable(
    _ source: Span<UInt8>, _ offset: inout Int, _ output: inout ByteBuffer
  ) {
    if openCounts[Kind.table.rawValue] > 0, matches(source, at: offset, "|}"),
      !matches(source, at: offset, "|}}"), isLineStart(source, before: offset),
      let opening = pop(to: .table)
    {
      remove(from: opening.start, &output)
      offset += 2
    } else {
      output.append(UInt8(ascii: "|"))
      offset += 1
    }
  }

  /// Takes a template out, or leaves the parameter that is its text.
  private mutating func endTemplate(_ opening: Opening, _ output: inout ByteBuffer) {
    let inside = opening.start + opening.markBytes..<output.count
    if let kept = WikitextTemplates.shownParameter(of: output.span.extracting(inside)) {
      let start = inside.lowerBound + kept.lowerBound
      keep(start..<start + kept.count, from: opening.start, &output)
    } else {
      remove(from: opening.start, &output)
    }
  }

  // MARK: Links

  private mutating func openBracket(
    _ source: Span<UInt8>, _ offset: inout Int, _ output: inout ByteBuffer
  ) {
    if matches(source, at: offset, "[[") {
      push(.link, "[[", &output)
      offset += 2
    } else if WikitextLinks.isAddress(source, at: offset + 1) {
      push(.externalLink, "[", &output)
      offset += 1
    } else {
      output.append(UInt8(ascii: "["))
      offset += 1
    }
  }

  private mutating func closeBracket(
    _ source: Span<UInt8>, _ offset: inout Int, _ output: inout ByteBuffer
  ) {
    if stack.last?.kind == .externalLink {
      let opening = pop()
      let inside = opening.start + opening.markBytes..<output.count
      // Behind the address stands the text; without one there is nothing to read.
      var start = inside.lowerBound
      while start < inside.upperBound, output[start] != 0x20 { start += 1 }
      while start < inside.upperBound, output[start] == 0x20 { start += 1 }
      if start == inside.upperBound {
        remove(from: opening.start, &output)
      } else {
        keep(start..<inside.upperBound, from: opening.start, &output)
      }
      offset += 1
    } else if matches(source, at: offset, "]]"), stack.last?.kind == .link {
      let opening = pop()
      endLink(opening, &output)
      offset += 2
    } else {
      output.append(UInt8(ascii: "]"))
      offset += 1
    }
  }

  private mutating func endLink(_ opening: Opening, _ output: inout ByteBuffer) {
    let inside = opening.start + opening.markBytes..<output.count
    switch WikitextLinks.shownPart(of: output.span.extracting(inside)) {
    case .text(let kept):
      let start = inside.lowerBound + kept.lowerBound
      keep(start..<start + kept.count, from: opening.start, &output)
    case .nothing: remove(from: opening.start, &output)
    case .noLink: output.append("]]")
    }
  }

  // MARK: Tags and quotes

  private mutating func takeTag(
    _ source: Span<UInt8>, _ offset: inout Int, _ output: inout ByteBuffer
  ) {
    guard let tag = Tag(source, at: offset), WikitextTags.isKnown(source, tag) else {
      output.append(UInt8(ascii: "<"))
      offset += 1
      return
    }
    offset = tag.end
    if tag.isNamed("ref", source) {
      if tag.isClosing {
        if let opening = pop(to: .reference) { remove(from: opening.start, &output) }
      } else if tag.isSelfClosing {
        remove(from: output.count, &output)
      } else {
        push(.reference, "", &output)
      }
    } else if tag.isNamed("br", source) || tag.isNamed("hr", source) || tag.isNamed("p", source) {
      output.append(lineFeed)
    }
  }

  /// Two quotes are italic, three bold, five both; others are quotes.
  private func takeQuotes(
    _ source: Span<UInt8>, _ offset: inout Int, _ output: inout ByteBuffer
  ) {
    let run = runLength(source, offset)
    offset += run
    let shown =
      switch run {
      case 1: 1
      case 2, 3, 5: 0
      case 4: 1
      default: run - 5
      }
    output.append(repeating: UInt8(ascii: "'"), count: shown)
  }

  /// Takes separators before the end of round brackets out, if what stood behind them was taken out;
  /// and the brackets, if nothing is left.
  private mutating func closeRound(_ output: inout ByteBuffer, _ offset: inout Int) {
    offset += 1
    var start = output.count
    while start > 0, [0x20, 0x2C, 0x3B, 0x3A].contains(output[start - 1]) { start -= 1 }
    guard lastRemoval >= start, (stack.last?.start ?? -1) < start else {
      return output.append(UInt8(ascii: ")"))
    }
    output.truncate(to: start)
    guard start > 0, output[start - 1] == UInt8(ascii: "(") else {
      return output.append(UInt8(ascii: ")"))
    }
    start -= 1
    while start > 0, output[start - 1] == 0x20 { start -= 1 }
    output.truncate(to: start)
    lastRemoval = start
  }
}
