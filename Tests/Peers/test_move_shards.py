# SPDX-License-Identifier: Apache-2.0
"""Sets whose shards are moved into one: cut off at every step, gone on with, and refused before anything moves."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

from command import BINARY, EOD, complaint, malmoi, tree
from units import FORMATS, encode_units, hostile, listed

LIMIT = ("--shard-input-bytes", 0)
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

/* Sends the process the signal DIE_BY, or kills it, in front of call number DIE_AT that changes a name. */
static void step(void) {
  static long count = 0;
  const char *end = getenv("DIE_AT");
  const char *how = getenv("DIE_BY");
  if (end && count++ == atol(end)) raise(how ? atoi(how) : SIGKILL);
}
int link(const char *from, const char *to) {
  step();
  if (getenv("NO_LINKS")) { errno = EPERM; return -1; }
  return ((int (*)(const char *, const char *))dlsym(RTLD_NEXT, "link"))(from, to);
}
int rename(const char *from, const char *to) {
  step();
  return ((int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename"))(from, to);
}
int unlink(const char *path) {
  step();
  return ((int (*)(const char *))dlsym(RTLD_NEXT, "unlink"))(path);
}
int fsync(int file) {
  step();
  return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file);
}
"""


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    """A library that makes calls of the system fail, or kills the process in front of one."""
    if shutil.which("cc") is None:
        pytest.skip("cc is not here")
    place = tmp_path_factory.mktemp("shim")
    (place / "shim.c").write_text(SHIM)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", place / "shim.so", place / "shim.c", "-ldl"], check=True)
    return place / "shim.so"


@pytest.fixture(scope="module")
def made(tmp_path_factory, small_tokenizer, sample_documents):
    """For each format the sets of four units, and what one run writes: directories to copy from."""
    corpus = hostile(tmp_path_factory.mktemp("corpus") / "in", sample_documents)
    units = listed(corpus, *LIMIT)[:4]
    files = [path for unit in units for path in unit]
    known = {}

    def make(form):
        if form not in known:
            place = tmp_path_factory.mktemp("made")
            options = ["--tokenizer", small_tokenizer, "--append-eod", "--format", form, *LIMIT]
            malmoi("encode", *files, *options, "--output", "out/all", cwd=place)
            names = encode_units(units, "sets", options, place)
            known[form] = place, names, tree(place / "out")
        return known[form]

    return make


@pytest.fixture
def sets(made, tmp_path):
    """Copies the sets of a format; gives their names, and what is to become of them."""

    def copy(form, name="work"):
        place, names, whole = made(form)
        shutil.copytree(place / "sets", tmp_path / name / "sets")
        return tmp_path / name, names, whole

    return copy


def merge(*arguments):
    return ["merge", "--move-shards", *arguments, "--output", "out/all"]


def run_with(shim, arguments, cwd, **settings):
    environment = {**os.environ, "LD_PRELOAD": str(shim), **{name: str(value) for name, value in settings.items()}}
    return subprocess.run([str(BINARY), *arguments], cwd=cwd, env=environment, capture_output=True, check=False)


def is_done(place, whole):
    assert tree(place / "out") == whole
    assert tree(place / "sets") == {}


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
@pytest.mark.parametrize("form", ["megatron", "mds"])
def test_a_move_that_dies_at_any_step_goes_on(sets, shim, form, links):
    settings = {} if links else {"NO_LINKS": 1}
    step = 0
    while True:
        place, names, whole = sets(form, f"step{step}")
        done = run_with(shim, merge(*names), place, DIE_AT=step, **settings)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL and done.stderr == b""
        # Either the result is whole, or nothing calls itself so.
        if (place / "out/all.manifest.json").exists() or (place / "out/all/manifest.json").exists():
            malmoi("verify", "out/all", cwd=place)
        if step % 3 == 0:
            # Once more, a step later, which may be one of those that are repeated.
            run_with(shim, merge(*names), place, DIE_AT=1, **settings)
        again = run_with(shim, merge(*names), place, **settings)
        assert again.returncode == 0, again.stderr
        is_done(place, whole)
        step += 1
    is_done(place, whole)
    assert step > 20


