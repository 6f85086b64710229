// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Writes a JSON object whose long lists are numbers, without a value in memory for each.
package struct CompactJSON: ~Copyable {
  private var output: ByteBuffer
  private var isFirst = true

  package init(capacity: Int) {
    output = ByteBuffer(capacity: capacity)
    output.append("{")
  }

  /// Adds a field.
  package mutating func add(_ name: String, _ value: JSON) {
    begin(name)
    output.append(copying: value.serialized(indent: nil).span)
  }

  /// Adds a list of numbers.
  package mutating func add<Number: FixedWidthInteger>(_ name: String, _ numbers: Span<Number>) {
    begin(name)
    output.append("[")
    for index in numbers.indices { add(Int(numbers[index]), isFirst: index == 0) }
    output.append("]")
  }

  /// Adds the places `ranges`, each as its start and its end in one flat list.
  package mutating func add(_ name: String, _ ranges: ArraySlice<Range<Int>>) {
    begin(name)
    output.append("[")
    for (index, range) in ranges.enumerated() {
      add(range.lowerBound, isFirst: index == 0)
      add(range.upperBound, isFirst: false)
    }
    output.append("]")
  }

  private mutating func add(_ number: Int, isFirst: Bool) {
    if !isFirst { output.append(UInt8(ascii: ",")) }
    output.append(String(number))
  }

  /// Adds well-formed UTF-8.
  package mutating func add(_ name: String, text: Span<UInt8>) {
    begin(name)
    appendJSONString(text, to: &output)
  }

  /// Adds a list of objects.
  package mutating func add(_ name: String, objects: [[UInt8]]) {
    begin(name)
    output.append("[")
    for index in objects.indices {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      let object = objects[index]
      output.append(copying: object.span)
    }
    output.append("]")
  }

  /// Adds an object.
  package mutating func add(_ name: String, object: [UInt8]) {
    begin(name)
    output.append(copying: object.span)
  }

  /// The object, which takes no more fields.
  package consuming func finish() -> [UInt8] {
    output.append("}")
    return output.makeArray()
  }

  private mutating func begin(_ name: String) {
    if !isFirst { output.append(UInt8(ascii: ",")) }
    isFirst = false
    appendJSONString(name.utf8.span, to: &output)
    output.append(UInt8(ascii: ":"))
  }
}
