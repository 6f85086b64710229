# SPDX-License-Identifier: Apache-2.0
"""The command line of the benchmark: `tools/bench train`, `tools/bench encode` and others."""

import argparse
import json
import sys
from pathlib import Path

import boundary_bench
import encode_bench
import estimate_bench
import growth_bench
import hostile_bench
import inspect_bench
import machine
import morphology_bench
import normalize_bench
import python_bench
import read_bench
import train_bench
import vocabularies
from measure import BenchError
from texts import CORPORA, default_corpus, known_corpora


def parse_arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        prog="tools/bench",
        description="Measure malmoi beside its peers, in rounds of fresh processes.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train byte-level BPE on the same text")
    encode = commands.add_parser("encode", help="encode the same text with the same tokenizer")
    add_shared_options(train)
    add_shared_options(encode)
    train.add_argument("--corpus", type=Path, metavar="PATH",
                       help="a file or directory that malmoi reads, or all for every Korean one of "
                            f"../shared/corpora (default: {default_corpus()})")
    train.add_argument("--max-mb", type=float, metavar="M", help="use no more than so many MB of it")
    train.add_argument("--threads", type=int, default=2, metavar="N",
                       help="threads, and cores that a process may use (default: %(default)s)")
    train.add_argument("--vocab-size", type=int, default=32_000, metavar="N",
                       help="ids of the vocabulary (default: %(default)s)")
    add_encode_options(encode)
    growth = commands.add_parser(
        "growth", help="count and train text of 10 MB to 20 GB in bounded memory")
    growth.add_argument("--sizes", default="10MB,100MB,400MB,5GB,20GB", metavar="A,B",
                        help="how much text (default: %(default)s)")
    growth.add_argument("--memory", default="4GiB", metavar="M",
                        help="malmoi's --memory (default: %(default)s)")
    growth.add_argument("--threads", type=int, default=2, metavar="N",
                        help="malmoi's --threads (default: %(default)s)")
    growth.add_argument("--vocab-size", type=int, default=64_000, metavar="N",
                        help="ids of the vocabulary (default: %(default)s)")
    growth.add_argument("--corpus", type=Path, metavar="PATH",
                        help="the real text that is varied, or all (default: all)")
    growth.add_argument("--scratch", type=Path, metavar="PATH",
                        help="where count files and sorted runs go (default: a temporary directory)")
    growth.add_argument("--json", type=Path, metavar="PATH", help="write the figures there")
    growth.add_argument("--chart", type=Path, metavar="PATH", help="draw them there, as SVG")
    read = commands.add_parser("read", help="read files into documents, beside the decompressor alone")
    add_shared_options(read)
    hostile = commands.add_parser("hostile", help="encode input made to be slow, 1 to 16 MB of it")
    stream = commands.add_parser("stream", help="encode gigabytes of text that never repeats")
    for command in (hostile, stream):
        add_shared_options(command)
        command.add_argument("--corpus", type=Path, metavar="PATH",
                             help="a file or directory that malmoi reads "
                                  f"(default: {default_corpus()})")
        command.add_argument("--max-mb", type=float, metavar="M",
                             help="use no more than so many MB of it")
        command.add_argument("--threads", type=int, default=1, metavar="N",
                             help="threads, and cores that a process may use (default: %(default)s)")
        command.add_argument("--tokenizer", type=Path, metavar="PATH",
                             help="a directory made by malmoi train, a tokenizer.json or a "
                                  ".tiktoken file "
                                  "(default: 32,000 ids trained by malmoi on the corpus)")
    hostile.add_argument("--pre-tokenizer", metavar="NAME",
                         help="the pre-tokenizer of a .tiktoken file")
    stream.add_argument("--gigabytes", type=int, default=10, metavar="N",
                        help="how much text (default: %(default)s)")
    stream.add_argument("--cache-mib", type=int, default=40, metavar="N",
                        help="malmoi's --cache-mib (default: %(default)s)")
    stream.add_argument("--directory", type=Path, metavar="PATH",
                        help="where the ids go, half as much as the text (default: a temporary one)")
    normalize = commands.add_parser("normalize", help="normalise text in memory beside ICU")
    add_shared_options(normalize)
    normalize.add_argument("--corpus", type=Path, metavar="PATH",
                           help="a file or directory that malmoi reads "
                                f"(default: {default_corpus()})")
    normalize.add_argument("--max-mb", type=float, default=60, metavar="M",
                           help="use no more than so many MB of it (default: %(default)s)")
    normalize.add_argument("--normalizers", default="icu,nfc,korean", metavar="A,B",
                           help="icu, profiles, or profiles with rules (default: %(default)s)")
    morphology = commands.add_parser(
        "morphology", help="morphemes beside mecab-ko and Kiwi, and what they cost a tokenizer")
    add_shared_options(morphology)
    morphology.add_argument("--max-mb", type=float, default=100, metavar="M",
                            help="text to train on (default: %(default)s)")
    morphology.add_argument("--vocab-size", type=int, default=64_000, metavar="N",
                            help="ids of the vocabulary (default: %(default)s)")
    boundaries = commands.add_parser(
        "boundaries", help="tokens beside morphemes: plain BPE, morphemes in training, in encoding too")
    boundaries.add_argument("--max-mb", type=float, metavar="M",
                            help="text to train on (default: all of dev-mix)")
    boundaries.add_argument("--sizes", type=lambda text: [int(one) for one in text.split(",")],
                            default=[32_000, 64_000], metavar="N,M",
                            help="ids of the vocabularies (default: 32000,64000)")
    boundaries.add_argument("--kiwi-mb", type=float, metavar="M",
                            help="train with kiwipiepy.bpe_trainer too, on so much text (12 s a MB)")
    boundaries.add_argument("--timeout", type=float, default=1800, metavar="S",
                            help="seconds that one process may take (default: %(default)s)")
    boundaries.add_argument("--json", type=Path, metavar="FILE", help="save the figures")
    inspect = commands.add_parser("inspect", help="measure a corpus, beside encoding it")
    inspect.add_argument("input", nargs="*", type=Path,
                         help="what malmoi reads (default: the Korean files of ../shared/corpora)")
    inspect.add_argument("--tokenizer", type=Path, metavar="PATH",
                         help="what to encode with (default: 32,000 ids trained on the first input)")
    inspect.add_argument("--threads", type=int, default=2, metavar="N",
                         help="malmoi's --threads (default: %(default)s)")
    inspect.add_argument("--rounds", type=int, default=3, metavar="N",
                         help="times that every row is measured (default: %(default)s)")
    inspect.add_argument("--json", type=Path, metavar="FILE", help="save every single measurement")
    estimate = commands.add_parser("estimate", help="what an estimate foretells, beside the run that it is about")
    estimate.add_argument("input", nargs="*", type=Path,
                          help="what malmoi reads (default: the Korean files of ../shared/corpora)")
    estimate.add_argument("--tokenizer", type=Path, metavar="PATH",
                          help="what to encode with (default: 32,000 ids trained on the first input)")
    estimate.add_argument("--threads", type=int, nargs="+", default=[1, 2], metavar="N",
                          help="malmoi's --threads (default: 1 2)")
    estimate.add_argument("--rounds", type=int, default=3, metavar="N",
                          help="times that every row is measured (default: %(default)s)")
    estimate.add_argument("--json", type=Path, metavar="FILE", help="save every single measurement")
    python = commands.add_parser("python", help="the Python interface beside those of peers")
    python.add_argument("--corpus", type=Path, metavar="PATH",
                        help=f"a file or directory that malmoi reads (default: {default_corpus()})")
    python.add_argument("--max-mb", type=float, default=100, metavar="M",
                        help="use no more than so many MB of it (default: %(default)s)")
    python.add_argument("--slow-mb", type=float, default=10, metavar="M",
                        help="text for the slowest peers (default: %(default)s)")
    python.add_argument("--document-bytes", type=int, default=2048, metavar="N",
                        help="join lines to documents of about N bytes; 0 for a document a line "
                             "(default: %(default)s)")
    python.add_argument("--rounds", type=int, default=5, metavar="N",
                        help="times that every row is measured (default: %(default)s)")
    python.add_argument("--timeout", type=float, default=900, metavar="S",
                        help="seconds that one process may take (default: %(default)s)")
    python.add_argument("--json", type=Path, metavar="FILE", help="save every single measurement")
    arguments = parser.parse_args()
    check(parser, arguments)
    return arguments


