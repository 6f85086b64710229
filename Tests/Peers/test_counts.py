# SPDX-License-Identifier: Apache-2.0
"""Counted once, trained many times: the same tokenizer, whatever happens in between."""
import json
import random
import signal
import subprocess
import tarfile
import time

import pytest
import zstandard

from command import BINARY, SAMPLE, complaint, left, malmoi
from units import hostile

TRAINED = ["tokenizer.json", "tokenizer.tiktoken", "tokenizer_config.json"]


def model(directory):
    return [(directory / name).read_bytes() for name in TRAINED]


def summary(*arguments):
    return json.loads(malmoi(*arguments, "--json").stdout)


def manifest(path):
    content = path.read_bytes()
    start, length = (int.from_bytes(content[-32 + i:-24 + i], "little") for i in (0, 8))
    return json.loads(content[start:start + length])


@pytest.fixture(scope="module")
def counts(tmp_path_factory):
    path = tmp_path_factory.mktemp("counts") / "sample.counts"
    malmoi("count", SAMPLE, "--output", path)
    return path


@pytest.mark.parametrize("options", [(), ("--syllable-safe", "--special-token", "<s>")])
def test_training_from_counts_is_training_from_text(trained, counts, tmp_path, options):
    malmoi("train", "--counts", counts, "--vocab-size", 3000, "--output", tmp_path / "t", *options)
    assert model(tmp_path / "t") == model(trained(3000, *options))
    assert b": sound: " in malmoi("verify", tmp_path / "t").stdout


@pytest.mark.parametrize("memory", ["73MiB", "1GiB"])
def test_memory_and_threads_change_no_byte(counts, tmp_path, memory):
    for threads in (1, 2):
        malmoi("count", SAMPLE, "--output", tmp_path / "c", "--memory", memory,
               "--threads", threads, "--overwrite", "--checkpoint", "100KiB")
        assert (tmp_path / "c").read_bytes() == counts.read_bytes()
        assert left(tmp_path) == ["c"]


def test_the_sources_are_the_operands_or_have_names(tmp_path):
    for name, text in (("a.txt", "가 나\n"), ("b.txt", "나 나\n"), ("c.txt", "다\n")):
        (tmp_path / name).write_text(text)
    malmoi("count", "a.txt", "--source", "x=b.txt", "--source", "x=c.txt", "--output", "n",
           cwd=tmp_path)
    found = manifest(tmp_path / "n")
    assert [source["name"] for source in found["results"]["sources"]] == ["a.txt", "x"]
    assert [source["pretokens"] for source in found["results"]["sources"]] == [2, 3]
    assert [entry["path"] for entry in found["inputs"]] == ["a.txt", "b.txt", "c.txt"]
    shown = malmoi("show-counts", "n", "--head", 2, cwd=tmp_path).stdout.decode()
    assert shown == '2\t" 나"\n1\t"가"\n'
    malmoi("merge-counts", "n", "--drop", "x", "--output", "m", cwd=tmp_path)
    assert malmoi("show-counts", "m", cwd=tmp_path).stdout.decode() == '1\t" 나"\n1\t"가"\n'


def test_weights_mean_the_same_in_text_counts_and_merges(tmp_path):
    source = random.Random(1)
    for name in "ab":
        words = [source.choice("가나다라") * source.randrange(1, 4) for _ in range(3000)]
        (tmp_path / name).write_text("\n".join(words))
    weights = ("--weight", "a=2.5", "--weight", "b=1/3")
    size = ("--vocab-size", 290)
    malmoi("count", "a", "b", "--output", "ab.counts", cwd=tmp_path)
    malmoi("merge-counts", "ab.counts", *weights, "--output", "w.counts", cwd=tmp_path)
    malmoi("train", "a", "b", *weights, *size, "--output", "t1", cwd=tmp_path)
    malmoi("train", "--counts", "ab.counts", *weights, *size, "--output", "t2", cwd=tmp_path)
    malmoi("train", "--counts", "w.counts", *size, "--output", "t3", cwd=tmp_path)
    assert model(tmp_path / "t1") == model(tmp_path / "t2") == model(tmp_path / "t3")
    malmoi("train", "a", "b", *weights, *size, "--output", "t4", "--memory", "73MiB",
           "--threads", 2, cwd=tmp_path)
    assert model(tmp_path / "t4") == model(tmp_path / "t1")
    assert [s["weights"] for s in manifest(tmp_path / "w.counts")["results"]["sources"]] == [
        ["2.5"], ["1/3"]]


