// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Appends well-formed `text` in NFD to `output`: syllables as jamo, as file names of macOS have them.
///
/// - Complexity: O(n log n).
/// - Throws: `normalizationFailed`.
package func appendDecomposed(
  _ text: Span<UInt8>, to output: inout ByteBuffer
) throws(TextError) {
  try ICU.appendDecomposed(text, to: &output)
}
