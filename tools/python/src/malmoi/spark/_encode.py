# SPDX-License-Identifier: Apache-2.0
"""Encoding a corpus on executors: a set of token files for each unit, then one of all of them."""
from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from . import _manifests, _native, _options, _plan
from ._failures import failure
from ._job import Run, result, target_of, work_beside
from ._tasks import CommandTask, product_paths, run_tasks
from ._tokenizer import TokenizerFiles

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SHARD_INPUT_BYTES = 256 << 20
PRODUCT = "part"
#: The notes of all units, once these are done.
JOINING = "joining.json"

_WHOLE = "it needs all documents of the corpus in one place; use the command"
REFUSED = {
    **_options.SAMPLING,
    "sink": "a run writes one set, by output and format",
    "source": "it serves weights and quotas",
    **{name: _WHOLE for name in (
        "shards", "shuffle_seed", "split", "weight", "quota_tokens", "deduplicate_ids", "choice_seed", "pack",
        "fim_rate", "shard_tokens", "shard_bytes")},
}


def encode(
    spark: SparkSession, inputs: Any, output: str | os.PathLike[str], tokenizer: str | os.PathLike[str], *,
    overwrite: bool = False, restart: bool = False, shard_input_bytes: int = SHARD_INPUT_BYTES,
    partitions: int | None = None, threads: int | None = None, progress: bool | None = None, **options: Any,
) -> dict[str, Any]:
    """Encodes files into token files, the same as those of `malmoi encode --shard-input-bytes`, byte for byte.

    What units have written lies in `OUTPUT.spark` until the end: the same call goes on behind a run that was
    stopped, in whatever way.

    Args:
        spark: The session.
        inputs: Files, directories and patterns, as the command takes them; executors see them under these paths.
        output: The prefix, or the directory, of the token files, on a file system that all executors see.
        tokenizer: A directory made by `malmoi train`, or a vocabulary file; executors get it from the driver.
        overwrite: An existing output is replaced.
        restart: What an unfinished run has done is forgotten.
        shard_input_bytes: A shard ends behind the file with which its files hold so many stored bytes; 0 for a
            shard of each file. Each shard is a task of Spark.
        partitions: The number of tasks of Spark, each for several shards; None for one a shard.
        threads: Of each task; None for `spark.task.cpus`. No effect on the result.
        progress: A line on standard error; None for where that is a terminal.
        options: Those of `malmoi encode`, as `append_eod=True` or `format="npy"`.

    Returns:
        "output", "documents", "units"; "printed", what the command prints in the end; "messages", what it has said of
        damaged or rejected data; "code", its exit code; "peak_bytes", the most memory that it took in a task.

    Raises:
        InvalidArgumentError, OutputExistsError, NotFoundError: Before Spark has anything to do.
        BadDataError, InputOutputError: What the command says of a unit, with its name and file.
    """
    joining = os.path.abspath(os.fspath(output)) + ".spark/" + JOINING
    # A run that was stopped while it joined sets may have made the output already.
    target = target_of(output, overwrite or os.path.exists(joining), (".manifest.json", "/manifest.json"))
    report = {name: options.pop(name, False) for name in ("json", "quiet")}
    corpus = _plan.corpus_of(inputs, None, options)
    _options.check(options, ("encode",), REFUSED)
    _plan.try_out(("encode",), options, f"--tokenizer={os.fspath(tokenizer)}", "--output={}")
    run, directory = Run(spark, partitions, threads, progress), os.getcwd()
    units = _plan.units(corpus, shard_input_bytes, directory)
    shards = {} if _plan.is_parquet(corpus) else {"shard_input_bytes": shard_input_bytes}
    files = TokenizerFiles(os.fspath(tokenizer))
    plan = _plan.identity("encode", corpus, units.tasks, directory, tokenizer=files.sha256, bytes=shard_input_bytes)
    with work_beside(target, plan, restart) as work:
        settings = _options.arguments({**options, **shards, "quiet": True, "threads": run.task_threads})
        encoding = CommandTask(
            work, directory, _native.version(), partial(_encode_arguments, settings), PRODUCT,
            _manifests.of_token_files, run.spark.sparkContext.broadcast([files]))
        notes = work.kept(JOINING)
        if notes is None:
            notes = run_tasks(run, units.tasks, encoding, "encoding")
            # From here on shards go from the sets of units to that of all.
            work.keep(JOINING, notes)
        printed = join(
            product_paths(encoding, notes), work.place("sets.txt"), os.fspath(output),
            sum(note["documents"] for note in notes),
            {**report, "overwrite": overwrite, "format": options.get("format")})
    return result(output, notes, printed, units.message)


def _encode_arguments(settings: Sequence[str], task: dict[str, Any], target: str, tokenizers: list[str]) -> list[str]:
    """`malmoi encode` for the files of a unit."""
    tokenizer, = tokenizers
    paths = [file["path"] for file in task["files"]]
    return ["encode", *settings, f"--tokenizer={tokenizer}", f"--output={target}", "--", *paths]


def join(sets: list[str], listed: str, output: str, documents: int, options: dict[str, Any]) -> str:
    """Makes one set of the sets of units, and holds it against what was encoded; gives what the command prints.

    Args:
        listed: A file to list the sets in.

    Raises:
        What the command says; RuntimeError if documents were lost.
    """
    with open(listed, "w", encoding="utf-8") as file:
        file.writelines(f"{path}\n" for path in sets)
    outcome = _native.run([
        "merge", "--move-shards", f"--sets-from={listed}", f"--output={output}", *_options.arguments(options)])
    if outcome.code:
        raise failure(outcome.code, outcome.message)
    found = _manifests.of_token_files(output)
    if found is None or found["documents"] != documents:
        raise RuntimeError(f"{output}: {documents} documents were encoded, but not as many are in it: {found}")
    return outcome.output
