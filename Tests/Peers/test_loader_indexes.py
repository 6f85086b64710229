# SPDX-License-Identifier: Apache-2.0
"""Sample indexes beside those that the frameworks' own code makes, byte for byte."""
import json
import pathlib
import random
import struct
import subprocess
import sys

import numpy
import pytest

from command import complaint, malmoi, tree

LOADER = pathlib.Path(__file__).with_name("megatron_loader.py")


def write_set(prefix, lengths, width=2):
    """A Megatron set of documents of these lengths; every token is another number, as far as it fits."""
    prefix.parent.mkdir(parents=True, exist_ok=True)
    total = sum(lengths)
    kind = {2: numpy.uint16, 4: numpy.int32}[width]
    (numpy.arange(total) % numpy.iinfo(kind).max).astype(kind).tofile(f"{prefix}.bin")
    starts = numpy.concatenate(([0], numpy.cumsum(lengths)))[:-1] * width if lengths else []
    pathlib.Path(f"{prefix}.idx").write_bytes(
        b"MMIDIDX\0\0" + struct.pack("<QBQQ", 1, {2: 8, 4: 4}[width], len(lengths), len(lengths) + 1)
        + numpy.array(lengths, numpy.int32).tobytes() + numpy.array(starts, numpy.int64).tobytes()
        + numpy.arange(len(lengths) + 1, dtype=numpy.int64).tobytes())
    return prefix


def ask_megatron(cases):
    text = "".join(json.dumps(case) + "\n" for case in cases)
    done = subprocess.run(
        [sys.executable, str(LOADER)], input=text.encode(), stdout=subprocess.PIPE, check=True, timeout=300)
    return [json.loads(line) for line in done.stdout.splitlines()]


def case_of(source, prefix, cache):
    """A training run as nobody would think of it."""
    weighted = source.random() < 0.7
    splits = ["969, 30, 1", "90,5,5", "1", "50,50", "0,1,0", "98/1/1", "7,0,3", "0.9,0.07,0.03", "100,100,1"]
    return {
        "prefix": str(prefix), "cache": str(cache), "seed": source.choice([0, 1, 1234, 2**32 - 1]),
        "length": source.choice([2, 3, 7, 16, 64]),
        "split": source.choice(splits) if weighted else None,
        "whole": None if weighted else source.choice(["train", "valid", "test"]),
        "samples": [source.choice([None, 0, 1, source.randrange(400)]) for _ in range(3)],
        "tokenizer": source.choice([None, "/모델/tokenizer", 'a"b\\c\x7f\x08\t😀']),
        "arguments": source.choice([{"vocab_size": 131072}, {"vocab_size": 5, "name": "é=="}]),
        "extra": source.random() < 0.8, "drop": source.random() < 0.7, "find": False,
    }


def options_of(case, answer):
    identifiers = pathlib.Path(case["cache"] + ".tokenizer.json")
    options = ["--sequence-length", case["length"], "--seed", case["seed"], "--cache", case["cache"]]
    if case["split"] is None:
        options += ["--whole", case["whole"]]
        count = case["samples"][["train", "valid", "test"].index(case["whole"])]
        options += [] if count is None else ["--samples", count]
    else:
        options += ["--split", case["split"], "--samples", ",".join(
            "epoch" if count is None else str(count) for count in case["samples"])]
    options += [] if case["extra"] else ["--no-extra-token"]
    options += [] if case["drop"] else ["--keep-partial-validation"]
    if len(case["arguments"]) == 1:
        options += ["--tokenizer-argument", f"vocab_size={case['arguments']['vocab_size']}"]
        options += [] if case["tokenizer"] is None else ["--tokenizer-path", case["tokenizer"]]
    else:
        identifiers.write_text(json.dumps(answer["tokenizer"]))
        options += ["--tokenizer-identifiers", identifiers]
    return options


def has_tokens(case, lengths):
    """Whether no split is asked for tokens that it does not have: Megatron would search for ever."""
    if case["split"] is None:
        ranges = [(0, len(lengths))]
    else:
        weights = [float(part) for part in case["split"].replace("/", ",").split(",")]
        ends = numpy.concatenate(([0], numpy.cumsum(weights) / sum(weights)))
        ranges = [
            (round(first * len(lengths)), round(last * len(lengths)))
            for first, last in zip(ends, ends[1:]) if first < last]
    return all(sum(lengths[first:last]) > 1 for first, last in ranges)


