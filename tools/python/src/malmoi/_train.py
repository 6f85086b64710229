# SPDX-License-Identifier: Apache-2.0
"""Training."""
from __future__ import annotations

import _thread
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

from . import _structs
from ._counting import Counter, buffers_of
from ._errors import InvalidArgumentError, OutputExistsError, StoppedError
from ._library import library, path_bytes, paths_array
from ._progress import Bar, ProgressOption
from ._texts import text_buffers
from ._threads import thread_count
from ._tokenizer import Tokenizer

if TYPE_CHECKING:
    import pyarrow as pa

    TrainingSource = Union[
        None, str, os.PathLike[str], Iterable[Union[str, bytes, os.PathLike[str]]], Iterable[Mapping[str, Any]],
        pa.Array, pa.ChunkedArray, pa.Table, Iterable[pa.RecordBatch],
    ]


def train(
    source: TrainingSource, output: str | os.PathLike[str], vocab_size: int, special_tokens: Sequence[str] = (), *,
    pre_tokenizer: str | None = None, normalizer: str | None = None, syllable_safe: bool = False,
    minimum_frequency: int = 1, minimum_count: int = 1, maximum_token_bytes: int | None = None,
    counts: Iterable[str | os.PathLike[str]] = (), column: str = "text", threads: int | None = None,
    memory: int | None = None, overwrite: bool = False, progress: ProgressOption = None,
) -> Tokenizer:
    """Trains a byte-level BPE tokenizer, as `malmoi train` does, and loads it.

    Args:
        source: Texts, of any number: an iterable of str or bytes, Arrow or NumPy arrays of them, a Table,
            RecordBatches, lists of texts, or rows as mappings. Or corpus files: a str or path, or a list of paths
            that are no str (`read` has more options). None where there are counts.
        output: The directory to make.
        vocab_size: The number of ids, special tokens and the 256 bytes included.
        special_tokens: They get the first ids.
        pre_tokenizer: How text is cut; "gpt2" if None. Count files say it themselves.
        normalizer: "nfc" if None. Count files say it themselves.
        syllable_safe: Every token is whole characters, or bytes inside one.
        minimum_frequency: Pairs that occur less often are not merged.
        minimum_count: Pretokens that occur less often are left out.
        maximum_token_bytes: Longer tokens are not made; None for any length.
        counts: Count files of `malmoi count`, beside the source or instead of it.
        column: The column of tables that holds the text.
        threads: None for all cores. The result is the same for any number.
        memory: Bytes that counting and training each may take; None for 1 GiB and the command's default.
        overwrite: An existing output is replaced.
        progress: True for bars of tqdm, where it is installed; or called with (ids made, ids to make), on any
            thread, and training stops if it raises.

    Raises:
        InvalidArgumentError: An option cannot be; the vocabulary is too small.
        OutputExistsError: There is something at `output`.
        TypeError, BadDataError: A text that is none, as in `Tokenizer.encode_batch`.
        NotFoundError, InputOutputError: Files cannot be read or written.
    """
    files = [path_bytes(path) for path in counts]
    target = os.path.abspath(os.fspath(output))
    _check(source, files, pre_tokenizer or normalizer, target, overwrite)
    options = _structs.options(
        _structs.TrainingOptions, thread_count=thread_count(threads), vocabulary_size=vocab_size,
        minimum_frequency=minimum_frequency, minimum_count=minimum_count, maximum_token_bytes=maximum_token_bytes,
        is_syllable_safe=syllable_safe, overwrites=overwrite, memory_bytes=memory)
    names = [_structs.c_string(token) for token in special_tokens]
    options.special_tokens, options.special_token_count = paths_array(names), len(names)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    scratch = tempfile.mkdtemp(prefix=".malmoi-train-", dir=os.path.dirname(target))
    try:
        if source is not None:
            rules: dict[str, Any] = {
                "threads": thread_count(threads), "memory": memory, "normalizer": normalizer or "nfc",
                "pre_tokenizer": pre_tokenizer or "gpt2"}
            _try_out(scratch, rules, options)
            counter = Counter(os.path.join(scratch, "texts.counts"), **rules)
            with Bar(progress is True, "counting", " texts") as bar:
                counter.count(buffers_of(source, column), bar.advance)
            files.append(path_bytes(counter.path))
        _merge(files, options, target, progress)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Tokenizer.from_file(target)


def _check(source: Any, files: list[bytes], rule: str | None, target: str, overwrite: bool) -> None:
    """Refuses what would be refused after counting, which takes long."""
    if source is None and not files:
        raise InvalidArgumentError("nothing to train from: give texts, paths or counts")
    if source is None and rule:
        raise InvalidArgumentError(
            "count files say how their text was cut and normalised: leave pre_tokenizer and normalizer out")
    if os.path.lexists(target) and not overwrite:
        raise OutputExistsError(f"{target}: already exists; remove it, or pass overwrite=True")


def _try_out(scratch: str, rules: dict[str, Any], options: _structs.TrainingOptions) -> None:
    """Trains from one letter: what is wrong with the options is told before all texts are counted."""
    counter = Counter(os.path.join(scratch, "letter.counts"), **rules)
    counter.count(text_buffers(["a"]), lambda _: None)
    files = paths_array([path_bytes(counter.path)])
    library().train(files, 1, options, path_bytes(os.path.join(scratch, "letter")))


def _merge(
    files: list[bytes], options: _structs.TrainingOptions, target: str, progress: ProgressOption
) -> None:
    """Trains from count files."""
    with Bar(progress is True, "training", " ids") as bar:
        told = progress if callable(progress) else bar.reach
        _Run(files, options, path_bytes(target), told).result()


class _Run:
    """Training on a thread of its own, so that Ctrl-C reaches the one that waits for it."""

    def __init__(
        self, files: list[bytes], options: _structs.TrainingOptions, target: bytes, told: Callable[[int, int], Any]
    ):
        self._told = told
        self._error: BaseException | None = None
        self._stops = False
        # The library calls this until it returns, so it must live as long.
        options.progress = self._callback = _structs.Progress(self._tell)
        self._arguments = (paths_array(files), len(files), options, target)
        self._began = False
        self._ended = threading.Event()

    def result(self) -> None:
        """Waits for the end; an exception here or there stops the training, and is raised."""
        try:
            # A thread without an object: starting one of those waits, and could be interrupted half-way.
            _thread.start_new_thread(self._train, ())
            self._ended.wait()
        except BaseException:
            self._stops = True
            if self._began:
                self._ended.wait()
            raise
        if self._error is not None:
            raise self._error

    def _train(self) -> None:
        self._began = True
        try:
            if not self._stops:
                library().train(*self._arguments)
        except StoppedError as error:
            self._error = self._error or error
        except BaseException as error:
            self._error = error
        finally:
            self._ended.set()

    def _tell(self, _context: Any, done: int, total: int) -> int:
        if self._stops:
            return 1
        try:
            self._told(done, total)
        except BaseException as error:
            self._error = error
            return 1
        return 0
