# SPDX-License-Identifier: Apache-2.0
"""The command line of the benchmark: `tools/bench train` and `tools/bench encode`."""

import argparse
import json
import sys
from pathlib import Path

import encode_bench
import hostile_bench
import machine
import train_bench
from measure import BenchError
from texts import default_corpus


def parse_arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        prog="tools/bench",
        description="Measure malmoi beside its peers, in rounds of fresh processes.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train byte-level BPE on the same text")
    encode = commands.add_parser("encode", help="encode the same text with the same tokenizer")
    add_shared_options(train, threads=2)
    add_shared_options(encode, threads=1)
    train.add_argument("--vocab-size", type=int, default=32_000, metavar="N",
                       help="ids of the vocabulary (default: %(default)s)")
    encode.add_argument("--tokenizer", type=Path, metavar="PATH",
                        help="a directory made by malmoi train, or a tokenizer.json "
                             "(default: 32,000 ids trained by malmoi on the corpus)")
    encode.add_argument("--slow-mb", type=float, default=8, metavar="M",
                        help="text for peers below 30 MB/s, at least 2 (default: %(default)s)")
    encode.add_argument("--document-bytes", type=int, default=0, metavar="N",
                        help="join lines to documents of about N bytes "
                             "(default: every line is one)")
    hostile = commands.add_parser("hostile", help="encode input made to be slow, 1 to 16 MB of it")
    stream = commands.add_parser("stream", help="encode gigabytes of text that never repeats")
    add_shared_options(hostile, threads=1)
    add_shared_options(stream, threads=1)
    for command in (hostile, stream):
        command.add_argument("--tokenizer", type=Path, metavar="PATH",
                             help="a directory made by malmoi train, or a tokenizer.json "
                                  "(default: 32,000 ids trained by malmoi on the corpus)")
    stream.add_argument("--gigabytes", type=int, default=10, metavar="N",
                        help="how much text (default: %(default)s)")
    stream.add_argument("--cache-mib", type=int, default=40, metavar="N",
                        help="malmoi's --cache-mib (default: %(default)s)")
    stream.add_argument("--directory", type=Path, metavar="PATH",
                        help="where the ids go, half as much as the text (default: a temporary one)")
    arguments = parser.parse_args()
    check(parser, arguments)
    return arguments


def add_shared_options(parser: argparse.ArgumentParser, threads: int) -> None:
    """Adds the options of both commands."""
    parser.add_argument("--corpus", type=Path, metavar="PATH",
                        help="a file or directory that malmoi reads "
                             f"(default: {default_corpus()})")
    parser.add_argument("--max-mb", type=float, metavar="M",
                        help="use no more than so many MB of it")
    parser.add_argument("--rounds", type=int, default=3, metavar="N",
                        help="times that every row is measured (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=threads, metavar="N",
                        help="threads, and cores that a process may use (default: %(default)s)")
    parser.add_argument("--peers", metavar="A,B",
                        help="measure these peers only")
    parser.add_argument("--timeout", type=float, default=900, metavar="S",
                        help="seconds that one process may take (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE",
                        help="save every single measurement")


def check(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """Ends with a usage error where an option makes no sense."""
    if arguments.rounds < 1 or arguments.threads < 1:
        parser.error("--rounds and --threads must be at least 1")
    if arguments.threads > machine.core_count():
        parser.error(f"--threads: this machine has {machine.core_count()} cores")
    if arguments.max_mb is not None and arguments.max_mb <= 0:
        parser.error("--max-mb must be positive")
    if arguments.command == "encode" and arguments.slow_mb < 2:
        parser.error("--slow-mb must be at least 2, so that ids are compared on 2 MB")
    if arguments.command == "encode" and arguments.document_bytes < 0:
        parser.error("--document-bytes must not be negative")
    known = {"train": train_bench.PEERS, "encode": encode_bench.PEERS}.get(arguments.command, [])
    arguments.peers = arguments.peers.split(",") if arguments.peers else list(known)
    for name in arguments.peers:
        if name not in known:
            parser.error(f"--peers: {name} is none of {', '.join(known)}")


def main() -> int:
    """Runs one command; 0 if malmoi ran and agrees with its peers, else 1."""
    arguments = parse_arguments()
    bench = {"train": train_bench.bench, "encode": encode_bench.bench,
             "hostile": hostile_bench.bench_hostile,
             "stream": hostile_bench.bench_stream}[arguments.command]
    print(machine.description(), flush=True)
    try:
        result = bench(arguments)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(result.text)
    if arguments.json:
        record = {"command": arguments.command, "machine": machine.facts()} | result.record
        arguments.json.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    return 0 if result.agrees else 1


if __name__ == "__main__":
    sys.exit(main())