@pytest.mark.parametrize("seed", range(4))
def test_megatron_makes_the_same_files_and_finds_ours(tmp_path, seed):
    source = random.Random(seed)
    cases = []
    while len(cases) < 40:
        count, longest = source.choice([1, 2, 30, 300]), source.choice([1, 8, 90])
        lengths = [source.randrange(longest + 1) for _ in range(count)]
        directory = tmp_path / f"{len(cases)}-말뭉치"
        case = case_of(source, directory / "data", directory / "theirs")
        if has_tokens(case, lengths):
            write_set(directory / "data", lengths, source.choice([2, 4]))
            cases.append(case)
    answers = ask_megatron(cases)
    found = []
    for case, answer in zip(cases, answers):
        ours = dict(case, cache=str(pathlib.Path(case["cache"]).with_name("ours")), find=True)
        options = options_of(ours, answer if "tokenizer" in answer else {"tokenizer": {}})
        if answer.get("refused"):
            malmoi("loader-index", "megatron", case["prefix"], *options, code=64)
            continue
        malmoi("loader-index", "megatron", case["prefix"], *options)
        made = tree(pathlib.Path(ours["cache"]))
        assert made == tree(pathlib.Path(case["cache"])), case
        assert len(made) % 4 == 0 and made
        found.append((ours, answer))
    assert len(found) > 20
    for (case, answer), again in zip(found, ask_megatron([case for case, _ in found])):
        assert again == answer, case


# ---- GPT-NeoX ----


def neox_documents(split, count):
    """The documents of each split by the rule of GPT-NeoX's get_train_valid_test_split_."""
    weights = [float(part) for part in split.replace("/", ",").split(",")] + [0.0] * 3
    weights = [weight / sum(weights[:3]) for weight in weights[:3]]
    ends = [0]
    for weight in weights:
        ends.append(ends[-1] + int(round(weight * float(count))))
    excess = ends[-1] - count
    return [0] + [end - excess for end in ends[1:]]


def neox_arrays(lengths, first, last, samples, length, seed):
    """The arrays by GPT-NeoX's rules, with NumPy's generator and the sample index of Megatron-core's helper,
    which descends from the same code; both as they are."""
    sys.path.insert(0, str(next(
        path for path in (pathlib.Path(entry, "megatron/core/datasets") for entry in sys.path)
        if path.is_dir())))
    import helpers_cpp

    sizes = numpy.array(lengths, numpy.int32)
    tokens = int(sizes[first:last].sum())
    epochs = 1
    while (epochs * tokens - 1) // length < samples:
        epochs += 1
    generator = numpy.random.RandomState(seed)
    documents = numpy.tile(numpy.arange(first, last, dtype=numpy.int32), epochs)
    generator.shuffle(documents)
    begins = helpers_cpp.build_sample_idx_int32(sizes, documents, length, epochs, tokens, True, 1)
    order = numpy.arange(len(begins) - 1, dtype=numpy.uint32)
    generator.shuffle(order)
    return {"doc_idx": documents, "sample_idx": begins, "shuffle_idx": order}


@pytest.mark.parametrize("seed", range(3))
def test_neox_index_maps_follow_its_rules(tmp_path, seed):
    source = random.Random(seed)
    compared = 0
    for number in range(25):
        directory = tmp_path / str(number)
        lengths = [source.randrange(source.choice([2, 70])) for _ in range(source.choice([3, 50, 400]))]
        prefix = write_set(directory / "data_text_document", lengths)
        split = source.choice(["969, 30, 1", "90/5/5", "100", "1,1,1", "0.7,0.3"])
        samples = [source.randrange(1, 300) for _ in range(3)]
        length, run = source.choice([2, 5, 32]), source.choice([0, 1234])
        ends = neox_documents(split, len(lengths))
        ranges = [
            (name, first, last, wanted)
            for name, first, last, wanted in zip(["train", "valid", "test"], ends, ends[1:], samples)
            if last > first]
        if any(sum(lengths[first:last]) <= 1 or first < 0 for _, first, last, _ in ranges):
            continue
        older = source.random() < 0.5
        malmoi(
            "loader-index", "neox", prefix, "--split", split, "--samples", ",".join(map(str, samples)),
            "--sequence-length", length, "--seed", run, *(["--older-names"] if older else []))
        expected = {}
        for name, first, last, wanted in ranges:
            base = f"{prefix}_{name}_indexmap_{wanted}ns_{length}sl_{run}s"
            base += "" if older else "_packedpi_ac"
            arrays = neox_arrays(lengths, first, last, wanted, length, run)
            for part, array in arrays.items():
                path = tmp_path / "theirs.npy"
                numpy.save(path, array, allow_pickle=True)
                expected[pathlib.Path(f"{base}_{part}.npy").name] = path.read_bytes()
        made = tree(directory)
        assert {name: made[name] for name in made if name.endswith(".npy")} == expected
        compared += 1
    assert compared > 8