def test_a_move_that_is_interrupted_goes_on(sets, shim):
    told = set()
    for step in range(0, 40, 3):
        place, names, whole = sets("megatron", f"step{step}")
        done = run_with(shim, merge(*names), place, DIE_AT=step, DIE_BY=int(signal.SIGINT))
        assert done.returncode in (0, 130)
        told.add(done.stderr.decode())
        if done.returncode == 130:
            malmoi(*merge(*names), cwd=place)
        is_done(place, whole)
    assert told - {""} == {
        "malmoi: interrupted; some files have their new names, and none is lost; run the same command again to go "
        "on\n"}


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_done_is_done(sets, form):
    place, names, whole = sets(form)
    first = malmoi(*merge(*names), "--json", cwd=place)
    is_done(place, whole)
    again = malmoi(*merge(*names), "--json", cwd=place)
    assert again.stdout == first.stdout and json.loads(first.stdout)["outputs"][0]["shards"] == 4
    assert again.stderr == b"malmoi: none of the sets is there any more: out/all was joined before\n"
    is_done(place, whole)


def test_no_byte_is_copied(sets):
    place, names, _ = sets("megatron")
    before = [(place / f"{name}-00000.bin").stat().st_ino for name in names]
    malmoi(*merge(*names), cwd=place)
    assert [(place / f"out/all-{number:05}.bin").stat().st_ino for number in range(4)] == before


def test_links_that_are_there_are_taken(sets):
    place, names, whole = sets("megatron")
    (place / "out").mkdir()
    for number in (0, 2):
        os.link(place / f"{names[number]}-00000.bin", place / f"out/all-{number:05}.bin")
    malmoi(*merge(*names), cwd=place)
    is_done(place, whole)


def test_one_set_alone_and_other_ways_to_name_it(sets):
    for number, way in enumerate(["{}", "{}.manifest.json", "{}-00000.bin", "./{}"]):
        place, names, _ = sets("megatron", f"way{number}")
        whole = tree(place / "sets")
        path = "sets/u1-00000" if way == "{}-00000.bin" else None
        if path is not None:
            # The file of a shard is no name of its set.
            assert "no set of token files" in complaint(*merge(path), code=74, cwd=place)
            continue
        malmoi(*merge(way.format(names[1])), cwd=place)
        for suffix in (".bin", ".idx"):
            assert tree(place / "out")[f"all-00000{suffix}"] == whole[f"u1-00000{suffix}"]
        assert f"u1-00000{suffix}" not in tree(place / "sets") and len(tree(place / "sets")) == 9


def test_directories_may_be_named_by_their_manifest(sets):
    for number, way in enumerate(["{}/", "{}/manifest.json", "{}/index.json"]):
        place, names, whole = sets("litdata", f"way{number}")
        malmoi(*merge(*(way.format(name) for name in names)), cwd=place)
        is_done(place, whole)


def test_an_output_that_exists_is_replaced_when_that_is_said(sets):
    place, names, whole = sets("megatron")
    malmoi("merge", *names, "--output", "out/all", "--shard-tokens", 100, cwd=place)
    assert "already exists; pass --overwrite" in complaint(*merge(*names), code=74, cwd=place)
    malmoi(*merge(*names), "--overwrite", cwd=place)
    is_done(place, whole)