def add_encode_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of encode alone."""
    parser.add_argument("--corpus", default=known_corpora()[0], metavar="A,B",
                        help=f"of {', '.join(CORPORA)}, or paths that malmoi reads; all for those "
                             "that are here (default: %(default)s)")
    parser.add_argument("--vocabulary", default="ko32k", metavar="A,B",
                        help=f"of {', '.join(vocabularies.NAMES)}, or paths to a tokenizer.json; "
                             "all for the named ones (default: %(default)s)")
    parser.add_argument("--threads", default="1", metavar="N,M",
                        help="threads, and cores that a process may use (default: %(default)s)")
    parser.add_argument("--rows", default="memory,process,job", metavar="A,B",
                        help="what to measure (default: %(default)s)")
    parser.add_argument("--stream-mb", type=float, default=256, metavar="M",
                        help="text of the first pass (default: %(default)s)")
    parser.add_argument("--warm-mb", type=float, default=24, metavar="M",
                        help="text of later passes (default: %(default)s)")
    parser.add_argument("--slow-mb", type=float, default=24, metavar="M",
                        help="text for peers below 20 MB/s (default: %(default)s)")
    parser.add_argument("--document-bytes", type=int, default=4096, metavar="N",
                        help="join lines to documents of about N bytes; 0 for a document a line "
                             "(default: %(default)s)")
    parser.add_argument("--bars", action="store_true",
                        help="print the claims to be held, and whether this run holds them")
    parser.add_argument("--chart", type=Path, metavar="FILE",
                        help="draw the rates (.svg or .png)")


def add_shared_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of both commands."""
    parser.add_argument("--rounds", type=int, default=3, metavar="N",
                        help="times that every row is measured (default: %(default)s)")
    parser.add_argument("--peers", metavar="A,B",
                        help="measure these peers only")
    parser.add_argument("--timeout", type=float, default=900, metavar="S",
                        help="seconds that one process may take (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE",
                        help="save every single measurement")


