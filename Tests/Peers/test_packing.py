# SPDX-License-Identifier: Apache-2.0
"""Documents packed into sequences by the command: no token is lost, added or moved but as it says."""
import json
import signal

import numpy
import pytest

from command import EOD, complaint, malmoi, read_token_files, tree
from stopping import stopped

PAD = "<pad>"


@pytest.fixture(scope="module")
def packer_tokenizer(trained):
    return trained(1000, "--special-token", EOD, "--special-token", PAD, "--special-token", "<|fim_prefix|>",
                   "--special-token", "<|fim_middle|>", "--special-token", "<|fim_suffix|>")


@pytest.fixture(scope="module")
def source(tmp_path_factory, sample_documents):
    path = tmp_path_factory.mktemp("source") / "c.jsonl"
    texts = ["", *sample_documents[:150], "", *sample_documents[150:200]]
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return path


@pytest.fixture(scope="module")
def documents(source, packer_tokenizer, tmp_path_factory):
    prefix = tmp_path_factory.mktemp("documents") / "ids"
    malmoi("encode", source, "--tokenizer", packer_tokenizer, "--append-eod", "--output", prefix)
    return read_token_files(prefix)


def added(tokenizer):
    listed = json.loads((tokenizer / "tokenizer.json").read_text())["added_tokens"]
    return {each["content"]: each["id"] for each in listed}


def pack(source, tokenizer, prefix, *options):
    done = malmoi("encode", source, "--tokenizer", tokenizer, "--append-eod", "--output", prefix, "--json", *options)
    summary = json.loads(done.stdout)
    assert b": sound: " in malmoi("verify", prefix).stdout
    return read_token_files(prefix), summary["packing"]


@pytest.mark.parametrize("length", [1, 7, 64, 1000])
def test_documents_are_concatenated_and_cut(source, documents, packer_tokenizer, tmp_path, length):
    stream = sum(documents, [])
    whole = [stream[start : start + length] for start in range(0, len(stream) - length + 1, length)]
    made, account = pack(source, packer_tokenizer, tmp_path / "ids", "--pack", "concat", "--sequence-length", length)
    assert made == whole
    assert account["tokens_in"] == len(stream) and account["tokens_out"] == len(whole) * length
    pad = added(packer_tokenizer)[PAD]
    rest = stream[len(whole) * length :]
    made, _ = pack(source, packer_tokenizer, tmp_path / "pad", "--pack", "concat", "--sequence-length", length,
                   "--tail", "pad")
    assert made == whole + ([rest + [pad] * (length - len(rest))] if rest else [])
    made, _ = pack(source, packer_tokenizer, tmp_path / "over", "--pack", "concat", "--sequence-length", length,
                   "--overlap")
    assert made == [stream[start : start + length + 1] for start in range(0, len(stream) - length, length)]


@pytest.mark.parametrize("length", [8, 100])
def test_best_fit_keeps_every_piece_whole(source, documents, packer_tokenizer, tmp_path, length):
    pad = added(packer_tokenizer)[PAD]
    made, account = pack(source, packer_tokenizer, tmp_path / "ids", "--pack", "best-fit", "--sequence-length", length)
    assert all(len(ids) == length for ids in made)
    kept = [token for ids in made for token in ids if token != pad]
    assert sorted(kept) == sorted(sum(documents, []))
    assert account["tokens_in"] == len(kept)
    pieces = [ids[start : start + length] for ids in documents for start in range(0, len(ids), length)]
    everything = "|".join(f" {' '.join(map(str, ids))} " for ids in made)
    assert all(f" {' '.join(map(str, piece))} " in everything for piece in pieces)


def test_documents_are_cut_and_padded_to_one_length(source, documents, packer_tokenizer, tmp_path):
    pad = added(packer_tokenizer)[PAD]
    end = added(packer_tokenizer)[EOD]
    made, _ = pack(source, packer_tokenizer, tmp_path / "ids", "--pack", "fixed", "--sequence-length", 64)
    expected = [ids if len(ids) <= 64 else ids[:63] + [end] for ids in documents]
    assert made == [ids + [pad] * (64 - len(ids)) for ids in expected]


