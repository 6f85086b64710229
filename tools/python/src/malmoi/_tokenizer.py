# SPDX-License-Identifier: Apache-2.0
"""The tokenizer."""
from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, overload

from . import _loading, _offsets, _vocabulary
from ._batch import EncodedBatch, joined
from ._decoding import decoded, decoded_one
from ._encoding import EncoderKind, EncoderPool
from ._errors import InvalidArgumentError
from ._ids import id_buffer, one_list
from ._overlap import overlapped
from ._texts import encoded, text_buffers
from ._threads import thread_count
from ._vocabulary import AddedToken

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from ._ids import Ids, IdSource
    from ._texts import TextSource

class Tokenizer:
    """A byte-level BPE tokenizer: text to ids and back. Immutable; threads and forked children may share it.

    Made by `from_file`, `from_bytes`, `from_pretrained` or `train`. Two are equal that come from the same bytes.
    Pickled, it takes the contents of its file with it.
    """

    def __init__(self, loaded: _loading.Loaded):
        self._loaded = loaded
        self._handle = loaded.owner.handle
        self._pool = EncoderPool(loaded.owner)
        self._tokens: list[bytes] | None = None

    # ---- Making

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], pre_tokenizer: str | None = None) -> Tokenizer:
        """The tokenizer at `path`: a tokenizer.json, a .tiktoken file, or a directory with one of them.

        Args:
            path: The file or directory.
            pre_tokenizer: How text is cut ("gpt2", "cl100k", "o200k", …), for a .tiktoken file that is not known.

        Raises:
            NotFoundError: Nothing is there (a FileNotFoundError).
            InputOutputError: It cannot be read (an OSError).
            BadDataError: It is no tokenizer, or has a part that is not supported (a ValueError).
            InvalidArgumentError: The pre-tokenizer is unknown, missing, or not that of the file (a ValueError).
        """
        return cls(_loading.from_path(path, pre_tokenizer))

    @classmethod
    def from_bytes(cls, content: bytes, pre_tokenizer: str | None = None) -> Tokenizer:
        """The tokenizer of the contents of a tokenizer.json or .tiktoken file; raises as `from_file` does."""
        return cls(_loading.from_bytes(bytes(content), pre_tokenizer))

    @classmethod
    def from_pretrained(cls, folder: str | os.PathLike[str], pre_tokenizer: str | None = None) -> Tokenizer:
        """The tokenizer in a local folder, as `save_pretrained` of transformers leaves it.

        Nothing is downloaded.

        Raises:
            NotFoundError: There is no such folder: the message says how to get one from a hub.
            Others: As `from_file`.
        """
        return cls(_loading.from_folder(folder, pre_tokenizer))

    # ---- Encoding

    def encode(
        self, text: str | bytes, *, parse_special_tokens: bool = False, add_special_tokens: bool = False,
        normalizer: str | None = None,
    ) -> list[int]:
        """The ids of one text.

        Args:
            text: A str, or bytes that are or are not UTF-8.
            parse_special_tokens: Special tokens spelled out in the text become their ids. Other added tokens
                always do.
            add_special_tokens: Those that the tokenizer puts around a text are added.
            normalizer: Instead of the tokenizer's own, as in "none" or "korean +cap-repeats=3".

        Raises:
            TypeError: It is neither str nor bytes.
            BadDataError: A str with a lone surrogate.
            InvalidArgumentError: The normalizer is unknown.
        """
        data = encoded(text)
        if parse_special_tokens or add_special_tokens or normalizer is not None:
            kind = EncoderKind(1, bool(parse_special_tokens), bool(add_special_tokens), 0, normalizer)
            return self._pool.encode_one(data, kind)
        return self._pool.encode_plain(data)

    @overload
    def encode_batch(
        self, texts: TextSource, *, threads: int | None = None, parse_special_tokens: bool = False,
        add_special_tokens: bool = False, normalizer: str | None = None, id_bits: int = 0,
        return_type: Literal["numpy"] = "numpy",
    ) -> EncodedBatch: ...

    @overload
    def encode_batch(
        self, texts: TextSource, *, threads: int | None = None, parse_special_tokens: bool = False,
        add_special_tokens: bool = False, normalizer: str | None = None, id_bits: int = 0,
        return_type: Literal["arrow"],
    ) -> pa.LargeListArray | pa.ChunkedArray: ...

    def encode_batch(
        self, texts: TextSource, *, threads: int | None = None, parse_special_tokens: bool = False,
        add_special_tokens: bool = False, normalizer: str | None = None, id_bits: int = 0,
        return_type: Literal["numpy", "arrow"] = "numpy",
    ) -> EncodedBatch | pa.LargeListArray | pa.ChunkedArray:
        """The ids of many texts.

        Args:
            texts: An iterable of str or bytes; a NumPy array of them; a pyarrow Array or ChunkedArray of strings
                or binary, whose memory is read where it is; or what has Arrow's interface, as a column of Polars.
            threads: How many; None for all cores. The ids are the same for any number.
            parse_special_tokens, add_special_tokens, normalizer: As in `encode`.
            id_bits: 32 for uint32 whatever the vocabulary; 0 for uint16 where every id fits.
            return_type: "numpy" for an EncodedBatch; "arrow" for a LargeListArray, or of a ChunkedArray another
                with the same chunks.

        Raises:
            TypeError: What is no text.
            InvalidArgumentError: A null in an Arrow array, with its position; an unknown option.
            BadDataError: A str with a lone surrogate, with its position.
        """
        if return_type not in ("numpy", "arrow"):
            raise InvalidArgumentError(f'return_type must be "numpy" or "arrow", not {return_type!r}')
        kind = _kind(threads, parse_special_tokens, add_special_tokens, id_bits, normalizer)
        batches = list(self._batches(texts, kind))
        if return_type == "arrow" and _is_chunked(texts):
            return _chunked(batches, self._id_type(id_bits))
        batch = joined(batches, self._id_type(id_bits))
        return batch if return_type == "numpy" else batch.to_arrow()

    def encode_iter(
        self, texts: TextSource, *, threads: int | None = None, parse_special_tokens: bool = False,
        add_special_tokens: bool = False, normalizer: str | None = None, id_bits: int = 0,
    ) -> Iterator[EncodedBatch]:
        """The ids of texts without an end, in batches of some mebibytes of text; otherwise as `encode_batch`."""
        return self._batches(
            texts, _kind(threads, parse_special_tokens, add_special_tokens, id_bits, normalizer))

    def _batches(self, texts: TextSource, kind: EncoderKind) -> Iterator[EncodedBatch]:
        return overlapped(text_buffers(texts), lambda buffer: self._pool.encode(buffer, kind))

    def count_tokens(
        self, texts: TextSource, *, threads: int | None = None, parse_special_tokens: bool = False,
        add_special_tokens: bool = False, normalizer: str | None = None,
    ) -> np.ndarray[Any, Any]:
        """The number of ids of each text, without keeping them: int64, shape (n,). Otherwise as `encode_batch`."""
        import numpy as np

        kind = _kind(threads, parse_special_tokens, add_special_tokens, 0, normalizer)
        found = list(overlapped(text_buffers(texts), lambda buffer: self._pool.count(buffer, kind)))
        return found[0] if len(found) == 1 else np.concatenate([np.empty(0, np.int64), *found])

    def encode_with_offsets(
        self, text: str | bytes, *, parse_special_tokens: bool = False
    ) -> tuple[list[int], list[tuple[int, int]]]:
        """The ids of one text, and for each where it comes from: `text[start:end]`.

        Places are characters of a str and bytes of bytes, of the text as it is before normalising. Tokens of a
        part of a character have the whole of it in a str.

        Raises:
            As `encode`.
        """
        data = encoded(text)
        ids, starts, ends = _offsets.traced(self._handle, data, bool(parse_special_tokens))
        if isinstance(text, str) and len(text) != len(data):
            starts, ends = _offsets.characters(data, starts, ends)
        return ids, list(zip(starts, ends))

    # ---- Decoding

    def decode(self, ids: Ids, *, skip_special_tokens: bool = False, errors: str = "replace") -> str:
        """The text of ids: a list, NumPy array, Arrow array or tensor of whole numbers.

        Args:
            ids: The ids.
            skip_special_tokens: Special tokens are left out.
            errors: What becomes of bytes that are no UTF-8, as in `bytes.decode`.

        Raises:
            UnknownTokenError: An id that the vocabulary does not have (a KeyError).
            UnicodeDecodeError: With errors="strict", where the ids end inside a character.
        """
        return self.decode_bytes(ids, skip_special_tokens=skip_special_tokens).decode("utf-8", errors)

    def decode_bytes(self, ids: Ids, *, skip_special_tokens: bool = False) -> bytes:
        """The exact bytes of ids; raises as `decode` does."""
        return decoded_one(self._handle, one_list(ids), bool(skip_special_tokens))

    def decode_batch(
        self, lists: IdSource, *, skip_special_tokens: bool = False, errors: str = "replace"
    ) -> list[str]:
        """The texts of lists of ids: an EncodedBatch, lists, rows of a NumPy array, Arrow lists; as `decode`."""
        texts = decoded(self._handle, id_buffer(lists), bool(skip_special_tokens))
        return [text.decode("utf-8", errors) for text in texts]

    # ---- Vocabulary

    @property
    def vocab_size(self) -> int:
        """The number of ids, added tokens included; every id is below it."""
        return self._loaded.vocab_size

    def __len__(self) -> int:
        return self._loaded.vocab_size

    def __bool__(self) -> bool:
        return True

    def token_to_id(self, token: str | bytes) -> int | None:
        """The id of the token with this text or these bytes; None if there is none."""
        return _vocabulary.find(self._handle, encoded(token))

    def id_to_token(self, id: int) -> bytes | None:
        """The bytes of a token, which need not be whole characters; None for an id that is not used."""
        tokens = self._token_bytes()
        return tokens[id] or None if 0 <= id < len(tokens) else None

    def get_vocab(self) -> dict[bytes, int]:
        """All tokens, each with its id."""
        return {token: number for number, token in enumerate(self._token_bytes()) if token}

    def _token_bytes(self) -> list[bytes]:
        if self._tokens is None:
            self._tokens = _vocabulary.token_bytes(self._handle)
        return self._tokens

    @property
    def added_tokens(self) -> tuple[AddedToken, ...]:
        """The tokens that stand for themselves in text, in the order of their ids."""
        return self._loaded.added_tokens

    @property
    def special_tokens(self) -> dict[str, int]:
        """The special ones of them, with their ids."""
        return {token.content: token.id for token in self.added_tokens if token.special}

    # ---- Identity

    @property
    def sha256(self) -> str:
        """SHA-256 of the file it was made from, as manifests of token files name it."""
        return self._loaded.sha256

    @property
    def normalizer(self) -> str:
        """How text is normalised before it is cut."""
        return self._loaded.normalizer

    @property
    def pre_tokenizer(self) -> str:
        """How text is cut."""
        return self._loaded.pre_tokenizer

    @property
    def path(self) -> str | None:
        """The vocabulary file it was made from; None if from bytes."""
        return self._loaded.path

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tokenizer):
            return NotImplemented
        return (self.sha256, self.pre_tokenizer) == (other.sha256, other.pre_tokenizer)

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __repr__(self) -> str:
        where = f" {self.path!r}" if self.path else ""
        return (f"<Tokenizer{where} of {self.vocab_size} ids, {self.normalizer}, {self.pre_tokenizer}, "
                f"sha256 {self.sha256[:12]}…>")

    def __copy__(self) -> Tokenizer:
        return self

    def __deepcopy__(self, _memo: Any) -> Tokenizer:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        loaded = self._loaded
        return _restored, (type(self), loaded.content(), self.pre_tokenizer, self.path, loaded.morphemes())

    def _id_type(self, id_bits: int) -> str:
        return "<u2" if id_bits != 32 and self.vocab_size <= 1 << 16 else "<u4"


def _restored(
    kind: type[Tokenizer], content: bytes, pre_tokenizer: str, path: str | None, morphemes: bytes | None = None
) -> Tokenizer:
    return kind(_loading.restored(content, pre_tokenizer, path, morphemes))


def _kind(
    threads: int | None, parse_special_tokens: bool, add_special_tokens: bool, id_bits: int, normalizer: str | None
) -> EncoderKind:
    return EncoderKind(
        thread_count(threads), bool(parse_special_tokens), bool(add_special_tokens), id_bits, normalizer)


def _is_chunked(texts: Any) -> bool:
    import pyarrow as pa

    return isinstance(texts, pa.ChunkedArray)


def _chunked(batches: list[EncodedBatch], id_type: str) -> pa.ChunkedArray:
    import numpy as np
    import pyarrow as pa

    kind = pa.large_list(pa.from_numpy_dtype(np.dtype(id_type)))
    return pa.chunked_array([batch.to_arrow() for batch in batches], type=kind)
