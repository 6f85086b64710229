// SPDX-License-Identifier: Apache-2.0

// What a Swift user imports: the tokenizer and its error type.

public import TextCore
@_exported public import Tokenization

/// Why text could not be read, normalised, trained on, encoded or written.
public typealias TextError = TextCore.TextError
