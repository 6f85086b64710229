# SPDX-License-Identifier: Apache-2.0
"""`malmoi encode` where the inputs are Parquet: the command hands its options over to this module.

Options have the names and the meaning that they have there; those that tables have no use for are refused.
"""
from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from ._errors import MalmoiError

if TYPE_CHECKING:
    from ._tokenizer import Tokenizer

#: What ends documents where no token is named, as the command has it.
END_OF_DOCUMENT = ("<|endoftext|>", "</s>", "[EOS]")

USAGE, INPUT_OUTPUT, DATA = 64, 74, 1


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        fail(f"{message}; Parquet is encoded with the options that --help lists", USAGE)


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = _Parser(prog="malmoi encode", description="Encode a column of Parquet files into token files.")
    made.add_argument("input", nargs="+", help="Parquet files")
    made.add_argument("--tokenizer", required=True, help="a directory made by train, or a vocabulary file")
    made.add_argument("--pre-tokenizer", help="how text is cut, where the file does not say it")
    made.add_argument("--field", default="text", help="the column of texts (default: text)")
    made.add_argument("--output", help="the prefix, or the directory, of the token files")
    made.add_argument("--format", help="the format of the token files (default: megatron)")
    made.add_argument("--sink", help="FORMAT:PATH, instead of --format and --output")
    made.add_argument("--shard-tokens", type=int, help="close a shard before it has more tokens")
    made.add_argument("--append-eod", action="store_true", help="end documents with the end-of-document token")
    made.add_argument("--eod-token", help="the end-of-document token")
    made.add_argument("--parse-special-tokens", action="store_true", help="special tokens in the text become ids")
    made.add_argument("--add-special-tokens", action="store_true", help="add the tokenizer's tokens around texts")
    made.add_argument("--threads", type=int, help="threads (default: one for each core)")
    made.add_argument("--overwrite", action="store_true", help="replace an existing set")
    made.add_argument("--json", action="store_true", help="print the summary as JSON")
    made.add_argument("--quiet", action="store_true", help="print nothing but errors")
    return made


def fail(message: str, code: int) -> NoReturn:
    """Ends as the command does."""
    print(f"malmoi: {message}", file=sys.stderr)
    sys.exit(code)


def target(options: argparse.Namespace) -> tuple[str, str]:
    """The format and the path of the token files."""
    if options.sink is None:
        if options.output is None:
            fail("no output; pass --output PREFIX or --sink FORMAT:PATH", USAGE)
        return options.format or "megatron", options.output
    form, colon, path = options.sink.partition(":")
    if not colon or not path:
        fail(f'"{options.sink}" is no sink; write FORMAT:PATH', USAGE)
    if options.output is not None or options.format is not None:
        fail("--sink beside --output or --format; Parquet is encoded into one set", USAGE)
    return form, path


def end_of_document(options: argparse.Namespace, tokenizer: Tokenizer) -> int | None:
    """The id that ends documents, if one is wanted."""
    if not options.append_eod:
        if options.eod_token is not None:
            fail("--eod-token needs --append-eod", USAGE)
        return None
    added = {token.content: token.id for token in tokenizer.added_tokens}
    names = END_OF_DOCUMENT if options.eod_token is None else (options.eod_token,)
    for name in names:
        if name in added:
            return added[name]
    fail(f"the tokenizer has no special token {' or '.join(names)}; name another with --eod-token", USAGE)


def run(options: argparse.Namespace) -> None:
    """Encodes, and prints what the command prints."""
    from ._parquet import encode_parquet
    from ._tokenizer import Tokenizer

    form, path = target(options)
    tokenizer = Tokenizer.from_file(options.tokenizer, options.pre_tokenizer)
    writer = encode_parquet(
        options.input, tokenizer, path, options.field, form, shard_tokens=options.shard_tokens,
        end_of_document=end_of_document(options, tokenizer), add_special_tokens=options.add_special_tokens,
        parse_special_tokens=options.parse_special_tokens, threads=options.threads, overwrite=options.overwrite,
        progress=sys.stderr.isatty() and not options.quiet)
    if options.json:
        print(json.dumps({"output": path, "format": form, "documents": writer.documents, "tokens": writer.tokens}))
    elif not options.quiet:
        print(f"encoded {path}\n  documents {writer.documents:10,}\n  tokens    {writer.tokens:10,}")


def main(arguments: Sequence[str] | None = None) -> None:
    """The command's face: one line and an exit code for what goes wrong."""
    options = parser().parse_args(arguments)
    for path in options.input:
        if not os.path.exists(path):
            fail(f"{path}: no such file; check the path", INPUT_OUTPUT)
    try:
        run(options)
    except MalmoiError as error:
        usage = error.status in (10, 11)
        fail(str(error), USAGE if usage else INPUT_OUTPUT if isinstance(error, OSError) else DATA)
    except OSError as error:
        fail(f"{error.filename or options.input[0]}: {error.strerror or error}", INPUT_OUTPUT)
    except ValueError as error:
        # What pyarrow says of a file that is no Parquet.
        fail(f"{options.input[0]}: {str(error).splitlines()[0]}", DATA)


if __name__ == "__main__":
    main()
