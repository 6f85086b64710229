# SPDX-License-Identifier: Apache-2.0
"""A corpus that many machines encode, unit by unit, is byte for byte what one machine makes of it."""
import json
import pathlib
import random
import signal

import pytest

import read_mds
from command import EOD, SAMPLE, complaint, malmoi, read_token_files, tree, write_jsonl
from stopping import stopped
from units import FORMATS, encode_units, hostile, listed


@pytest.fixture(scope="module")
def corpus(tmp_path_factory, sample_documents):
    return hostile(tmp_path_factory.mktemp("units") / "in", sample_documents)


def moved_and_whole(corpus, directory, size, options, code=0):
    """The tree of a run over everything, and that of the runs over units whose sets were joined."""
    limit = ("--shard-input-bytes", size)
    whole, parts = directory / "whole", directory / "parts"
    for place in (whole, parts):
        place.mkdir(parents=True)
    malmoi("encode", corpus, *options, *limit, "--output", "out/all", cwd=whole, code=code)
    reading = options[options.index("--exclude"):][:2] if "--exclude" in options else []
    units = listed(corpus, *limit, *reading)
    sets = encode_units(units, "sets", [*options, *limit], parts, code=None if code else 0)
    done = malmoi("merge", "--move-shards", *sets, "--output", "out/all", "--json", cwd=parts)
    made = json.loads(done.stdout)["outputs"][0]
    if not {"--shard-tokens", "--shard-bytes"} & set(options):
        assert made["shards"] == len(units)
    assert tree(parts / "sets") == {}
    assert b": sound: " in malmoi("verify", "out/all", cwd=parts).stdout
    return tree(parts / "out"), tree(whole / "out")


@pytest.mark.parametrize("size", [0, 1, 150, 2000, "64KiB", "1GiB"])
def test_units_joined_are_one_run(corpus, tmp_path, small_tokenizer, size):
    moved, whole = moved_and_whole(
        corpus, tmp_path, size, ["--tokenizer", small_tokenizer, "--append-eod", "--provenance"])
    assert moved == whole and len(whole) >= 4
    manifest = json.loads(whole["all.manifest.json"])
    assert len(manifest["results"]["first_rejects"]) == 20
    assert manifest["results"]["rejected_records"] == 33
    assert manifest["results"]["normalization"]["nfc"]["changes"] > 0


@pytest.mark.parametrize("form", FORMATS)
def test_units_of_every_format(corpus, tmp_path, small_tokenizer, form):
    options = ["--tokenizer", small_tokenizer, "--append-eod", "--format", form, "--shard-tokens", 400]
    moved, whole = moved_and_whole(corpus, tmp_path, 300, [*options, "--provenance"])
    assert moved == whole


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMATS)
def test_a_unit_of_each_file_in_every_format(corpus, tmp_path, small_tokenizer, form):
    options = ["--tokenizer", small_tokenizer, "--append-eod", "--format", form]
    moved, whole = moved_and_whole(corpus, tmp_path, 0, options)
    assert moved == whole


@pytest.mark.parametrize("options", [
    ("--shard-bytes", 1000), ("--token-type", "int32"), ("--max-document-tokens", 5),
    ("--pack", "fixed", "--sequence-length", 16, "--pad-token", EOD),
    ("--column", "loss_mask", "--format", "mds", "--append-eod"),
    ("--normalizer", "none", "--invalid-utf8", "keep", "--charset", "utf-8"),
    ("--normalizer", "korean", "--with-rules", "cap-repeats=3", "--repair-mojibake"), ("--exclude", "*.jsonl"),
    ("--bos-token", EOD, "--documents", "file", "--threads", 1), ("--parse-special-tokens", "--checkpoint-mib", 1),
], ids=lambda options: options[0])
def test_units_with_other_options(corpus, tmp_path, small_tokenizer, options):
    moved, whole = moved_and_whole(corpus, tmp_path, 500, ["--tokenizer", small_tokenizer, *options])
    assert moved == whole


@pytest.mark.parametrize("form", ["datatrove", "olmo", "mds", "tfrecord", "megatron"])
def test_units_of_conversations(tmp_path, trained, form):
    (tmp_path / "in").mkdir()
    for number in range(4):
        turns = [{"role": role, "content": f"{role} {number} 말"} for role in ("user", "assistant")]
        (tmp_path / f"in/{number}.jsonl").write_text(
            "" if number == 1 else json.dumps({"messages": turns}) + "\n{\"messages\": 3}\n")
    tokenizer = trained(1000, "--special-token", "<|im_start|>", "--special-token", "<|im_end|>")
    mask = ["--no-loss-mask"] if form == "megatron" else []
    moved, whole = moved_and_whole(
        tmp_path / "in", tmp_path, 0, ["--tokenizer", tokenizer, "--chat", "chatml", "--format", form, *mask])
    assert moved == whole


def test_damaged_inputs_are_joined_too(tmp_path, small_tokenizer, sample_documents):
    corpus = hostile(tmp_path / "in", sample_documents, damaged=True)
    moved, whole = moved_and_whole(corpus, tmp_path, 0, ["--tokenizer", small_tokenizer], code=1)
    assert moved == whole
    assert json.loads(whole["all.manifest.json"])["results"]["damaged_inputs"] == [f"{corpus}/10-packed.txt.zst"]


