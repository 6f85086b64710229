# SPDX-License-Identifier: Apache-2.0
"""What may happen to executors, disks and the driver changes no byte, and is told in one line where it matters."""
import os
import pathlib
import re
import signal
import subprocess
import sys

import pytest

from conftest import SAMPLE, committed, same, when


@pytest.fixture(scope="module")
def whole(command, tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "whole.counts"
    command("count", SAMPLE, "--output", path, "--quiet")
    return path


def workers():
    """The executors of this cluster: Java processes that this one has started."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes()
                environment = (entry / "environ").read_bytes()
            except OSError:
                continue
            if b"CoarseGrainedExecutorBackend" in line and os.environ["MALMOI_FAULTS"].encode() in environment:
                found.append(int(entry.name))
    return found


def test_an_executor_is_killed_in_the_middle(spark, faults, whole, tmp_path):
    import malmoi.spark

    (faults / "count.slow").write_text("0.3")
    (faults / "count.log").touch()
    work = tmp_path / "spark.counts.spark"
    killed = []

    def kill():
        killed.append(workers()[0])
        os.kill(killed[0], signal.SIGKILL)

    thread = when(lambda: committed(work) >= 2 and len(workers()) == 2, kill)
    malmoi.spark.count(spark, SAMPLE, tmp_path / "spark.counts", unit_bytes=0)
    thread.join()
    assert killed
    assert same(tmp_path / "spark.counts", whole)
    assert os.listdir(tmp_path) == ["spark.counts"]
    runs = (faults / "count.log").read_text().count("part.counts")
    # 13 units, and again what the lost executor was at.
    assert runs >= 13


def test_a_writer_fails_once(spark, faults, whole, tmp_path):
    import malmoi.spark

    (faults / "count.fail-once").touch()
    malmoi.spark.count(spark, SAMPLE, tmp_path / "spark.counts", unit_bytes=0)
    assert (faults / "count.fail-once-taken").exists()
    assert same(tmp_path / "spark.counts", whole)


def test_a_writer_that_always_fails_is_named_with_unit_and_file_and_a_later_run_goes_on(
    spark, faults, whole, tmp_path
):
    import malmoi
    import malmoi.spark

    work = tmp_path / "spark.counts.spark"
    thread = when(lambda: committed(work) >= 3, (faults / "count.fail").touch)
    with pytest.raises(malmoi.InputOutputError) as raised:
        malmoi.spark.count(spark, SAMPLE, tmp_path / "spark.counts", unit_bytes=0)
    thread.join()
    line = r"unit-000\d\d \(\S*/corpora/sample/\S+\): part.bin: cannot be written: injected; try again"
    assert re.fullmatch(line, str(raised.value))
    before = committed(work)
    assert before >= 3
    (faults / "count.fail").unlink()
    (faults / "count.log").touch()
    with pytest.raises(malmoi.InvalidArgumentError, match="other options.*--restart"):
        malmoi.spark.count(spark, SAMPLE, tmp_path / "spark.counts", unit_bytes=0, normalizer="korean")
    malmoi.spark.count(spark, SAMPLE, tmp_path / "spark.counts", unit_bytes=0)
    # Each unit that was not done, and not one that was; with speculation perhaps one of them twice.
    done = re.findall(r"/sample/(\S+) --output=\S+/unit-(\d+)", (faults / "count.log").read_text())
    assert len({unit for _, unit in done}) == 13 - before
    assert same(tmp_path / "spark.counts", whole)
    assert os.listdir(tmp_path) == ["spark.counts"]


@pytest.fixture
def small_disk(tmp_path):
    """A disk that can be filled, and made larger."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", place], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk needs the right to mount one")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk(spark, whole, small_disk):
    import malmoi
    import malmoi.spark

    with pytest.raises(malmoi.InputOutputError, match=r"unit-000\d\d.*No space left on device"):
        malmoi.spark.count(spark, SAMPLE, small_disk / "spark.counts", unit_bytes=0)
    assert not (small_disk / "spark.counts").exists()
    before = committed(small_disk / "spark.counts.spark")
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    malmoi.spark.count(spark, SAMPLE, small_disk / "spark.counts", unit_bytes=0)
    assert 0 < before < 13
    assert same(small_disk / "spark.counts", whole)


COMMAND = [sys.executable, "-m", "malmoi.spark", "count", str(SAMPLE), "--unit-bytes", "0", "--master", "local[2]",
           "--conf", "spark.ui.enabled=false"]


@pytest.mark.parametrize("how, code", [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_the_driver_is_stopped_and_run_again(spark, faults, whole, tmp_path, how, code):
    import malmoi.spark

    target = tmp_path / "spark.counts"
    (faults / "count.slow").write_text("1")
    driver = subprocess.Popen([*COMMAND, "--output", str(target)], stderr=subprocess.PIPE, text=True)
    thread = when(lambda: committed(tmp_path / "spark.counts.spark") >= 2, lambda: driver.send_signal(how))
    said = driver.communicate()[1]
    thread.join()
    assert driver.returncode == code, said
    if how == signal.SIGINT:
        assert said.endswith("malmoi: stopped; the same command goes on with what is done\n")
    assert not target.exists()
    (faults / "count.slow").unlink()
    (faults / "count.log").touch()
    before = committed(tmp_path / "spark.counts.spark")
    malmoi.spark.count(spark, SAMPLE, target, unit_bytes=0)
    units = set(re.findall(r"/unit-(\d+)\.", (faults / "count.log").read_text()))
    # What was at work when the driver was killed may have been finished since.
    assert 13 - before - 2 <= len(units) <= 13 - before
    assert same(target, whole)
