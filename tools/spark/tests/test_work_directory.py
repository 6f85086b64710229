# SPDX-License-Identifier: Apache-2.0
"""The commit protocol alone, without Spark: one winner a task, nothing left behind, nothing mixed up."""
import concurrent.futures
import errno
import json
import multiprocessing
import os
import pathlib
import random

import pytest

PLAN = {"command": "count", "options": {}, "units": [{"task": "unit-00000"}]}


def opened(path, plan=PLAN, restart=False):
    from malmoi.spark._work_directory import WorkDirectory

    work = WorkDirectory(str(path))
    work.open(plan, restart)
    return work


def attempt(path, task):
    """One attempt, as an executor makes it."""
    from malmoi.spark._work_directory import WorkDirectory

    work = WorkDirectory(path)
    name = work.new_attempt(task)
    with open(work.place(name, "part"), "w") as file:
        file.write(name)
    return task, name, work.commit(task, name, {"task": task})["attempt"]


def check_winners(work, results):
    tasks = {task for task, *_ in results}
    for task in tasks:
        winners = {winner for other, _, winner in results if other == task}
        assert len(winners) == 1, winners
        winner = winners.pop()
        assert (pathlib.Path(work.place(winner)) / "part").read_text() == winner
        losers = {name for other, name, _ in results if other == task} - {winner}
        assert not any(os.path.exists(work.place(loser)) for loser in losers)
    assert {name for name in os.listdir(work.path) if os.path.isdir(work.place(name))} == {
        winner for _, _, winner in results}


def test_sixteen_attempts_at_once_on_eight_tasks_have_one_winner_each(tmp_path):
    work = opened(tmp_path / "w")
    with concurrent.futures.ProcessPoolExecutor(16, multiprocessing.get_context("fork")) as pool:
        for round in range(5):
            tasks = [f"unit-{round}{number % 8:04}" for number in range(128)]
            random.Random(round).shuffle(tasks)
            results = list(pool.map(attempt, [work.path] * len(tasks), tasks))
            assert len(results) == 128
            check_winners(work, results) if round == 0 else None
    work.remove()
    assert not (tmp_path / "w").exists()


def test_without_links_a_name_is_still_given_once(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    work = opened(tmp_path / "w")
    check_winners(work, [attempt(work.path, f"unit-{number % 8:05}") for number in range(32)])


def test_a_file_system_that_gives_names_twice_is_refused(tmp_path, monkeypatch):
    import malmoi

    monkeypatch.setattr(os, "link", lambda *_: None)
    with pytest.raises(malmoi.InputOutputError, match="lets a name be given twice"):
        opened(tmp_path / "w")


def test_an_attempt_that_was_swept_cannot_commit(tmp_path):
    work = opened(tmp_path / "w")
    killed, done = work.new_attempt("unit-00000"), work.new_attempt("unit-00001")
    work.commit("unit-00001", done, {})
    work.report_failure("unit-00002", 1, "broken")
    work.close()
    again = opened(tmp_path / "w")
    assert again.names() == ({"unit-00001"}, set())
    assert not os.path.exists(again.place(killed))
    with pytest.raises(FileNotFoundError):
        again.commit("unit-00000", killed, {})
    assert again.committed("unit-00000") is None


def test_a_name_without_its_result_is_forgotten(tmp_path):
    work = opened(tmp_path / "w")
    name = work.new_attempt("unit-00000")
    work.commit("unit-00000", name, {})
    work.discard(name)
    work.close()
    assert opened(tmp_path / "w").names() == (set(), set())


def test_other_plans_are_refused_in_one_line(tmp_path):
    import malmoi

    work = opened(tmp_path / "w")
    work.commit("unit-00000", work.new_attempt("unit-00000"), {})
    work.close()
    with pytest.raises(malmoi.InvalidArgumentError, match="with other options.*--restart to forget it$"):
        opened(tmp_path / "w", {**PLAN, "options": {"documents": "file"}})
    with pytest.raises(malmoi.InvalidArgumentError, match="input files that have changed since"):
        opened(tmp_path / "w", {**PLAN, "units": []})
    same = opened(tmp_path / "w", json.loads(json.dumps(PLAN)))
    assert same.names()[0] == {"unit-00000"}
    same.close()
    assert opened(tmp_path / "w", {**PLAN, "units": []}, restart=True).names() == (set(), set())


def test_two_runs_at_once_are_refused(tmp_path):
    import malmoi

    work = opened(tmp_path / "w")
    with pytest.raises(malmoi.InputOutputError, match="another run is at work here"):
        opened(tmp_path / "w")
    work.close()
    opened(tmp_path / "w").remove()