@pytest.mark.parametrize("size", [0, 100_000, "500kB"])
def test_jobs_of_several_units_of_the_sample(tmp_path, small_tokenizer, size):
    options = ["--tokenizer", small_tokenizer, "--append-eod", "--shard-input-bytes", size]
    malmoi("encode", SAMPLE, *options, "--output", tmp_path / "whole/all")
    units = listed(SAMPLE, "--shard-input-bytes", size)
    numbers = random.Random(3)
    (tmp_path / "parts").mkdir()
    jobs = []
    while units:
        count = numbers.randint(1, 3)
        jobs.append([path for unit in units[:count] for path in unit])
        del units[:count]
    sets = encode_units(jobs, "sets", options, tmp_path / "parts")
    (tmp_path / "parts/list").write_text("\n".join(sets[1:]) + "\n\n")
    malmoi("merge", "--move-shards", sets[0], "--sets-from", "list", "--output", "out/all", cwd=tmp_path / "parts")
    assert tree(tmp_path / "parts/out") == tree(tmp_path / "whole")
    # A tree of joins is the join.
    sets = encode_units(jobs, "sets", options, tmp_path / "parts")
    for name, some in (("left", sets[:2]), ("right", sets[2:])):
        if some:
            malmoi("merge", "--move-shards", *some, "--output", name, cwd=tmp_path / "parts")
    names = b"left\nright\n" if sets[2:] else b"left\n"
    malmoi("merge", "--move-shards", "--sets-from", "-", "--output", "tree/all", cwd=tmp_path / "parts", stdin=names)
    assert tree(tmp_path / "parts/tree") == tree(tmp_path / "whole")


def test_threads_and_other_sinks_change_nothing(corpus, tmp_path, small_tokenizer):
    trees = []
    for place, more in (("a", ["--threads", 1]), ("b", ["--threads", 2]), ("c", ["--sink", "npy:other"])):
        (tmp_path / place).mkdir()
        malmoi("encode", corpus, "--tokenizer", small_tokenizer, "--shard-input-bytes", 300, "--output", "out/all",
               *more, cwd=tmp_path / place)
        trees.append(tree(tmp_path / place / "out"))
    assert trees[0] == trees[1] == trees[2]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_run_over_units_that_was_stopped_goes_on(tmp_path, small_tokenizer, sample_documents, how):
    (tmp_path / "in").mkdir()
    for number in range(12):
        write_jsonl(tmp_path / f"in/{number:02}.jsonl", [] if number % 4 == 1 else sample_documents)
    for place, run in (("whole", malmoi), ("cut", None)):
        (tmp_path / place).mkdir()
        arguments = ["encode", tmp_path / "in", "--tokenizer", small_tokenizer, "--shard-input-bytes", 0,
                     "--checkpoint-mib", 1, "--provenance", "--output", tmp_path / place / "all"]
        if run is None:
            stopped(arguments, tmp_path / place / "all.journal", how, 3)
        malmoi(*arguments)
    assert tree(tmp_path / "cut") == tree(tmp_path / "whole")
    assert len(list((tmp_path / "cut").glob("*.idx"))) == 12


def test_a_copying_merge_of_sets_of_files_is_one_run_without_units(corpus, tmp_path, small_tokenizer):
    options = ["--tokenizer", small_tokenizer, "--append-eod"]
    malmoi("encode", corpus, *options, "--output", tmp_path / "all")
    sets = encode_units(listed(corpus), tmp_path / "sets", [*options, "--shard-input-bytes", 0], tmp_path)
    malmoi("merge", *sets, "--output", tmp_path / "joined")
    for suffix in (".bin", ".idx"):
        assert (tmp_path / f"joined{suffix}").read_bytes() == (tmp_path / f"all{suffix}").read_bytes()


# ---- Which files are read ----


def test_inputs_are_what_encode_reads(corpus, tmp_path, small_tokenizer):
    more = tmp_path / "more.txt"
    more.write_text("더\n")
    arguments = [corpus, "--source", f"더={more}", "--exclude", "*.tar"]
    done = malmoi("inputs", *arguments)
    assert done.stderr.decode() == f"malmoi: 1 files of other kinds not read: {corpus}/odd.bin\n"
    lines = [line.split("\t") for line in done.stdout.decode().splitlines()]
    files = [path for path in sorted(corpus.iterdir()) if path.suffix not in (".bin", ".tar")] + [more]
    assert lines == [
        [str(number), str(path.stat().st_size), "더" if path == more else str(corpus), str(path)]
        for number, path in enumerate(files)]
    malmoi("encode", *arguments, "--tokenizer", small_tokenizer, "--output", tmp_path / "ids")
    inputs = json.loads((tmp_path / "ids.manifest.json").read_text())["inputs"]
    assert [(item["path"], item["bytes"]) for item in inputs] == [(line[3], int(line[1])) for line in lines]
    as_json = json.loads(malmoi("inputs", *arguments, "--json").stdout)
    assert as_json["left_out"] == [f"{corpus}/odd.bin"]
    assert as_json["units"] == [
        {"files": [{"path": path, "bytes": int(size), "source": source}]} for _, size, source, path in lines]