def check(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """Ends with a usage error where an option makes no sense."""
    if arguments.command in ("growth", "boundaries", "estimate", "inspect", "python"):
        return
    if arguments.command == "read":
        arguments.threads = 2
    # read goes through whole corpora.
    max_mb = getattr(arguments, "max_mb", None)
    if arguments.command == "encode":
        check_encode(parser, arguments)
    elif max_mb is not None and max_mb <= 0:
        parser.error("--max-mb must be positive")
    if arguments.command in ("normalize", "morphology"):
        arguments.threads = 1
    threads = arguments.threads if arguments.command == "encode" else [arguments.threads]
    if arguments.rounds < 1 or min(threads) < 1:
        parser.error("--rounds and --threads must be at least 1")
    if max(threads) > machine.core_count():
        parser.error(f"--threads: this machine has {machine.core_count()} cores")
    known = {"train": train_bench.PEERS, "encode": encode_bench.PEERS}.get(
        arguments.command, [])
    arguments.peers = arguments.peers.split(",") if arguments.peers else list(known)
    for name in arguments.peers:
        if name not in known:
            parser.error(f"--peers: {name} is none of {', '.join(known)}")


def check_encode(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """Splits the lists of encode, and ends with a usage error where an option makes no sense."""
    try:
        arguments.threads = [int(number) for number in arguments.threads.split(",")]
    except ValueError:
        parser.error(f"--threads: {arguments.threads} is no list of numbers")
    arguments.corpus = (
        known_corpora() if arguments.corpus == "all" else arguments.corpus.split(","))
    arguments.vocabulary = (
        vocabularies.NAMES if arguments.vocabulary == "all" else arguments.vocabulary.split(","))
    arguments.rows = arguments.rows.split(",")
    for name in arguments.rows:
        if name not in ("memory", "process", "job"):
            parser.error(f"--rows: {name} is none of memory, process, job")
    if min(arguments.stream_mb, arguments.warm_mb, arguments.slow_mb) <= 0:
        parser.error("--stream-mb, --warm-mb and --slow-mb must be positive")
    if arguments.document_bytes < 0:
        parser.error("--document-bytes must not be negative")


def main() -> int:
    """Runs one command; 0 if malmoi ran and agrees with its peers, else 1."""
    arguments = parse_arguments()
    bench = {"train": train_bench.bench, "encode": encode_bench.bench,
             "boundaries": boundary_bench.bench, "growth": growth_bench.bench,
             "estimate": estimate_bench.bench, "inspect": inspect_bench.bench,
             "morphology": morphology_bench.bench,
             "normalize": normalize_bench.bench, "python": python_bench.bench, "read": read_bench.bench,
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
