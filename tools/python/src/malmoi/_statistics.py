# SPDX-License-Identifier: Apache-2.0
"""What a tokenizer makes of texts, in figures."""
from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from . import _command
from ._errors import InvalidArgumentError, MalmoiError, error_of
from ._normalizer import Normalizer
from ._texts import arrow_chunks

if TYPE_CHECKING:
    from ._corpus import Paths
    from ._texts import TextSource
    from ._tokenizer import Tokenizer

#: What Python takes for white space and Unicode's White_Space does not have.
_NOT_SPACE = dict.fromkeys(range(0x1C, 0x20), "-")


@dataclass(frozen=True)
class TextStatistics:
    """Whole numbers and their ratios, as `malmoi inspect corpus` defines them."""

    #: The texts.
    documents: int = 0
    #: Of UTF-8, as the tokenizer normalises the texts.
    bytes: int = 0
    #: Code points but line ends, which are LF and the CR before it.
    characters: int = 0
    #: Runs of characters between Unicode white space: the spaced words of Korean.
    eojeols: int = 0
    #: Their ids.
    tokens: int = 0

    @property
    def tokens_per_eojeol(self) -> float:
        """The fertility; 0 without an eojeol."""
        return _ratio(self.tokens, self.eojeols)

    @property
    def tokens_per_character(self) -> float:
        """0 without a character."""
        return _ratio(self.tokens, self.characters)

    @property
    def tokens_per_document(self) -> float:
        """0 without a document."""
        return _ratio(self.tokens, self.documents)

    @property
    def bytes_per_token(self) -> float:
        """0 without a token."""
        return _ratio(self.bytes, self.tokens)

    def __add__(self, other: TextStatistics) -> TextStatistics:
        """The figures of both texts together."""
        mine, theirs = asdict(self), asdict(other)
        return TextStatistics(**{name: mine[name] + theirs[name] for name in mine})


def _ratio(count: int, of: int) -> float:
    return count / of if of else 0.0


def statistics(tokenizer: Tokenizer, texts: TextSource, *, threads: int | None = None) -> TextStatistics:
    """Counts the documents, bytes, characters, eojeols and tokens of texts.

    Text is measured as the tokenizer normalises it. Of bytes that are no UTF-8, U+FFFD is measured and encoded, as
    the command does it.

    Raises:
        As `Tokenizer.encode_batch`.

    >>> characters("값이\\r\\n싸다\\n"), eojeols("값이\\u3000싸다 \\x1c")
    (4, 3)
    """
    normalizer = None if tokenizer.normalizer == "none" else Normalizer(tokenizer.normalizer)
    total = TextStatistics()
    source = iter(_strings(texts))
    while part := list(islice(source, 1024)):
        tokens = int(tokenizer.count_tokens(part, threads=threads).sum())
        normal = part if normalizer is None else normalizer.normalize(part)
        total += TextStatistics(
            len(normal), sum(len(text.encode()) for text in normal), sum(map(characters, normal)),
            sum(map(eojeols, normal)), tokens)
    return total


def characters(text: str) -> int:
    """Code points but LF and the CR before it."""
    return len(text) - text.count("\n") - text.count("\r\n")


def eojeols(text: str) -> int:
    """Runs of characters that are no Unicode White_Space."""
    if any(mark in text for mark in "\x1c\x1d\x1e\x1f"):
        text = text.translate(_NOT_SPACE)
    return len(text.split())


def _strings(texts: Any) -> Iterable[str]:
    chunks = arrow_chunks(texts)
    if chunks is not None:
        # Nulls are told of, with their place, by what encodes.
        texts = (text for chunk in chunks for text in chunk.to_pylist())
    if isinstance(texts, (str, bytes)):
        raise TypeError(f"texts is one {type(texts).__name__}; give a list of texts")
    return (text.decode("utf-8", "replace") if isinstance(text, bytes) else text for text in texts)


def inspect_corpus(
    paths: Paths, tokenizer: Tokenizer | str | os.PathLike[str] | list[Any], *options: str
) -> dict[str, Any]:
    """All figures of corpus files, as `malmoi inspect corpus --json` gives them.

    Args:
        paths: Files, directories and patterns.
        tokenizer: One, a path, or several to be compared.
        options: More options of the command, as "--by", "source".

    Raises:
        NotFoundError: The command is not installed, or a path is missing.
        InvalidArgumentError: An option is wrong.
        MalmoiError: The command failed; the text is what it said.
    """
    inputs = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    tokenizers = tokenizer if isinstance(tokenizer, list) else [tokenizer]
    with tempfile.TemporaryDirectory(prefix="malmoi-") as scratch:
        named = [_tokenizer_path(one, os.path.join(scratch, str(number))) for number, one in enumerate(tokenizers)]
        arguments = [str(_command.find()), "inspect", "corpus", "--json", "--quiet", *options]
        for one in named:
            arguments += ["--tokenizer", one]
        arguments += ["--", *(os.fspath(path) for path in inputs)]
        done = subprocess.run(arguments, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        told = done.stderr.decode("utf-8", "replace").strip()
        if done.returncode == 64:
            raise InvalidArgumentError(told)
        raise error_of(2, told) if done.returncode == 74 else MalmoiError(told)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _tokenizer_path(tokenizer: Any, scratch: str) -> str:
    if isinstance(tokenizer, (str, os.PathLike)):
        return os.fspath(tokenizer)
    if tokenizer.path is not None and os.path.exists(tokenizer.path):
        return str(tokenizer.path)
    with open(scratch, "wb") as file:
        file.write(tokenizer._loaded.content())
    return scratch
