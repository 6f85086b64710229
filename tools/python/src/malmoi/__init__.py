# SPDX-License-Identifier: Apache-2.0
"""Tokenizers and token files for Korean.

>>> import malmoi
>>> tokenizer = malmoi.Tokenizer.from_file(path)                            # doctest: +SKIP
>>> tokenizer.decode(tokenizer.encode("값이 싸다"))                           # doctest: +SKIP
'값이 싸다'

Importing this loads neither the library nor NumPy; what is used first brings them.
"""
from __future__ import annotations

from ._lazy import attribute

# As typing has it, which takes longer to import than all of this.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from ._batch import EncodedBatch
    from ._corpus import CorpusReader, Document, read
    from ._dataset import TokenDataset, TokenWindows, read_tokens, token_files_info
    from ._datasets import DatasetEncoder
    from ._errors import (
        BadDataError, InputOutputError, InvalidArgumentError, MalmoiError, NotFoundError, OutputExistsError,
        StoppedError, UnknownTokenError,
    )
    from ._normalizer import Normalizer
    from ._parquet import encode_parquet, write_parquet
    from ._statistics import TextStatistics, inspect_corpus, statistics
    from ._tokenizer import Tokenizer
    from ._train import train
    from ._vocabulary import AddedToken
    from ._writer import TokenWriter

    __version__: str

#: Where each name is.
_MODULES = {
    "AddedToken": "_vocabulary",
    "BadDataError": "_errors",
    "CorpusReader": "_corpus",
    "DatasetEncoder": "_datasets",
    "Document": "_corpus",
    "EncodedBatch": "_batch",
    "InputOutputError": "_errors",
    "InvalidArgumentError": "_errors",
    "MalmoiError": "_errors",
    "Normalizer": "_normalizer",
    "NotFoundError": "_errors",
    "OutputExistsError": "_errors",
    "StoppedError": "_errors",
    "TextStatistics": "_statistics",
    "TokenDataset": "_dataset",
    "TokenWindows": "_dataset",
    "TokenWriter": "_writer",
    "Tokenizer": "_tokenizer",
    "UnknownTokenError": "_errors",
    "encode_parquet": "_parquet",
    "inspect_corpus": "_statistics",
    "read": "_corpus",
    "read_tokens": "_dataset",
    "statistics": "_statistics",
    "token_files_info": "_dataset",
    "train": "_train",
    "write_parquet": "_parquet",
}

__all__ = [
    "AddedToken", "BadDataError", "CorpusReader", "DatasetEncoder", "Document", "EncodedBatch", "InputOutputError",
    "InvalidArgumentError", "MalmoiError", "Normalizer", "NotFoundError", "OutputExistsError", "StoppedError",
    "TextStatistics", "TokenDataset", "TokenWindows", "TokenWriter", "Tokenizer", "UnknownTokenError", "__version__",
    "encode_parquet", "inspect_corpus", "read", "read_tokens", "statistics", "token_files_info", "train",
    "write_parquet",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from ._library import library

        return library().version().decode()
    return attribute(__name__, _MODULES, name)


def __dir__() -> list[str]:
    return sorted(__all__)