@pytest.mark.parametrize("size", [0, 1, 40, 150, 300, 1000, 10**6])
def test_a_unit_ends_behind_the_file_that_reaches_the_size(corpus, size):
    units, held = [[]], 0
    files = [path for path in sorted(corpus.iterdir()) if path.suffix != ".bin"]
    for path in files:
        units[-1].append(str(path))
        held += path.stat().st_size
        if held >= size:
            units.append([])
            held = 0
    assert listed(corpus, "--shard-input-bytes", size) == [unit for unit in units if unit]


def test_inputs_of_standard_input_and_of_nothing(tmp_path):
    assert malmoi("inputs", "-").stdout == b"0\t-\t-\t-\n"
    assert "has no size by which --shard-input-bytes" in complaint("inputs", "-", "--shard-input-bytes", 0, code=64)
    assert "is no amount of input" in complaint("inputs", tmp_path, "--shard-input-bytes", "1GiX", code=64)
    assert "no such file" in complaint("inputs", tmp_path / "none", code=74)


# ---- What is refused ----


@pytest.mark.parametrize("options", [
    ("--shuffle-seed", 1), ("--split", "9,1"), ("--weight", "x=2"), ("--quota-tokens", "x=9"), ("--deduplicate-ids",),
    ("--shards", 2), ("--pack", "concat", "--sequence-length", 9), ("--pack", "best-fit", "--sequence-length", 9),
    ("--pack", "bert", "--sequence-length", 9), ("--sample-bytes", "1kB"), ("--fim-rate", 0.5)], ids=lambda o: o[0])
def test_what_reaches_beyond_a_file_is_refused(corpus, tmp_path, small_tokenizer, options):
    told = complaint("encode", corpus, "--tokenizer", small_tokenizer, "--output", tmp_path / "ids",
                     "--shard-input-bytes", 0, *options, code=64)
    assert told.count("\n") == 1 and "reaches beyond one file" in told and options[0] in told
    assert list(tmp_path.iterdir()) == []


def test_standard_input_has_no_units(tmp_path, small_tokenizer):
    told = complaint("encode", "-", "--tokenizer", small_tokenizer, "--output", tmp_path / "ids",
                     "--shard-input-bytes", 0, code=64)
    assert told.count("\n") == 1 and "standard input: has no size" in told


def test_an_empty_unit_has_an_empty_shard(tmp_path, small_tokenizer):
    (tmp_path / "empty.txt").write_bytes(b"")
    done = malmoi("encode", tmp_path / "empty.txt", "--tokenizer", small_tokenizer, "--output", tmp_path / "ids",
                  "--shard-input-bytes", 0)
    assert b"has no tokens" in done.stderr
    # Megatron's own reader maps the file, which it cannot if that is empty: so the note.
    assert read_token_files(tmp_path / "ids-00000") == []
    # Without units an empty corpus is a mistake, as before.
    assert "no documents in 1 input files" in complaint(
        "encode", tmp_path / "empty.txt", "--tokenizer", small_tokenizer, "--output", tmp_path / "no", code=1)


def test_streaming_reads_over_empty_shards(corpus, tmp_path, small_tokenizer):
    options = ["--tokenizer", small_tokenizer, "--append-eod", *("--shard-input-bytes", 0)]
    malmoi("encode", corpus, *options, "--output", tmp_path / "ids")
    moved = encode_units(listed(corpus), "sets", [*options, "--format", "mds"], tmp_path)
    malmoi("merge", "--move-shards", *moved, "--output", tmp_path / "mds", cwd=tmp_path)
    expected = [
        ids for path in sorted(tmp_path.glob("ids-*.idx")) for ids in read_token_files(path.with_suffix(""))]
    assert list(read_mds.documents(tmp_path / "mds")) == expected and len(expected) > 300


def test_manifests_without_units_do_not_tell_of_them(corpus, tmp_path, small_tokenizer):
    malmoi("encode", corpus, "--tokenizer", small_tokenizer, "--output", tmp_path / "a")
    malmoi("encode", corpus, "--tokenizer", small_tokenizer, "--output", tmp_path / "b", "--shard-input-bytes", "1kB")
    options = [json.loads((tmp_path / f"{name}.manifest.json").read_text())["options"] for name in "ab"]
    assert "shard_input_bytes" not in options[0] and options[1].pop("shard_input_bytes") == 1000
    assert options[0] == options[1]


def test_the_limit_of_llm_c_is_kept(corpus, tmp_path, small_tokenizer):
    malmoi("encode", corpus, "--tokenizer", small_tokenizer, "--format", "llm.c", "--output", tmp_path / "a",
           "--shard-input-bytes", "1GiB")
    manifest = json.loads((pathlib.Path(tmp_path) / "a.manifest.json").read_text())
    assert manifest["options"]["shard_tokens"] == 100_000_000
