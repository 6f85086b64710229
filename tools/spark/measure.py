# SPDX-License-Identifier: Apache-2.0
"""What jobs on Spark cost, beside the command alone and what teams run today, and whether all bytes are the same.

Every row is run once a round, one behind the other, in one session; a ratio is of the same round. Wall time: a
cluster is paid for by it. `tools/spark/bench --help` lists the options.
"""
import argparse
import filecmp
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import malmoi._command
import malmoi.spark
import pandas
import pyarrow
import pyarrow.parquet
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import pandas_udf

MALMOI = str(malmoi._command.find())


def main() -> int:
    options = parsed()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    spark = (
        SparkSession.builder.master(f"local[{options.cores}]").appName("malmoi")
        .config("spark.ui.enabled", "false").config("spark.log.level", "ERROR")
        .config("spark.ui.showConsoleProgress", "false").config("spark.driver.memory", "2g").getOrCreate())
    with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
        scratch = Path(folder)
        corpus = Corpus(options, scratch)
        print(f"{corpus.bytes / 1e6:.0f} MB of text in {options.files * options.repeat} files, {options.cores} cores, "
              f"{options.rounds} rounds", flush=True)
        # First, for Linux counts what a worker of Spark has taken before to what it starts.
        same = all(list(comparisons(spark, corpus, scratch, options)))
        rows = all_rows(spark, corpus, scratch, options)
        seconds: dict[str, list[float]] = {name: [] for name in rows}
        for number in range(-1, options.rounds):
            for name, row in rows.items():
                for path in scratch.glob("out-*"):
                    remove(path)
                began = time.perf_counter()
                row()
                # The first round starts workers and compiles Java; nobody waits for it on a cluster.
                if number >= 0:
                    seconds[name].append(time.perf_counter() - began)
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
        show(seconds, corpus.bytes)
    spark.stop()
    return 0 if same else 1


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools/spark/bench", description=__doc__.split("\n")[0])
    parser.add_argument("input", nargs="+", help="what malmoi reads")
    parser.add_argument("--tokenizer", required=True, help="a directory made by malmoi train")
    parser.add_argument("--files", type=int, default=8, metavar="N", help="files to divide it into (%(default)s)")
    parser.add_argument("--max-mb", type=float, default=180, metavar="M", help="use no more of it (%(default)s)")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="the same text N times, each in own files")
    parser.add_argument("--cores", type=int, default=os.cpu_count(), metavar="N", help="of local[N] (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="measured rounds (%(default)s)")
    parser.add_argument("--no-peer", action="store_true", help="leave Hugging Face tokenizers out, which take long")
    parser.add_argument("--scratch", help="where files go meanwhile")
    return parser.parse_args()


# ---- What is measured


class Corpus:
    """The same documents as JSON lines and as Parquet, in as many files."""

    def __init__(self, options: argparse.Namespace, scratch: Path):
        self.lines, self.parquet = scratch / "lines", scratch / "parquet"
        self.lines.mkdir()
        self.parquet.mkdir()
        texts: list[str] = []
        self.bytes = 0
        with subprocess.Popen(
                [MALMOI, "cat", *options.input, "--json", "--quiet"], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for line in process.stdout:
                text = json.loads(line)["text"]
                self.bytes += len(text.encode())
                if self.bytes > options.max_mb * 1e6:
                    process.kill()
                    break
                texts.append(text)
        sizes = [len(text.encode()) for text in texts]
        self.bytes = options.repeat * sum(sizes)
        parts: list[list[str]] = [[] for _ in range(options.files)]
        before, total = 0, max(sum(sizes), 1)
        for text, size in zip(texts, sizes):
            parts[min(before * options.files // total, options.files - 1)].append(text)
            before += size
        for number, part in enumerate(parts):
            lines, table = self.lines / f"part-{number:03}.jsonl", self.parquet / f"part-{number:03}.parquet"
            with open(lines, "w", encoding="utf-8") as file:
                file.writelines(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in part)
            pyarrow.parquet.write_table(pyarrow.table({"text": part}), table, compression="zstd")
            for copy in range(1, options.repeat):
                shutil.copy(lines, lines.with_stem(f"{lines.stem}-{copy}"))
                shutil.copy(table, table.with_stem(f"{table.stem}-{copy}"))


def all_rows(
    spark: SparkSession, corpus: Corpus, scratch: Path, options: argparse.Namespace
) -> dict[str, Callable[[], Any]]:
    lines, tokenizer = str(corpus.lines), options.tokenizer
    out = {name: str(scratch / f"out-{name}") for name in ("nothing", "count", "encode", "stats", "peer", "texts")}
    threads = ["--threads", str(options.cores), "--quiet"]
    table = spark.read.parquet(str(corpus.parquet))
    shards = ["--shard-input-bytes", "0"]
    rows = {
        "scan and Arrow alone": lambda: scan(table),
        "count_texts": lambda: malmoi.spark.count_texts(table, "text", out["texts"]),
        "malmoi count": lambda: command("count", lines, "--output", out["count"] + "-cli", *threads),
        "spark count": lambda: malmoi.spark.count(spark, lines, out["count"], unit_bytes=0),
        "malmoi encode": lambda: command(
            "encode", lines, "--tokenizer", tokenizer, "--output", out["encode"] + "-cli", *shards, *threads),
        "spark encode": lambda: malmoi.spark.encode(spark, lines, out["encode"], tokenizer, shard_input_bytes=0),
        "malmoi inspect corpus": lambda: command(
            "inspect", "corpus", lines, "--tokenizer", tokenizer, "--json", *threads),
        "spark stats": lambda: malmoi.spark.stats(
            spark, lines, tokenizer, unit_bytes=0, json=True, shared_dir=scratch),
    }
    if not options.no_peer:
        rows["Hugging Face in a pandas UDF"] = lambda: peer(spark, corpus, tokenizer, out["peer"])
    return rows


def command(*arguments: str) -> str:
    return subprocess.run([MALMOI, *arguments], stdout=subprocess.PIPE, check=True, encoding="utf-8").stdout


def scan(table: DataFrame) -> int:
    """Reads the table and hands it to Python, which counts rows and nothing else."""

    def rows(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        yield pyarrow.RecordBatch.from_pydict({"rows": [sum(batch.num_rows for batch in batches)]})

    return sum(row[0] for row in table.select("text").mapInArrow(rows, "rows long").collect())


_peers: dict[str, Any] = {}


def peer(spark: SparkSession, corpus: Corpus, tokenizer: str, output: str) -> None:
    """The job as it is written today: JSON lines, ids by tokenizers, Parquet."""
    path = os.path.join(tokenizer, "tokenizer.json")
    peers = _peers

    @pandas_udf("array<int>")
    def ids(texts: pandas.Series) -> pandas.Series:
        from tokenizers import Tokenizer

        if path not in peers:
            os.environ["TOKENIZERS_PARALLELISM"] = "false"
            peers[path] = Tokenizer.from_file(path)
        return pandas.Series([one.ids for one in peers[path].encode_batch_fast(list(texts), add_special_tokens=False)])

    spark.read.schema("text string").json(str(corpus.lines)).select(ids("text").alias("ids")).write.parquet(output)


# ---- What is printed


def show(seconds: dict[str, list[float]], size: int) -> None:
    print(f"\n{'':30} {'wall s':>8} {'MB/s':>8}")
    for name, runs in seconds.items():
        print(f"{name:30} {median(runs):8.2f} {size / 1e6 / median(runs):8.1f}")

    def ratio(what: str, first: str, second: str, bar: str) -> None:
        if first in seconds and second in seconds:
            found = [a / b for a, b in zip(seconds[first], seconds[second])]
            print(f"{what:52} {median(found):6.2f} ({min(found):.2f}..{max(found):.2f}){bar}")

    print()
    ratio("count_texts / scan and Arrow alone", "count_texts", "scan and Arrow alone", ", at most 1.5")
    ratio("Hugging Face / spark encode", "Hugging Face in a pandas UDF", "spark encode", ", at least 5")
    ratio("rate of spark encode beside the command", "malmoi encode", "spark encode", ", at least 0.6")
    ratio("rate of spark count beside the command", "malmoi count", "spark count", "")
    ratio("rate of spark stats beside the command", "malmoi inspect corpus", "spark stats", "")


# ---- The same bytes


def comparisons(spark: SparkSession, corpus: Corpus, scratch: Path, options: argparse.Namespace) -> Iterator[bool]:
    """Each kind of result, in several numbers of tasks, against the command's."""
    lines, tokenizer = str(corpus.lines), options.tokenizer
    one, set_of_one = scratch / "one.counts", scratch / "one" / "set"
    command("count", lines, "--output", str(one), "--quiet")
    command("encode", lines, "--tokenizer", tokenizer, "--output", str(set_of_one), "--shard-input-bytes", "0",
            "--append-eod", "--quiet")
    printed = command("inspect", "corpus", lines, "--tokenizer", tokenizer, "--json", "--quiet")
    for partitions in (2, 3, 7):
        counts, folder = scratch / f"out-{partitions}.counts", scratch / f"out-{partitions}"
        count = malmoi.spark.count(spark, lines, counts, unit_bytes=0, partitions=partitions)
        yield told(f"count file, {partitions} tasks", filecmp.cmp(one, counts, shallow=False), count)
        encode = malmoi.spark.encode(
            spark, lines, folder / "set", tokenizer, shard_input_bytes=0, append_eod=True, partitions=partitions)
        yield told(f"token files, {partitions} tasks", same_files(set_of_one.parent, folder), encode)
        stats = malmoi.spark.stats(
            spark, lines, tokenizer, unit_bytes=0, partitions=partitions, json=True, shared_dir=scratch)
        yield told(f"statistics, {partitions} tasks", stats["printed"] == printed, stats)


def told(what: str, same: bool, result: dict[str, Any]) -> bool:
    print(f"{what:52} {'identical' if same else 'DIFFERENT'}, {result['peak_bytes'] >> 20} MiB a task", flush=True)
    return same


def same_files(first: Path, second: Path) -> bool:
    names = sorted(os.listdir(first))
    return names == sorted(os.listdir(second)) and filecmp.cmpfiles(first, second, names, shallow=False)[0] == names


def remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


if __name__ == "__main__":
    sys.exit(main())