def test_a_whole_set_for_one_neox_split(tmp_path):
    lengths = [5, 0, 9, 3]
    prefix = write_set(tmp_path / "data", lengths)
    malmoi(
        "loader-index", "neox", prefix, "--whole", "train_0", "--samples", 20, "--sequence-length", 4,
        "--seed", 3, "--older-names")
    arrays = neox_arrays(lengths, 0, 4, 20, 4, 3)
    for part, array in arrays.items():
        found = numpy.load(f"{prefix}_train_0_indexmap_20ns_4sl_3s_{part}.npy", mmap_mode="r")
        assert found.dtype == array.dtype and (found == array).all()


# ---- The command ----


def test_what_the_command_tells(tmp_path):
    prefix = write_set(tmp_path / "data", [10] * 100)
    options = ["--sequence-length", 16, "--seed", 1, "--split", "9,1", "--samples", "200,epoch"]
    told = malmoi("loader-index", "megatron", f"{prefix}.idx", *options, "--json").stdout
    splits = json.loads(told)["splits"]
    assert [
        (split["split"], split["documents"], split["tokens"], split["epochs"], split["samples"])
        for split in splits] == [("train", 90, 900, 4, 224), ("valid", 10, 100, 1, 6)]
    for split in splits:
        assert split["files"].startswith(f"{prefix}/cache/GPTDataset_indices/")
        assert pathlib.Path(split["files"] + "document_index.npy").exists()
    refused = complaint("loader-index", "megatron", prefix, *options, code=74)
    assert refused.endswith("already exists; pass --overwrite to replace it\n")
    assert malmoi("loader-index", "megatron", prefix, *options, "--overwrite", "--quiet").stdout == b""
    shown = malmoi("loader-index", "megatron", prefix, *options, "--overwrite").stdout.decode()
    assert "train" in shown and "900" in shown and "document_index" not in shown


@pytest.mark.parametrize("options", [
    ["--split", "1"], ["--split", "1", "--whole", "train"], [],
    ["--split", "9,1", "--samples", "1,2,3,4"], ["--whole", "train", "--samples", "1,2"],
    ["--split", "1", "--samples", "x"], ["--split", "0,0"], ["--whole", "train", "--tokenizer-argument", "x"],
])
def test_wrong_usage_is_told(tmp_path, options):
    prefix = write_set(tmp_path / "data", [10] * 10)
    length = ["--sequence-length", 1 if options == ["--split", "1"] else 8]
    malmoi("loader-index", "megatron", prefix, "--seed", 1, *length, *options, code=64)
    assert not (tmp_path / "data").exists()


def test_deepspeed_metrics_of_encoded_text(tmp_path, small_tokenizer):
    texts = ["나는 밥을 먹는다", "", "밥", "나는 나는 나는 밥을 먹는다 먹는다"]
    source = tmp_path / "texts.jsonl"
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    malmoi("encode", source, "--tokenizer", small_tokenizer, "--output", tmp_path / "ids")
    told = json.loads(malmoi(
        "loader-index", "deepspeed", tmp_path / "ids", "--output", tmp_path / "metrics", "--json").stdout)
    lengths = numpy.fromfile(f"{tmp_path}/metrics/seqlen/seqlen_sample_to_metric.bin", numpy.uint8)
    index = (tmp_path / "ids.idx").read_bytes()
    assert lengths.tolist() == numpy.frombuffer(index, numpy.int32, 4, 34).tolist()
    ids = numpy.fromfile(tmp_path / "ids.bin", numpy.uint16)
    # The manifest tells the size of the vocabulary; ids that do not occur count once.
    counts = numpy.maximum(numpy.bincount(ids, minlength=1000), 1)
    rarity = -numpy.log(counts / counts.sum())
    ends = numpy.cumsum(lengths)
    expected = [int(rarity[ids[end - length:end]].sum()) for end, length in zip(ends, lengths)]
    found = numpy.fromfile(f"{tmp_path}/metrics/vocab_rarity/vocab_rarity_sample_to_metric.bin", numpy.uint8)
    assert found.tolist() == expected
    assert [metric["metric"] for metric in told["metrics"]] == ["seqlen", "vocab_rarity"]
    complaint("loader-index", "deepspeed", tmp_path / "ids", "--output", tmp_path / "metrics", code=74)
