# SPDX-License-Identifier: Apache-2.0
"""Token files whose run was killed, stopped or out of disk: the next run goes on, and no byte differs."""
import json
import os
import random
import signal
import struct
import subprocess
import sys
import time

import numpy
import pytest

from command import BINARY, EOD, ROOT, SAMPLE, complaint, left, malmoi, read_token_files, tree
from stopping import stopped


@pytest.fixture(scope="module")
def corpus(tmp_path_factory, sample_documents):
    """Two files, together of some seven million ids: the sample over and over, each time in another order."""
    directory = tmp_path_factory.mktemp("corpus")
    numbers = random.Random(1)
    for name in ("a", "b"):
        with open(directory / f"{name}.jsonl", "w") as file:
            for _ in range(4):
                texts = list(sample_documents)
                numbers.shuffle(texts)
                file.writelines(json.dumps({"text": text}) + "\n" for text in texts)
    return directory


@pytest.fixture(scope="module")
def job(corpus, tokenizer):
    """The arguments of a run without its outputs; it makes everything durable once in a mebibyte of ids."""
    return ["encode", corpus, "--tokenizer", tokenizer, "--append-eod", "--checkpoint-mib", 1,
            "--shard-tokens", 900_000, "--max-document-tokens", 300]


def sinks(directory):
    return ["--output", directory / "ids", "--sink", f"deepspeed:{directory}/ds"]


@pytest.fixture(scope="module")
def whole(job, tmp_path_factory):
    """The files of an undisturbed run."""
    directory = tmp_path_factory.mktemp("whole")
    malmoi(*job, *sinks(directory))
    return tree(directory)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.parametrize("writes", [1, 2, 3])
def test_a_run_that_was_stopped_goes_on_and_gives_the_same_bytes(job, whole, tmp_path, how, writes):
    arguments = [*job, *sinks(tmp_path)]
    journal = tmp_path / "ids.journal"
    code, told = stopped(arguments, journal, how, writes)
    noted = json.loads(journal.read_text())["progress"]["documents"]
    assert not list(tmp_path.glob("*.manifest.json"))
    if how == signal.SIGINT:
        assert code == 130
        assert told == (
            "malmoi: interrupted; what is written so far is kept; run the same command again to go on behind "
            f"document {noted}\n")
    else:
        assert code == -signal.SIGKILL and told == ""
    summary = json.loads(malmoi(*arguments, "--json", "--threads", 1).stdout)
    assert summary["resumed_documents"] == noted > 0
    assert tree(tmp_path) == whole


def test_the_counts_of_a_resumed_run_are_those_of_all_documents(job, tmp_path):
    arguments = [*job, *sinks(tmp_path)]
    stopped(arguments, tmp_path / "ids.journal", signal.SIGKILL)
    resumed = json.loads(malmoi(*arguments, "--json").stdout)
    anew = json.loads(malmoi(*arguments, "--json", "--overwrite").stdout)
    assert resumed.pop("resumed_documents") > 0 == anew.pop("resumed_documents")
    assert resumed == anew and anew["truncated_documents"] > 0


def test_two_runs_into_one_output_refuse_each_other(job, whole, tmp_path):
    arguments = [*job, *sinks(tmp_path)]
    first = subprocess.Popen([str(BINARY), *map(str, arguments)], stdout=subprocess.DEVNULL)
    while not (tmp_path / "ids.lock").exists():
        time.sleep(0.0005)
    told = complaint(*job, "--sink", f"deepspeed:{tmp_path}/ds", code=74)
    assert told == (f"malmoi: {tmp_path}/ds: another run is writing into it; wait for it, or choose "
                    "another output\n")
    assert first.wait() == 0
    assert tree(tmp_path) == whole


def test_another_job_does_not_go_on_with_what_is_there(job, whole, tmp_path):
    arguments = [*job, *sinks(tmp_path)]
    stopped(arguments, tmp_path / "ids.journal", signal.SIGKILL)
    other = [*arguments, "--parse-special-tokens"]
    told = complaint(*other, code=74)
    assert told == (
        f"malmoi: {tmp_path}/ids.journal: an unfinished run of other inputs or options is there: it has "
        '"parse_special_tokens": false,, now it is "parse_special_tokens": true,; run that command again, '
        "or pass --restart to forget it\n")
    malmoi(*other, "--restart")
    malmoi(*arguments, "--overwrite")
    assert tree(tmp_path) == whole