@pytest.mark.parametrize("format, suffix, ids", [("datatrove", ".ds.loss", ".ds"), ("olmo", ".mask", ".npy")])
def test_a_mask_alone_reaches_formats_with_a_file_for_it(
        source, packer_tokenizer, tmp_path, format, suffix, ids):
    arguments = ["encode", source, "--tokenizer", packer_tokenizer, "--append-eod", "--pack", "best-fit",
                 "--sequence-length", 50]
    told = complaint(*arguments, "--column", "loss_mask", "--column", "position_ids",
                     "--sink", f"{format}:{tmp_path}/no", code=64)
    assert f"{format} files hold ids and one mask, not position_ids" in told
    malmoi(*arguments, "--column", "loss_mask", "--sink", f"{format}:{tmp_path}/ids", "--sink",
           f"mds:{tmp_path}/mds")
    read_mds = pytest.importorskip("read_mds")
    samples = list(read_mds.samples(tmp_path / "mds"))
    mask = numpy.fromfile(f"{tmp_path}/ids{suffix}", numpy.uint8)
    assert mask.tolist() == sum((sample["loss_mask"].tolist() for sample in samples), [])
    stream = numpy.fromfile(f"{tmp_path}/ids{ids}", numpy.uint16)
    assert stream.tolist() == sum((sample["input_ids"].tolist() for sample in samples), [])
    assert 0 < mask.sum() < len(mask)


def test_columns_beside_the_ids_reach_formats_that_have_them(source, documents, packer_tokenizer, tmp_path):
    read_mds = pytest.importorskip("read_mds")
    arguments = ["encode", source, "--tokenizer", packer_tokenizer, "--append-eod", "--pack", "reset",
                 "--sequence-length", 50]
    told = complaint(*arguments, "--output", tmp_path / "ids", code=64)
    assert told.startswith("malmoi: megatron files hold ids alone, not position_ids, segment_ids")
    malmoi(*arguments, "--sink", f"mds:{tmp_path}/mds")
    stream = sum(documents, [])
    positions = sum((list(range(len(ids))) for ids in documents), [])
    found = list(read_mds.samples(tmp_path / "mds"))
    assert len(found) == len(stream) // 50
    for number, sample in enumerate(found):
        assert sample["input_ids"].tolist() == stream[50 * number : 50 * number + 50]
        own = sample["position_ids"].tolist()
        assert all(two in (0, one + 1) for one, two in zip(own, own[1:]))
        segments = sample["segment_ids"].tolist()
        starts = [place for place in range(1, 50) if positions[50 * number + place] == 0]
        assert [place for place in range(1, 50) if segments[place] != segments[place - 1]] == starts
        assert [place for place in range(1, 50) if own[place] == 0] == starts


@pytest.mark.parametrize("spm", [0, 1])
def test_middles_move_to_the_end_and_nothing_is_lost(source, documents, packer_tokenizer, tmp_path, spm):
    ids = added(packer_tokenizer)
    sentinels = {ids[f"<|fim_{name}|>"] for name in ("prefix", "middle", "suffix")}
    made, account = pack(source, packer_tokenizer, tmp_path / "ids", "--fim-rate", "1", "--fim-spm-rate", spm)
    moved = 0
    for before, after in zip(documents, made):
        marks = [token for token in after if token in sentinels]
        assert len(marks) in (0, 3) and sorted(set(marks)) == sorted(marks)
        assert sorted(token for token in after if token not in sentinels) == sorted(before)
        assert after[-1] == before[-1] == ids[EOD]
        moved += len(marks) == 3
    assert moved > 150 and account["tokens_out"] == account["tokens_in"] + 3 * moved