def test_counts_of_other_rules_are_refused(corpus, tmp_path):
    malmoi("count", corpus, "--output", tmp_path / "g")
    malmoi("count", corpus, "--output", tmp_path / "c", "--pre-tokenizer", "cl100k")
    told = complaint("merge-counts", tmp_path / "g", tmp_path / "c", "--output", tmp_path / "m",
                     code=64)
    assert told == (
        f"malmoi: {tmp_path}/c: counted with pre_tokenizer cl100k, but {tmp_path}/g with gpt2; "
        "count both alike\n")
    told = complaint("train", "--counts", tmp_path / "g", "--pre-tokenizer", "qwen2",
                     "--vocab-size", 300, "--output", tmp_path / "t", code=64)
    assert told == (
        f"malmoi: {tmp_path}/g: counted with pre_tokenizer gpt2, where qwen2 is wanted; count "
        "again, or train as it was counted\n")
    told = complaint("train", "--counts", tmp_path / "g", "--normalizer", "none",
                     "--vocab-size", 300, "--output", tmp_path / "t", code=64)
    assert "counted with normalizer nfc, where none is wanted" in told
    assert left(tmp_path) == ["c", "corpus.txt", "g"]


@pytest.mark.parametrize("arguments, told", [
    (("train", "{c}", "--counts", "{n}", "--vocab-size", "300", "--output", "o"),
     "both text and --counts to train from; count the text too, or leave one out"),
    (("merge-counts", "{n}", "--output", "o", "--drop", "nobody"),
     "there is no source \"nobody\"; the sources are {c}"),
    (("merge-counts", "{n}", "--output", "o", "--drop", "{c}"),
     "every source is dropped; keep one"),
    (("merge-counts", "{n}", "--output", "o", "--weight", "{c}=-1"),
     "\"{c}=-1\" is no weight of a source; write NAME=2.5 or NAME=1/3"),
    (("merge-counts", "{n}", "{n}", "--output", "o"), "{n}: named twice; name each file once"),
    (("count", "{c}", "--memory", "4GB", "--output", "o"),
     "\"4GB\" is no amount of memory; write 512MiB or 4GiB"),
    (("count", "--source", "x", "--output", "o"),
     "\"x\" names no source; write --source NAME=PATH"),
])
def test_wrong_usage_is_told_in_a_line(corpus, tmp_path, arguments, told):
    counted = tmp_path / "counts"
    malmoi("count", corpus, "--output", counted)
    names = {"c": corpus, "n": counted}
    arguments = [argument.format(**names) for argument in arguments]
    assert complaint(*arguments, code=64, cwd=tmp_path) == f"malmoi: {told.format(**names)}\n"
    assert left(tmp_path) == ["corpus.txt", "counts"]


def test_an_existing_output_stays(corpus, tmp_path):
    (tmp_path / "o").write_text("mine")
    for command in (("count", corpus), ("merge-counts", corpus)):
        told = complaint(*command, "--output", tmp_path / "o", code=74)
        assert told == (
            f"malmoi: {tmp_path}/o: already exists; pass --overwrite to replace it, or choose "
            "another output\n")
    assert (tmp_path / "o").read_text() == "mine"


