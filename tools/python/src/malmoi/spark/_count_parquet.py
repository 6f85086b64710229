# SPDX-License-Identifier: Apache-2.0
"""What `malmoi count` would be for Parquet: counts a column of files into a count file, in a process of its own."""
from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from .._counting import Counter
from .._errors import BadDataError, MalmoiError
from .._tables import Tables
from .._texts import text_buffers
from ._failures import exit_code
from ._options import byte_count

BESIDE = 128 << 20


def parser() -> argparse.ArgumentParser:
    """The options, with the names that they have in the command."""
    made = argparse.ArgumentParser(prog="malmoi.spark._count_parquet")
    made.add_argument("input", nargs="+")
    made.add_argument("--source", required=True)
    made.add_argument("--output", required=True)
    made.add_argument("--field", default="text")
    made.add_argument("--normalizer", default="nfc")
    made.add_argument("--pre-tokenizer", default="gpt2")
    made.add_argument("--threads", type=int, default=1)
    made.add_argument("--memory", type=byte_count, required=True)
    made.add_argument("--quiet", action="store_true")
    return made


def _texts(paths: Sequence[str], column: str) -> Iterator[Any]:
    for path in paths:
        row = 0
        for batch in Tables([path], [column], 1024):
            texts = batch.column(0)
            if texts.null_count:
                raise BadDataError(f"{path}: a row from {row} on has no text; leave such rows out")
            row += len(batch)
            yield from (buffer for buffer in text_buffers(texts) if buffer.count)


def main(arguments: Sequence[str] | None = None) -> int:
    """Counts; one line and an exit code for what goes wrong."""
    options = parser().parse_args(arguments)
    try:
        buffers = _texts(options.input, options.field)
        first = next(buffers, None)
        if first is not None:
            # Beside the tables of counts there are Python, pyarrow and the batches.
            Counter(
                options.output, threads=options.threads, memory=max(options.memory - BESIDE, 16 << 20),
                normalizer=options.normalizer, pre_tokenizer=options.pre_tokenizer, source=options.source,
            ).count(chain([first], buffers), lambda _: None)
    except MalmoiError as error:
        return _failed(str(error), exit_code(error))
    except OSError as error:
        return _failed(f"{error.filename or options.input[0]}: {error.strerror or error}", exit_code(error))
    except ValueError as error:
        # What pyarrow says of a file that is no Parquet.
        return _failed(f"{options.input[0]}: {str(error).splitlines()[0]}", 1)
    return 0


def _failed(message: str, code: int) -> int:
    print(f"malmoi: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    # At the end of a process memory need not be given back.
    code = main()
    sys.stderr.flush()
    os._exit(code)
