# SPDX-License-Identifier: Apache-2.0
"""One small cluster for all tests: two executors with one core each, every one a process of its own."""
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading
import time

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
SAMPLE = REPOSITORY / "corpora" / "sample"
REAL = os.environ.get("MALMOI_COMMAND", str(REPOSITORY / ".build/release/malmoi"))


def java_version():
    """The number of Java's version, 0 where there is none."""
    if not shutil.which("java"):
        return 0
    said = subprocess.run(["java", "-version"], capture_output=True, text=True).stderr
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0


if java_version() < 17:
    pytest.skip("Spark 4 needs Java 17 or later", allow_module_level=True)


@pytest.fixture(scope="session", autouse=True)
def environment(tmp_path_factory):
    """What executors inherit: the command with its faults, and their own directories."""
    root = tmp_path_factory.mktemp("cluster")
    (root / "faults").mkdir()
    source = str(REPOSITORY / "tools/python/src")
    # An installed package stays the one that is tested.
    paths = [] if os.environ.get("MALMOI_INSTALLED") else [source]
    os.environ.update({
        "MALMOI_REAL_COMMAND": REAL, "MALMOI_COMMAND": str(pathlib.Path(__file__).parent / "command"),
        "MALMOI_FAULTS": str(root / "faults"), "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_WORKER_DIR": str(root / "work"), "SPARK_LOCAL_DIRS": str(root / "local"),
        "PYTHONPATH": os.pathsep.join([*paths, *filter(None, [os.environ.get("PYTHONPATH")])])})
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        os.environ.update({
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free.getsockname()[1]}", "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"})
    os.environ.setdefault("MALMOI_LIBRARY", str(REPOSITORY / ".build/release/libMalmoiC.so"))
    sys.path[:0] = paths
    return root


@pytest.fixture(scope="session")
def spark(environment):
    """The session of all tests; speculation is on."""
    from pyspark.sql import SparkSession

    conf = {
        "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "OFF",
        "spark.speculation": "true", "spark.speculation.interval": "100ms", "spark.speculation.quantile": "0.5",
        "spark.executor.memory": "1g", "spark.sql.warehouse.dir": str(environment / "warehouse")}
    builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName("tests")
    for name, value in conf.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture
def faults(environment):
    """The directory of faults; what a test puts there is gone after it."""
    directory = environment / "faults"
    yield directory
    for fault in directory.iterdir():
        fault.unlink()


@pytest.fixture(scope="session")
def command():
    """Runs the command itself."""

    def run(*arguments, code=0, cwd=None):
        done = subprocess.run([REAL, *map(str, arguments)], capture_output=True, text=True, cwd=cwd)
        assert done.returncode == code, done.stderr
        return done

    return run


@pytest.fixture(scope="session")
def tokenizer(command, tmp_path_factory):
    """A tokenizer of 4,000 ids."""
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer"
    command("train", SAMPLE, "--vocab-size", 4000, "--special-token", "<|endoftext|>", "--output", path, "--quiet")
    return path


@pytest.fixture(scope="session")
def pieces(tmp_path_factory):
    """A corpus of 40 files of very different sizes, one of them empty, in directories."""
    root = tmp_path_factory.mktemp("pieces")
    lines = (SAMPLE / "stories.txt").read_text().splitlines() + (SAMPLE / "dialogue.jsonl").read_text().splitlines()
    step, first = 1, 0
    for number in range(39):
        path = root / f"{number % 3}" / f"piece-{number:02}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(line + "\n" for line in lines[first:first + step]))
        first += step
        step = step * 3 % 509
    (root / "1" / "piece-empty.txt").touch()
    assert first < len(lines)
    return root


def same(left, right):
    """Whether two files are the same, byte for byte."""
    return pathlib.Path(left).read_bytes() == pathlib.Path(right).read_bytes()


def when(seen, act):
    """Acts on a thread as soon as something is seen; gives the thread."""

    def wait():
        limit = time.monotonic() + 60
        while not seen():
            assert time.monotonic() < limit
            time.sleep(0.05)
        act()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def committed(directory):
    """How many tasks are committed there."""
    return len(list(directory.glob("*.committed"))) if directory.exists() else 0
