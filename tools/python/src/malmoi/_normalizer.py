# SPDX-License-Identifier: Apache-2.0
"""Normalising text by itself."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from . import _memory, _structs
from ._library import Owner, library
from ._texts import TextBuffer, arrow_chunks, text_buffers
from ._vocabulary import texts_of

if TYPE_CHECKING:
    import pyarrow as pa

    from ._texts import TextSource


class Normalizer:
    """How text is normalised: a profile, and what differs from it. Immutable; threads may share it.

    Args:
        name: "none", "nfc", "korean", "nfkc", "nmt_nfkc", or one of them with rules, as in
            "korean +cap-repeats=3 -zero-width".

    Raises:
        InvalidArgumentError: The name is unknown.
    """

    def __init__(self, name: str):
        found = library()
        self.name = name
        self._owner = Owner(found.make("normalizer_create", _structs.c_string(name)), found.normalizer_free)

    @overload
    def normalize(self, texts: str) -> str: ...

    @overload
    def normalize(self, texts: bytes) -> bytes: ...

    @overload
    def normalize(self, texts: TextSource) -> Any: ...

    def normalize(self, texts: Any) -> Any:
        """The normal form of one text or many.

        Args:
            texts: A str or bytes; or what `Tokenizer.encode_batch` takes.

        Returns:
            The same kind: a str of a str, bytes of bytes, a list of a list or NumPy array; of an Arrow array one of
            `large_string` (`large_binary` of binary), over memory of the library, of a ChunkedArray another.

        Raises:
            As `Tokenizer.encode_batch`.
        """
        if isinstance(texts, (str, bytes)):
            return self._list([texts])[0]
        if arrow_chunks(texts) is not None:
            return self._arrow(texts)
        return self._list(list(texts))

    def _list(self, texts: list[Any]) -> list[Any]:
        found: list[bytes] = []
        for buffer in text_buffers(texts):
            handle = self._run(buffer)
            try:
                found += texts_of(handle)
            finally:
                library().bytes_free(handle)
        return [
            normal.decode("utf-8", "replace") if isinstance(text, str) else normal
            for text, normal in zip(texts, found)
        ]

    def _arrow(self, texts: Any) -> Any:
        import pyarrow as pa

        chunks = arrow_chunks(texts) or []
        is_binary = bool(chunks) and "binary" in str(chunks[0].type)
        kind = pa.large_binary() if is_binary else pa.large_string()
        arrays = [_arrow_of(self._run(buffer), kind) for buffer in text_buffers(texts)]
        return arrays[0] if isinstance(texts, pa.Array) else pa.chunked_array(arrays, type=kind)

    def _run(self, buffer: TextBuffer) -> int:
        return library().make("normalize", self._owner.handle, buffer.struct)

    def __repr__(self) -> str:
        return f"Normalizer({self.name!r})"

    def __eq__(self, other: object) -> bool:
        return self.name == other.name if isinstance(other, Normalizer) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.name)

    def __reduce__(self) -> tuple[Any, ...]:
        return Normalizer, (self.name,)


def _arrow_of(handle: int, kind: Any) -> pa.Array:
    """What a `malmoi_bytes` holds as an Arrow array, which owns it from now on."""
    found = library()
    view = _structs.BytesView()
    found.bytes_get(handle, view)
    owner = Owner(handle, found.bytes_free)
    offsets = _memory.array(owner, view.offsets, view.count + 1, "<i8")
    return _memory.arrow_texts(offsets, _memory.array(owner, view.bytes, int(offsets[-1]), "|u1"), kind)