def test_a_run_that_is_killed_anywhere_in_time(sets, made):
    place, names, whole = sets("tfrecord")
    for number in range(12):
        process = subprocess.Popen([str(BINARY), *merge(*names)], cwd=place, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        time.sleep(0.002 * number)
        process.kill()
        process.wait()
    malmoi(*merge(*names), cwd=place)
    is_done(place, whole)


# ---- Nothing is moved if something is wrong ----


def damage(name):
    """Changes the sets below a directory; gives the names in another order where that is the change."""

    def missing(place, names):
        (place / f"{names[2]}-00000.idx").unlink()

    def truncated(place, names):
        path = place / f"{names[3]}-00000.bin"
        os.truncate(path, path.stat().st_size - 2 if path.stat().st_size else 2)

    def unsealed(place, names):
        path = place / f"{names[1]}.manifest.json"
        path.write_text(path.read_text().replace("u1-00000.bin", "u1-00000.bim"))

    def gone(place, names):
        (place / f"{names[1]}.manifest.json").unlink()

    def twice(place, names):
        return [names[0], names[1], f"./{names[0]}"]

    def repaired(place, names):
        path = place / f"{names[1]}-00000.idx"
        path.write_bytes(path.read_bytes()[:-1])
        malmoi("repair", names[1], cwd=place)

    return locals()[name]


@pytest.mark.parametrize("what,code,told", [
    ("missing", 1, "sets/u2-00000.idx: listed in the manifest, but missing"),
    ("truncated", 1, "sets/u3-00000.bin: 2 bytes long, where the manifest states 0"),
    ("unsealed", 1, "sets/u1.manifest.json: is not what its seal was made of"),
    ("gone", 74, "sets/u1: no set of token files with a manifest"),
    ("twice", 64, "./sets/u0: named twice"),
    ("repaired", 64, "states other results than sets/u0.manifest.json"),
])
def test_sets_that_are_not_whole(sets, what, code, told):
    place, names, _ = sets("megatron")
    names = damage(what)(place, names) or names
    before = tree(place)
    line = complaint(*merge(*names), code=code, cwd=place)
    assert told in line and line.count("\n") == 1
    assert tree(place) == before


@pytest.fixture
def pair(tmp_path, small_tokenizer):
    """Two files of 20 and 60 bytes as units of at least 50: the first goes with the next."""
    for name, count in (("a", 5), ("b", 15), ("c", 5)):
        (tmp_path / f"{name}.txt").write_text("가\n" * count)

    def encode(name, files, *options, tokenizer=small_tokenizer):
        malmoi("encode", *files, "--tokenizer", tokenizer, "--output", name, *options, cwd=tmp_path)
        return name

    return tmp_path, encode


@pytest.mark.parametrize("first,second,told", [
    ((["b.txt"], {}), (["a.txt"], {"options": ["--append-eod"]}), "end_of_document is "),
    ((["b.txt"], {}), (["a.txt"], {"options": ["--format", "npy"]}), 'format is "npy", there "megatron"'),
    ((["b.txt"], {}), (["a.txt"], {"size": 51}), "shard_input_bytes is 51, there 50"),
    ((["b.txt"], {}), (["a.txt"], {"tokenizer": True}), "tokenizer_sha256 is "),
    ((["a.txt"], {}), (["b.txt"], {}), "its last files hold 20 bytes"),
    ((["b.txt"], {}), (["b.txt", "c.txt"], {}), "has the input b.txt, as another set has"),
    ((["b.txt"], {"size": None, "options": ["--deduplicate-ids"]}),
     (["a.txt"], {"size": None, "options": ["--deduplicate-ids"]}), 'was written with "deduplicate_ids"'),
    ((["b.txt"], {"size": None, "options": ["--pack", "concat", "--sequence-length", 4]}),
     (["a.txt"], {"size": None, "options": ["--pack", "concat", "--sequence-length", 4]}), 'written with "packing"'),
    ((["b.txt"], {"size": None, "options": ["--shuffle-seed", 1]}),
     (["a.txt"], {"size": None, "options": ["--shuffle-seed", 1]}), 'was written with "shuffle_seed"'),
])
def test_sets_that_do_not_belong_together(pair, trained, first, second, told):
    place, encode = pair
    for name, (files, how) in (("one", first), ("two", second)):
        size = how.get("size", 50)
        more = {"tokenizer": trained(2000)} if how.get("tokenizer") else {}
        encode(name, files, *([] if size is None else ["--shard-input-bytes", size]), *how.get("options", []), **more)
    before = tree(place)
    line = complaint(*merge("one", "two"), code=64, cwd=place)
    assert told in line and line.count("\n") == 1
    assert tree(place) == before


def test_sets_without_units_are_joined_as_well(pair):
    place, encode = pair
    sets = [encode("one", ["a.txt"], "--append-eod", "--eod-token", EOD),
            encode("two", ["b.txt"], "--append-eod", "--eod-token", EOD)]
    malmoi("merge", *sets, "--output", "copied", cwd=place)
    malmoi(*merge(*sets), cwd=place)
    assert b": sound: 20 documents, 40 tokens, 2 shards" in malmoi("verify", "out/all", cwd=place).stdout
    malmoi("merge", "out/all", "out/all", "--output", "twice", cwd=place)
    copied = (place / "copied.bin").read_bytes()
    assert (place / "twice.bin").read_bytes() == 2 * copied
    assert sorted(path.name for path in place.glob("one*")) == []


def test_outputs_that_stand_in_the_way(sets, pair):
    place, names, _ = sets("megatron")
    before = tree(place)
    for output in ("sets/u1", "./sets/u1", f"{place}/sets/u1"):
        told = complaint("merge", "--move-shards", *names, "--output", output, code=64, cwd=place)
        assert "has file names that the output would get" in told
        assert tree(place) == before
    other, encode = pair
    encode("all-00000", ["b.txt"])
    before = tree(other)
    told = complaint("merge", "--move-shards", "all-00000", "--output", "all", code=64, cwd=other)
    assert "has file names that the output would get" in told and tree(other) == before


@pytest.mark.parametrize("options,told", [
    (("--shard-tokens", 5), "moved shards stay as they are"), (("--token-type", "int32"), "moved shards stay"),
    (("--end-of-document", 1), "moved shards stay"), (("--sink", "mds:x"), "moved shards go to one output"),
    (("--format", "mds"), "the sets are megatron files"),
])
def test_options_that_would_need_copies(sets, options, told):
    place, names, _ = sets("megatron")
    before = tree(place)
    line = complaint(*merge(*names), *options, code=64, cwd=place)
    assert told in line and line.count("\n") == 1 and tree(place) == before


def test_another_order_does_not_go_on(sets, shim):
    place, names, whole = sets("megatron")
    run_with(shim, merge(*names), place, DIE_AT=8)
    assert (place / "out/all.journal").exists()
    before = tree(place)
    told = complaint(*merge(*reversed(names)), code=74, cwd=place)
    assert "an unfinished run of other inputs or options is there" in told
    assert tree(place) == before
    # Encoding does not go over it either.
    assert "pass --restart" in complaint(
        "encode", "sets/u0.manifest.json", "--tokenizer", pathlib.Path(place) / "none", "--output", "out/all",
        code=None, cwd=place) or tree(place) == before
    malmoi(*merge(*names), cwd=place)
    is_done(place, whole)


def test_a_set_written_again_is_not_removed(sets, shim, made):
    place, names, whole = sets("megatron")
    # Up to where the first old names go.
    for step in range(200):
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(made("megatron")[0] / "sets", place / "sets")
        run_with(shim, merge(*names), place, DIE_AT=step)
        if (place / "out/all.manifest.json").exists() and len(tree(place / "sets")) < 12:
            break
    for path in (made("megatron")[0] / "sets").iterdir():
        if path.name.startswith("u3"):
            (place / "sets" / path.name).unlink(missing_ok=True)
            shutil.copy(path, place / "sets" / path.name)
    again = tree(place / "sets")
    told = complaint(*merge(*names), code=74, cwd=place)
    assert "was written again since its shards were moved" in told
    left = tree(place / "sets")
    assert {name: again[name] for name in again if name.startswith("u3")} == left
    assert {name: content for name, content in tree(place / "out").items() if "journal" not in name} == whole