def test_inputs_that_changed_meanwhile_are_seen(tokenizer, sample_documents, tmp_path):
    corpus = tmp_path / "c.jsonl"
    text = "".join(json.dumps({"text": text}) + "\n" for text in sample_documents) * 3
    corpus.write_text(text)
    arguments = ["encode", corpus, "--tokenizer", tokenizer, "--output", tmp_path / "ids",
                 "--checkpoint-mib", 1]
    stopped(arguments, tmp_path / "ids.journal", signal.SIGKILL)
    corpus.write_text(text + text[:1000].split("\n")[0] + "\n")
    assert "an unfinished run of other inputs or options" in complaint(*arguments, code=74)


def test_a_damaged_journal_is_refused_and_forgotten_on_demand(job, whole, tmp_path):
    arguments = [*job, *sinks(tmp_path)]
    stopped(arguments, tmp_path / "ids.journal", signal.SIGKILL)
    journal = (tmp_path / "ids.journal").read_text()
    for damaged in ("", "{}", journal[:-40], journal.replace('"malmoi_journal": 1', '"malmoi_journal": 2')):
        (tmp_path / "ids.journal").write_text(damaged)
        assert str(tmp_path / "ids.journal") in complaint(*arguments, code=1)
    malmoi(*arguments, "--restart")
    assert tree(tmp_path) == whole


def test_partial_files_that_are_gone_are_told(job, whole, tmp_path):
    arguments = [*job, *sinks(tmp_path)]
    stopped(arguments, tmp_path / "ids.journal", signal.SIGKILL)
    partial = next(tmp_path.glob("ds*.bin.partial"))
    partial.unlink()
    assert str(partial) in complaint(*arguments, code=74)
    malmoi(*arguments, "--restart")
    assert tree(tmp_path) == whole


def test_standard_input_leaves_no_journal(corpus, tokenizer, tmp_path):
    text = (corpus / "a.jsonl").read_bytes()
    malmoi("encode", "-", "--input-format", "jsonl", "--tokenizer", tokenizer, "--output", tmp_path / "ids",
           "--checkpoint-mib", 1, stdin=text)
    assert left(tmp_path) == ["ids.bin", "ids.idx", "ids.manifest.json"]


def test_several_sinks_are_what_each_is_alone(tokenizer, tmp_path):
    arguments = ["encode", SAMPLE, "--tokenizer", tokenizer, "--append-eod"]
    malmoi(*arguments, "--output", tmp_path / "both/m", "--sink", f"deepspeed:{tmp_path}/both/d",
           "--sink", f"gpt-neox:{tmp_path}/both/n")
    malmoi(*arguments, "--output", tmp_path / "alone/m")
    malmoi(*arguments, "--output", tmp_path / "alone/d", "--format", "deepspeed")
    malmoi(*arguments, "--sink", f"gpt-neox:{tmp_path}/alone/n")
    assert tree(tmp_path / "both") == tree(tmp_path / "alone")
    assert (tmp_path / "both/m.bin").read_bytes() == (tmp_path / "both/d.bin").read_bytes()


def test_sinks_that_make_no_sense_are_refused(corpus, tokenizer, tmp_path):
    arguments = ["encode", corpus, "--tokenizer", tokenizer]
    for sink, told in [
            ("megatron", '"megatron" is no sink; write FORMAT:PATH'),
            ("megatron:", '"megatron:" is no sink; write FORMAT:PATH'),
            ("cake:x", 'there is no format "cake"; choose one of megatron, gpt-neox, deepspeed')]:
        assert complaint(*arguments, "--sink", sink, code=64).startswith(f"malmoi: {told}")
    path = tmp_path / "x"
    assert complaint(*arguments, "--output", path, "--sink", f"deepspeed:{path}", code=64) == (
        f'malmoi: two outputs have the path "{path}"; give each a path of its own\n')
    assert "by --output or --sink" in complaint(*arguments, code=64)


