# SPDX-License-Identifier: Apache-2.0
"""The jobs as a command: its options, what it prints, its exit codes."""
import os
import pathlib
import subprocess
import sys

import pytest

from conftest import REPOSITORY, SAMPLE, same


def run(*arguments, program=(sys.executable, "-m", "malmoi.spark"), cwd=REPOSITORY):
    return subprocess.run([*program, *map(str, arguments)], capture_output=True, text=True, cwd=cwd)


@pytest.mark.parametrize("arguments, line", [
    ((), "usage: python -m malmoi.spark JOB"),
    (("cuont", "x"), "usage: python -m malmoi.spark JOB"),
    (("count", "x"), "malmoi: the following arguments are required: --output"),
    (("count", "x", "--output", "y", "--shape", "round"), "malmoi: unrecognized arguments: --shape round"),
    (("count", "x", "--output", "y", "--unit-bytes", "many"), 'malmoi: argument --unit-bytes: "many" is no amount'),
    (("count", "corpora/sample", "--output", "y", "--memory", "3x"), 'malmoi: "3x" is no amount of memory'),
    (("encode", "corpora/sample", "--output", "y"), "malmoi: the following arguments are required: --tokenizer"),
])
def test_wrong_usage_is_64(environment, arguments, line):
    done = run(*arguments)
    assert done.returncode == 64
    assert done.stderr.startswith(line) and not done.stdout


def test_what_is_missing_is_74(environment, tmp_path):
    done = run("count", "nothing.txt", "--output", tmp_path / "x")
    assert (done.returncode, done.stderr) == (74, "malmoi: nothing.txt: no such file; check the path\n")


def test_help_has_the_options_of_the_command(environment, command):
    for job, words in (("count", ["count"]), ("encode", ["encode"]), ("stats", ["inspect", "corpus"])):
        text = run(job, "--help").stdout
        for option in ("--field", "--documents", "--normalizer", "--exclude", "--threads", "--json", "--master"):
            assert option in text
        assert "--sample-bytes" not in text


def test_spark_submit_counts_and_prints_what_the_command_prints(environment, command, tmp_path):
    import pyspark

    submit = pathlib.Path(pyspark.__file__).parent / "bin" / "spark-submit"
    main = REPOSITORY / "tools/python/src/malmoi/spark/__main__.py"
    cut = tmp_path / "cut.jsonl.zst"
    cut.write_bytes((SAMPLE / "news.jsonl.zst").read_bytes()[:100_000])
    done = run(
        main, "count", "--output", tmp_path / "spark.counts", SAMPLE, cut, "--json", "--min-count", 2,
        program=(
            submit, "--master", "local[2]", "--properties-file",
            REPOSITORY / "tools/spark/conf/spark-defaults.conf", "--conf", "spark.ui.enabled=false",
            "--conf", "spark.log.level=OFF"))
    one = command(
        "count", SAMPLE, cut, "--output", tmp_path / "one.counts", "--min-count", 2, "--json", code=1)
    assert done.returncode == 1, done.stderr
    assert same(tmp_path / "spark.counts", tmp_path / "one.counts")
    # spark-submit prints what a driver in Python says on standard error, too.
    printed = done.stdout[done.stdout.index("{\n"):].replace("spark.counts", "one.counts")
    # Merging rejects nothing; units have told what they rejected.
    assert printed.replace('"rejected_records": 0', '"rejected_records": 1') == one.stdout
    for line in one.stderr.splitlines():
        assert line in done.stdout
