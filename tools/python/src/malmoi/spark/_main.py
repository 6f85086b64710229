# SPDX-License-Identifier: Apache-2.0
"""The jobs as a command, with the options of the command `malmoi` and its exit codes."""
from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from .._errors import MalmoiError
from ._failures import USAGE, exit_code
from ._options import Option, byte_count, options_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Each job: what it does, the subcommand whose options it has, and where it is.
JOBS = {
    "count": ("Count the pretokens of a corpus into one count file.", ("count",), "_count", "count"),
    "encode": ("Encode a corpus into one set of token files.", ("encode",), "_encode", "encode"),
    "stats": ("Tell what inspect corpus tells of a corpus.", ("inspect", "corpus"), "_stats", "stats"),
}

#: What a driver that is no cluster's own runs with, unless the command line says otherwise.
QUIET_CONF = {"spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"malmoi: {message}; see {self.prog} --help\n")


def named(text: str) -> tuple[str, str]:
    """NAME=VALUE."""
    name, mark, value = text.partition("=")
    if not name or not mark:
        raise argparse.ArgumentTypeError(f'"{text}" has no name; write NAME=VALUE')
    return name, value


def parser(job: str) -> argparse.ArgumentParser:
    """The options of a job, and those that the command tells of its own."""
    summary, command, module, _ = JOBS[job]
    made = _Parser(prog=f"python -m malmoi.spark {job}", description=summary)
    made.add_argument("inputs", nargs="*", metavar="INPUT", help="files, directories, quoted patterns")
    spark = made.add_argument_group("options of Spark")
    spark.add_argument("--master", help="where Spark runs, as local[8] or yarn, where spark-submit does not say it")
    spark.add_argument(
        "--conf", action="append", type=named, default=[], metavar="NAME=VALUE",
        help="a setting of Spark; repeat for more")
    spark.add_argument("--partitions", type=int, help="tasks of Spark (default: one for each unit)")
    spark.add_argument("--restart", action="store_true", help="forget what an unfinished run has done")
    if job == "encode":
        spark.add_argument(
            "--shard-input-bytes", type=byte_count,
            help="a shard ends behind the file with which its files hold so many bytes; 0 for each file alone "
            "(default: 256MiB)")
    else:
        spark.add_argument("--unit-bytes", type=byte_count, help="the stored bytes that a task reads (default: 128MiB)")
    if job == "stats":
        spark.add_argument("--shared-dir", help="a directory that all executors see (default: the current one)")
    refused = importlib.import_module(f".{module}", __package__).REFUSED
    known = options_of(*command)
    group = made.add_argument_group(f"options of malmoi {' '.join(command)}")
    for option in known.values():
        if option.name not in refused and option.name not in ("restart", "shard_input_bytes"):
            _add(group, option)
    if job == "count":
        group.add_argument("--source", action="append", type=named, dest="sources", help=known["source"].help)
    return made


def _add(group: Any, option: Option) -> None:
    text = option.help.replace("%", "%%")
    names = ["-q", option.spelled] if option.name == "quiet" else [option.spelled]
    if not option.takes_value:
        group.add_argument(*names, action="store_true", help=text)
    elif option.repeats:
        group.add_argument(*names, action="append", help=text)
    else:
        group.add_argument(*names, help=text, required=option.name in ("output", "tokenizer"))


def session(master: str | None, conf: Sequence[tuple[str, str]]) -> SparkSession:
    """Spark's session: that of spark-submit, or a new one."""
    from pyspark.sql import SparkSession

    # Executors on this machine take the same Python.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("malmoi")
    if master:
        builder = builder.master(master)
    for name, value in {**(QUIET_CONF if master else {}), **dict(conf)}.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def main(arguments: Sequence[str] | None = None, opened: Callable[..., SparkSession] = session) -> int:
    """The command: prints what the command `malmoi` prints, and gives its exit code."""
    job, *rest = (sys.argv[1:] if arguments is None else arguments) or [""]
    if job not in JOBS:
        wanted = job in ("-h", "--help")
        print(_usage(), file=sys.stdout if wanted else sys.stderr)
        return 0 if wanted else USAGE
    try:
        given = vars(parser(job).parse_intermixed_args(rest))
        return _run(job, {name: value for name, value in given.items() if value is not None}, opened)
    except KeyboardInterrupt:
        print("malmoi: stopped; the same command goes on with what is done", file=sys.stderr)
        return 130
    except (MalmoiError, OSError) as error:
        print(f"malmoi: {error}", file=sys.stderr)
        return exit_code(error)


def _usage() -> str:
    jobs = "".join(f"\n  {job:8} {summary}" for job, (summary, *_) in JOBS.items())
    return f"usage: python -m malmoi.spark JOB [--master MASTER] [OPTION ...] INPUT ...\n\njobs:{jobs}"


def _run(job: str, options: dict[str, Any], opened: Callable[..., SparkSession]) -> int:
    _, _, module, function = JOBS[job]
    sessions: list[SparkSession] = []

    def spark() -> SparkSession:
        sessions.append(opened(master, conf))
        return sessions[0]

    master, conf = options.pop("master", None), options.pop("conf")
    if "sources" in options:
        options["sources"] = dict(options["sources"])
    if options.get("quiet"):
        options["progress"] = False
    try:
        done = getattr(importlib.import_module(f".{module}", __package__), function)(spark, **options)
    finally:
        for one in sessions:
            one.stop()
    for message in done["messages"]:
        print(message, file=sys.stderr)
    if not options.get("quiet"):
        sys.stdout.write(done["printed"])
    return done["code"]