@pytest.mark.parametrize("most", [1, 2, 3, 10, 10_000])
def test_documents_that_are_too_long_keep_their_end(tokenizer, tmp_path, sample_documents, most):
    texts = ["", "가", *sample_documents[:50]]
    source = tmp_path / "texts.jsonl"
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    arguments = ["encode", source, "--tokenizer", tokenizer]
    malmoi(*arguments, "--output", tmp_path / "bare")
    bare = read_token_files(tmp_path / "bare")
    arguments += ["--append-eod", "--max-document-tokens", most]
    summary = json.loads(malmoi(*arguments, "--output", tmp_path / "cut", "--json").stdout)
    end = malmoi_id(tokenizer, EOD)
    cut = read_token_files(tmp_path / "cut")
    assert cut == [ids[:most - 1] + [end] for ids in bare]
    lost = [len(ids) - (most - 1) for ids in bare if len(ids) > most - 1]
    assert summary["truncated_documents"] == len(lost)
    assert summary["truncated_tokens"] == sum(lost)
    assert summary["tokens"] + sum(lost) == sum(map(len, bare)) + len(bare)
    both = [*arguments, "--bos-token", EOD, "--output", tmp_path / "both"]
    if most == 1:
        assert "no room for the 2 at their edges" in complaint(*both, code=64)
    else:
        malmoi(*both)
        assert read_token_files(tmp_path / "both") == [[end] + ids[:most - 2] + [end] for ids in bare]


def malmoi_id(tokenizer, token):
    added = json.loads((tokenizer / "tokenizer.json").read_text())["added_tokens"]
    return next(each["id"] for each in added if each["content"] == token)


@pytest.mark.slow
def test_a_shard_of_a_hundred_gigabytes_is_gone_on_with(corpus, tokenizer, tmp_path):
    """Fifty documents of a billion ids, which lie on the disk as a hole, come between what was written
    before and after: every offset behind them needs more than 32 bits."""
    arguments = ["encode", corpus, "--tokenizer", tokenizer, "--checkpoint-mib", 1, "--output", tmp_path / "ids"]
    malmoi(*arguments)
    whole = read_token_files(tmp_path / "ids")
    for path in tmp_path.iterdir():
        path.unlink()
    stopped(arguments, tmp_path / "ids.journal", signal.SIGKILL)
    journal = json.loads((tmp_path / "ids.journal").read_text())
    state = journal["sinks"][0]["open"][0]["files"]
    documents, tokens = state["totals"]["documents"], state["totals"]["tokens"]
    count, length = 50, 1_000_000_000
    sizes = {"bin": 2 * tokens + 2 * count * length, "lengths": 4 * (documents + count)}
    os.truncate(tmp_path / "ids.bin.partial", 2 * tokens)
    try:
        os.truncate(tmp_path / "ids.bin.partial", sizes["bin"])
    except OSError as error:
        pytest.skip(f"no file of 100 GB can be made here: {error}")
    os.truncate(tmp_path / "ids.lengths.partial", 4 * documents)
    with open(tmp_path / "ids.lengths.partial", "ab") as file:
        file.write(struct.pack("<i", length) * count)
    state["totals"].update(documents=documents + count, tokens=tokens + count * length)
    state["files"] = {f".{name}": size for name, size in sizes.items()}
    (tmp_path / "ids.journal").write_text(json.dumps(journal, indent=2, ensure_ascii=False))
    malmoi(*arguments)
    index = (tmp_path / "ids.idx").read_bytes()
    total = len(whole) + count
    assert struct.unpack_from("<QQ", index, 18) == (total, total + 1)
    lengths = numpy.frombuffer(index, numpy.int32, total, 34)
    starts = numpy.frombuffer(index, numpy.int64, total, 34 + 4 * total)
    expected = [len(ids) for ids in whole]
    expected[documents:documents] = [length] * count
    assert lengths.tolist() == expected
    assert starts.tolist() == [0, *(2 * numpy.cumsum(expected, dtype=numpy.int64))[:-1].tolist()]
    data = numpy.memmap(tmp_path / "ids.bin", numpy.uint16)
    for number in (*range(5), *range(documents, len(whole))):
        place = number + (count if number >= documents else 0)
        start = int(starts[place]) // 2
        assert data[start : start + lengths[place]].tolist() == whole[number]


@pytest.mark.slow
def test_a_campaign_of_faults_finds_nothing(corpus, tokenizer):
    done = subprocess.run(
        [sys.executable, ROOT / "tools/faults/campaign.py", BINARY, corpus, tokenizer, "--kills", "40",
         "--full-disks", "8", "--flips", "100", "--sinks", "megatron,deepspeed"],
        stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout)
    assert done.returncode == 0, done.stdout