def test_verify_checks_count_files(counts, tmp_path):
    assert b": sound: " in malmoi("verify", counts).stdout
    assert summary("verify", counts)["kind"] == "pretoken-counts"
    content = bytearray(counts.read_bytes())
    path = tmp_path / "broken"
    source = random.Random(7)
    for _ in range(30):
        place = source.randrange(8, len(content))
        broken = bytearray(content)
        broken[place] ^= 1 << source.randrange(8)
        path.write_bytes(broken)
        told = complaint("verify", path, code=1)
        assert str(path) in told and told.count("\n") == 1
    path.write_bytes(content[:-1])
    assert "ends too early" in complaint("verify", path, code=1)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A corpus of 40 files of a megabyte, and its counts."""
    directory = tmp_path_factory.mktemp("files")
    lines = malmoi("cat", SAMPLE).stdout.decode().split("\n")
    source = random.Random(3)
    (directory / "in").mkdir()
    for number in range(40):
        text, size = [], 0
        while size < 1_000_000:
            text.append(source.choice(lines) + f" 낱말{source.randrange(10 ** 6)}")
            size += len(text[-1].encode())
        (directory / "in" / f"{number:02}.txt").write_text("\n".join(text))
    malmoi("count", directory / "in", "--output", directory / "counts")
    return directory


def interrupted(arguments, delay, number):
    """Runs malmoi and sends it a signal after a while; its exit code and what it said."""
    process = subprocess.Popen(
        [str(BINARY), *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    time.sleep(delay)
    process.send_signal(number)
    told = process.communicate(timeout=60)[1].decode()
    return process.returncode, told


def count_files(files, output, checkpoint="3MiB"):
    return ("count", files / "in", "--output", output, "--memory", "65MiB", "--threads", 2,
            "--checkpoint", checkpoint)


@pytest.mark.parametrize("seed", [*range(4), *(
    pytest.param(seed, marks=pytest.mark.slow) for seed in range(4, 20))])
def test_a_killed_count_goes_on_and_gives_the_same_bytes(files, tmp_path, seed):
    source = random.Random(seed)
    command = count_files(files, tmp_path / "c")
    kills = 0
    while not (tmp_path / "c").exists():
        code, _ = interrupted(command, source.uniform(0.02, 0.6), signal.SIGKILL)
        kills += code == -signal.SIGKILL
        if kills == 6 and not (tmp_path / "c").exists():
            # How far it got is a matter of the machine, but not what becomes of that.
            finished = list((tmp_path / "c.partial").glob("group-*.json"))
            assert bool(finished) == (summary(*command)["resumed_files"] > 0)
    assert (tmp_path / "c").read_bytes() == (files / "counts").read_bytes()
    if (tmp_path / "c.partial").exists():
        # Killed between the last two steps: the rest is removed by the next run.
        malmoi(*command, "--overwrite")
    assert left(tmp_path) == ["c"]


def test_a_count_that_is_stopped_tells_what_it_keeps(files, tmp_path):
    command = count_files(files, tmp_path / "c")
    code, told = interrupted(command, 0.5, signal.SIGINT)
    if code == 0:
        pytest.skip("the machine was too fast to be interrupted")
    assert code == 130
    if "are counted and kept in" in told:
        state = tmp_path / "c.partial"
        assert not list(state.glob("*.partial"))
        told = complaint(*command, "--pre-tokenizer", "cl100k", code=74)
        assert "an unfinished count of other inputs or options is there" in told
        assert "--restart" in told and told.count("\n") == 1
    malmoi(*command)
    assert (tmp_path / "c").read_bytes() == (files / "counts").read_bytes()
    assert left(tmp_path) == ["c"]


def test_a_count_of_one_group_that_is_stopped_leaves_nothing(files, tmp_path):
    code, told = interrupted(count_files(files, tmp_path / "c", "1GiB"), 0.3, signal.SIGINT)
    if code == 0:
        pytest.skip("the machine was too fast to be interrupted")
    assert (code, told) == (130, "malmoi: interrupted; no file was written; run it again\n")
    assert left(tmp_path) == []


def test_two_counts_into_one_file_do_not_meet(files, tmp_path):
    command = [str(argument) for argument in count_files(files, tmp_path / "c")]
    first = subprocess.Popen([str(BINARY), *command], stdout=subprocess.DEVNULL)
    while not (tmp_path / "c.partial" / "job.json").exists():
        assert first.poll() is None
        time.sleep(0.01)
    told = complaint(*command, code=74)
    assert "another process is counting into it" in told
    assert first.wait(timeout=60) == 0
    assert (tmp_path / "c").read_bytes() == (files / "counts").read_bytes()


@pytest.mark.parametrize("threads, memory", [(1, 53), (2, 65), (2, 113)])
def test_the_peak_of_memory_stays_under_the_budget(files, tmp_path, threads, memory):
    """The peak is that of the largest child so far, so each run gets a process of its own."""
    script = (
        "import resource, subprocess, sys;"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    done = subprocess.run(
        ["python3", "-c", script, str(BINARY), "count", str(files / "in"), "--output",
         str(tmp_path / "c"), "--memory", f"{memory}MiB", "--threads", str(threads)],
        check=True, stdout=subprocess.PIPE)
    peak = int(done.stdout) * 1024
    assert peak < memory << 20, f"{peak / 2 ** 20:.1f} MiB"
    assert (tmp_path / "c").read_bytes() == (files / "counts").read_bytes()


@pytest.mark.parametrize("states_size", [True, False])
def test_the_window_of_a_compressed_input_is_part_of_the_budget(files, tmp_path, states_size):
    text = b"".join(path.read_bytes() + b"\n" for path in sorted((files / "in").iterdir()))
    compressor = zstandard.ZstdCompressor(
        compression_params=zstandard.ZstdCompressionParameters.from_level(1, window_log=26))
    stream = compressor.compressobj()
    (tmp_path / "long.zst").write_bytes(
        compressor.compress(text) if states_size else stream.compress(text) + stream.flush())
    (tmp_path / "text").write_bytes(text)
    command = ["count", tmp_path / "long.zst", "--output", tmp_path / "c", "--threads", 1]
    told = complaint(*command, "--memory", "63MiB", code=64)
    window = len(text) if states_size else 1 << 26
    assert f"compressed with a window of {window >> 20} MiB" in told and told.count("\n") == 1
    least = told.split("--memory ")[1].split(",")[0]
    script = (
        "import resource, subprocess, sys;"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    done = subprocess.run(
        ["python3", "-c", script, str(BINARY), *map(str, command), "--memory", least],
        check=True, stdout=subprocess.PIPE)
    assert int(done.stdout) * 1024 < int(least.removesuffix("MiB")) << 20
    counted = malmoi("show-counts", tmp_path / "c", "--head", 50).stdout
    malmoi("count", tmp_path / "text", "--output", tmp_path / "d")
    assert counted == malmoi("show-counts", tmp_path / "d", "--head", 50).stdout


@pytest.mark.parametrize("kind", ["file", "pipe", "archive"])
def test_a_window_that_nothing_tells_beforehand_stays_in_the_budget(tmp_path, kind):
    """Frames behind the first, pipes, members of archives: accounted for, or refused in one line."""

    def frame(window_log):
        compressor = zstandard.ZstdCompressor(
            compression_params=zstandard.ZstdCompressionParameters.from_level(1, window_log=window_log))
        stream = compressor.compressobj()
        text = "".join(f"{number} 가나다\n" for number in range(2000)).encode()
        return stream.compress(text) + stream.flush()

    def arguments(content):
        (tmp_path / "in.txt.zst").write_bytes(content)
        if kind == "archive":
            with tarfile.open(tmp_path / "in.tar", "w") as archive:
                archive.add(tmp_path / "in.txt.zst", "in.txt.zst")
        name = {"file": tmp_path / "in.txt.zst", "pipe": "-", "archive": tmp_path / "in.tar"}[kind]
        return ["count", name, "--output", tmp_path / "c", "--overwrite", "--threads", 1]

    mixed = frame(20) + frame(27)
    command = arguments(mixed)
    told = complaint(*command, "--memory", "141MiB", code=64, stdin=mixed)
    assert "asks for a window of more than the" in told and "--memory" in told and told.count("\n") == 1
    # Without a budget nothing is refused, and neither is what it has room for.
    malmoi(*command, stdin=mixed)
    small = frame(20) + frame(23)
    malmoi(*arguments(small), "--memory", "141MiB", stdin=small)
    if kind != "file":
        malmoi(*arguments(mixed), "--memory", "1GiB", stdin=mixed)
    malmoi(*arguments(frame(27) + frame(20)), "--memory", "1GiB", stdin=frame(27) + frame(20))


def test_a_disk_without_room_for_runs_is_told(files, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no small file system can be mounted: {done.stderr.strip()}")
    try:
        told = complaint(*count_files(files, disk / "c", "1GiB"), code=74)
        assert "MiB are needed for sorted runs" in told and told.count("\n") == 1
        assert left(disk) == []
        told = complaint("train", files / "in", "--vocab-size", 3000, "--memory", "65MiB",
                         "--threads", 2, "--output", disk / "t", code=74)
        assert "MiB are needed for sorted runs" in told
        assert left(disk) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_training_with_spilled_counts_is_training_in_memory(files, tmp_path):
    for name, memory in (("small", "105MiB"), ("large", "2GiB")):
        malmoi("train", files / "in", "--vocab-size", 2000, "--output", tmp_path / name,
               "--memory", memory, "--threads", 4)
    assert model(tmp_path / "small") == model(tmp_path / "large")
    assert left(tmp_path) == ["large", "small"]
    malmoi("train", "--counts", files / "counts", "--vocab-size", 2000,
           "--output", tmp_path / "counted")
    assert model(tmp_path / "counted") == model(tmp_path / "large")


def test_runs_that_a_killed_training_left_are_cleared_away(files, tmp_path):
    command = ("train", files / "in", "--vocab-size", 2000, "--memory", "105MiB", "--threads", 4,
               "--output", tmp_path / "t")
    process = subprocess.Popen([str(BINARY), *map(str, command)], stdout=subprocess.DEVNULL)
    while not (tmp_path / "t.partial").exists():
        assert process.poll() is None, "it was done before it was killed"
        time.sleep(0.005)
    process.kill()
    process.wait(60)
    assert left(tmp_path) == ["t", "t.partial"]
    malmoi(*command)
    assert left(tmp_path) == ["t"]
    # What is not ours stays, and is named where it is in the way.
    (tmp_path / "u.partial").mkdir()
    (tmp_path / "u.partial" / "mine").write_text("mine")
    told = complaint(*command[:-1], tmp_path / "u", code=74)
    assert "is in the way of sorted runs" in told
    assert left(tmp_path / "u.partial") == ["mine"]


def train_files(files, output, *options):
    return ("train", files / "in", "--vocab-size", 2000, "--output", output, "--memory", "105MiB",
            "--threads", 2, "--checkpoint", "3MiB", *options)


@pytest.mark.parametrize("seed", [*range(2), *(
    pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 10))])
def test_a_killed_training_on_text_goes_on_behind_the_files_it_has_counted(files, tmp_path, seed):
    malmoi("train", files / "in", "--vocab-size", 2000, "--output", tmp_path / "whole")
    command = train_files(files, tmp_path / "t", "--checkpoint-merges", 64)
    source = random.Random(seed)
    state, kills = tmp_path / "t.partial", 0
    # Something must be there to go on from, and what is there must not be left alone for good.
    while kills < 5 or not (list(state.glob("group-*")) or (state / "merges").exists()):
        code, _ = interrupted([*command, "--overwrite"], source.uniform(0.05, 0.9), signal.SIGKILL)
        kills += 1
        if code == 0:
            break
    report = summary(*command, "--overwrite")
    assert code == 0 or report["resumed_files"] > 0
    assert model(tmp_path / "t") == model(tmp_path / "whole")
    assert (tmp_path / "t" / "manifest.json").read_bytes() == (
        tmp_path / "whole" / "manifest.json").read_bytes()
    assert left(tmp_path) == ["t", "whole"]


def test_what_training_has_counted_serves_other_vocabularies_but_no_other_text(files, tmp_path):
    command = train_files(files, tmp_path / "t")
    state = tmp_path / "t.partial"
    process = subprocess.Popen([str(BINARY), *map(str, command)], stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    while len(list(state.glob("group-*.json"))) < 2:
        assert process.poll() is None, "it was done before it was stopped"
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 130
    assert "of 40 input files are counted and kept in" in told and told.count("\n") == 1
    # ---- Another text is refused, and nothing of the count is lost by that ----
    kept = sorted(path.name for path in state.iterdir())
    told = complaint(*command, "--pre-tokenizer", "cl100k", code=74)
    assert "an unfinished count of other inputs or options is there" in told
    assert "--restart" in told and told.count("\n") == 1
    assert sorted(path.name for path in state.iterdir()) == kept
    # ---- Refused for want of memory, it is kept too; other options of merging go on from it ----
    told = complaint(*command[:-4], "--threads", 2, "--checkpoint", "3MiB", "--memory", "73MiB",
                     code=64)
    least = told.split("--min-count ")[1].split(",")[0]
    report = summary(*command[:-4], "--threads", 2, "--checkpoint", "3MiB", "--memory", "73MiB",
                     "--min-count", least, "--syllable-safe")
    assert report["resumed_files"] == 40
    malmoi("train", files / "in", "--vocab-size", 2000, "--output", tmp_path / "u",
           "--min-count", least, "--syllable-safe")
    assert model(tmp_path / "t") == model(tmp_path / "u")
    assert left(tmp_path) == ["t", "u"]


def test_a_training_can_be_begun_anew(files, tmp_path):
    command = train_files(files, tmp_path / "t")
    state = tmp_path / "t.partial"
    process = subprocess.Popen([str(BINARY), *map(str, command)], stdout=subprocess.DEVNULL)
    while not list(state.glob("group-*.json")):
        assert process.poll() is None, "it was done before it was killed"
        time.sleep(0.002)
    process.kill()
    process.wait(60)
    # One group where there were many: what lies there is named before it is removed.
    whole = ("train", files / "in", "--vocab-size", 2000, "--output", tmp_path / "t")
    assert "--restart" in complaint(*whole, code=74)
    assert list(state.glob("group-*.json"))
    report = summary(*whole, "--restart")
    assert report["resumed_files"] == 0
    assert left(tmp_path) == ["t"]


def test_eojeols_are_known_though_their_files_were_counted_before(files, tmp_path):
    command = ("train", files / "in", "--sizes", "500,1000", "--memory", "105MiB", "--threads", 2)
    malmoi(*command, "--output", tmp_path / "whole")
    grouped = (*command, "--checkpoint", "3MiB", "--output", tmp_path / "t")
    process = subprocess.Popen([str(BINARY), *map(str, grouped)], stdout=subprocess.DEVNULL)
    while len(list((tmp_path / "t.partial").glob("group-*.json"))) < 3:
        assert process.poll() is None, "it was done before it was killed"
        time.sleep(0.002)
    process.kill()
    process.wait(60)
    malmoi(*grouped)
    found = [(tmp_path / name / "sizes.json").read_bytes() for name in ("t", "whole")]
    assert found[0] == found[1]
    assert json.loads(found[0])["sizes"][0]["tokens_per_eojeol"] is not None


# ---- Many machines ----


@pytest.fixture(scope="module")
def many(tmp_path_factory, sample_documents):
    """The files of a hostile corpus and of the sample, each with the name of its source."""
    corpus = hostile(tmp_path_factory.mktemp("many") / "in", sample_documents)
    own = [path for path in sorted(corpus.iterdir()) if path.suffix != ".bin"]
    sample = [path for path in sorted(SAMPLE.iterdir()) if path.suffix != ".md"]
    return [("odd", path) for path in own[::2]] + [("other", path) for path in own[1::2]] + [
        ("sample", path) for path in sample]


@pytest.mark.parametrize("options", [(), ("--normalizer", "korean", "--pre-tokenizer", "cl100k")],
                         ids=["nfc", "korean"])
def test_counts_of_single_files_add_up_to_one_count(many, tmp_path, options):
    named = [argument for name, path in many for argument in ("--source", f"{name}={path}")]
    malmoi("count", *named, *options, "--output", tmp_path / "whole")
    parts = []
    for number, (name, path) in enumerate(many):
        parts.append(tmp_path / f"part{number}")
        malmoi("count", "--source", f"{name}={path}", *options, "--allow-empty", "--output", parts[-1])
    malmoi("merge-counts", *parts, "--output", tmp_path / "flat")
    assert (tmp_path / "flat").read_bytes() == (tmp_path / "whole").read_bytes()
    found = manifest(tmp_path / "whole")
    assert [source["name"] for source in found["results"]["sources"]] == ["odd", "other", "sample"]
    assert sum(source["rejected_records"] for source in found["results"]["sources"]) == 33
    assert found["results"]["sources"][0]["normalization"] and len(found["inputs"]) == len(many)
    # Rare pretokens are left out at the last step alone: before it nobody knows which they are.
    for step in range(0, len(parts), 5):
        malmoi("merge-counts", *parts[step:step + 5], "--output", tmp_path / f"branch{step}")
    branches = sorted(tmp_path.glob("branch*"), reverse=True)
    malmoi("merge-counts", *branches, "--output", tmp_path / "tree", "--min-count", 3)
    malmoi("count", *named, *options, "--output", tmp_path / "pruned", "--min-count", 3)
    assert (tmp_path / "tree").read_bytes() == (tmp_path / "pruned").read_bytes()
    assert found["results"]["rows"] > manifest(tmp_path / "tree")["results"]["rows"] > 0


def test_a_part_without_a_document_is_a_mistake_unless_it_is_allowed(tmp_path):
    (tmp_path / "empty.txt").write_bytes(b"")
    arguments = ("count", tmp_path / "empty.txt", "--output", tmp_path / "c")
    assert "no documents in 1 input files" in complaint(*arguments, code=1)
    malmoi(*arguments, "--allow-empty")
    assert b": sound: " in malmoi("verify", tmp_path / "c").stdout