@pytest.mark.parametrize("options", [
    ("--pack", "concat", "--sequence-length", 777), ("--pack", "best-fit", "--sequence-length", 500),
    ("--pack", "concat", "--sequence-length", 300, "--shuffle-seed", 4, "--split", "0.2,0.1"),
    ("--fim-rate", "0.3", "--fim-spm-rate", "1")])
def test_a_packed_run_that_was_killed_goes_on(tmp_path, sample_documents, packer_tokenizer, options):
    corpus = tmp_path / "c.jsonl"
    corpus.write_text("".join(json.dumps({"id": str(n), "text": t}) + "\n" for n, t in enumerate(sample_documents * 3)))

    def arguments(directory):
        return ["encode", corpus, "--tokenizer", packer_tokenizer, "--append-eod", "--checkpoint-mib", 1,
                "--output", directory / "ids", *options]

    malmoi(*arguments(tmp_path / "whole"))
    (tmp_path / "cut").mkdir()
    first = "ids-train" if "--split" in options else "ids"
    code, _ = stopped(arguments(tmp_path / "cut"), tmp_path / "cut" / f"{first}.journal", signal.SIGKILL)
    assert code == -signal.SIGKILL
    summary = json.loads(malmoi(*arguments(tmp_path / "cut"), "--json", "--threads", 1).stdout)
    assert summary["resumed_documents"] > 0
    assert tree(tmp_path / "cut") == tree(tmp_path / "whole")


def test_columns_are_not_lost_by_converting(source, packer_tokenizer, tmp_path):
    malmoi("encode", source, "--tokenizer", packer_tokenizer, "--append-eod", "--pack", "reset",
           "--sequence-length", 50, "--sink", f"mds:{tmp_path}/mds", "--sink", f"tfrecord:{tmp_path}/records")
    told = complaint("convert-shards", tmp_path / "mds", "--output", tmp_path / "ids", code=64)
    assert "the set has columns beside its ids (position_ids, segment_ids), which would be lost" in told
    for name, index in [("mds", "index.json"), ("records", "info.train.json")]:
        whole = tree(tmp_path / name)
        (tmp_path / name / index).unlink()
        malmoi("repair", tmp_path / name)
        assert tree(tmp_path / name) | {"manifest.json": whole["manifest.json"]} == whole
        malmoi("verify", tmp_path / name)
    malmoi("encode", source, "--tokenizer", packer_tokenizer, "--append-eod", "--output", tmp_path / "plain")
    malmoi("encode", source, "--tokenizer", packer_tokenizer, "--append-eod", "--output", tmp_path / "fim",
           "--fim-rate", "0.25")
    told = complaint("merge", tmp_path / "plain", tmp_path / "fim", "--output", tmp_path / "all", code=64)
    assert "sets that do not belong together: packing is null in" in told
    malmoi("convert-shards", tmp_path / "fim", "--output", tmp_path / "again")
    one, two = (json.loads((tmp_path / f"{name}.manifest.json").read_text()) for name in ("fim", "again"))
    assert two["options"]["packing"] == one["options"]["packing"]
    assert one["options"]["packing"]["fill_in_the_middle"]["rate"] == 0.25


def test_options_that_make_no_sense_are_refused(source, packer_tokenizer, small_tokenizer, tmp_path):
    def told(*options, tokenizer=packer_tokenizer):
        return complaint("encode", source, "--tokenizer", tokenizer, "--append-eod", "--output", tmp_path / "x",
                         *options, code=64)

    assert "--pack needs --sequence-length" in told("--pack", "concat")
    assert "--sequence-length needs --pack" in told("--sequence-length", 5)
    assert "need --pack concat or reset" in told("--pack", "fixed", "--sequence-length", 5, "--overlap")
    assert "has no token such as <pad>" in told("--pack", "fixed", "--sequence-length", 9, tokenizer=small_tokenizer)
    assert "no tokens such as <|fim_prefix|>" in told("--fim-rate", "0.5", tokenizer=small_tokenizer)
    assert not list(tmp_path.iterdir())
