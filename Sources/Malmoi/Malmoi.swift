// SPDX-License-Identifier: Apache-2.0

// What a Swift user imports: the tokenizer and its error type.

@_exported public import TextCore
@_exported public import Tokenization
