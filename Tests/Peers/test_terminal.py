# SPDX-License-Identifier: Apache-2.0
"""How the command behaves towards people, terminals, pipes and signals."""
import json
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import time

import pytest

from command import BINARY, EOD, SAMPLE, malmoi, tree

COMMANDS = [
    (), ("count",), ("merge-counts",), ("show-counts",), ("train",), ("encode",), ("decode",), ("cat",),
    ("estimate",), ("inputs",),
    ("convert-shards",), ("merge",), ("split",), ("repair",),
    ("morphemes",), ("morphology",), ("morphology", "fit"), ("corpora",), ("presets",), ("verify",), ("inspect",),
    ("inspect", "tokenizer"), ("inspect", "audit"), ("inspect", "diff"), ("inspect", "tokens"),
    ("inspect", "corpus"), ("inspect", "merge"), ("inspect", "shards"),
    ("inspect", "boundaries"), ("inspect", "parity"), ("inspect", "robustness"), ("playground",), ("loader-index",),
    ("loader-index", "megatron"), ("loader-index", "neox"), ("loader-index", "deepspeed"),
]
READING = {"--normalizer", "--input-format", "--field", "--documents", "--invalid-utf8", "--strict"}
SINKS = {"--output", "--format", "--sink", "--shard-tokens", "--shard-bytes", "--token-type", "--overwrite",
         "--restart"}
PROMISED = {
    ("count",): READING | {
        "--output", "--source", "--pre-tokenizer", "--min-count", "--memory", "--checkpoint",
        "--restart", "--threads", "--overwrite", "--allow-empty"},
    ("merge-counts",): {"--output", "--weight", "--drop", "--min-count", "--overwrite"},
    ("train",): READING | {
        "--vocab-size", "--output", "--pre-tokenizer", "--special-token", "--syllable-safe",
        "--min-frequency", "--max-token-bytes", "--morphemes", "--morphemes-in", "--counts",
        "--source", "--weight", "--memory",
        "--preset", "--first-pre-tokenizer", "--first-size", "--first-counts", "--max-token-words",
        "--reserve-last", "--pad-to-size", "--threads", "--overwrite"},
    ("encode",): READING | {
        "--shuffle-seed", "--split", "--weight", "--quota-tokens", "--deduplicate-ids", "--source",
        "--tokenizer", "--output", "--format", "--append-eod", "--shard-tokens", "--threads",
        "--overwrite", "--sink", "--shard-bytes", "--bos-token", "--max-document-tokens", "--restart",
        "--checkpoint-mib", "--pack", "--sequence-length", "--fim-rate", "--provenance", "--shards", "--chat",
        "--no-loss-mask", "--mask-rate", "--duplicates", "--shard-input-bytes"},
    ("estimate",): READING | {
        "--tokenizer", "--format", "--token-type", "--append-eod", "--read-mib", "--sample-mib", "--seed",
        "--output", "--threads"},
    ("repair",): {"--end-of-document", "--token-type", "--format", "--dry-run"},
    ("convert-shards",): SINKS | {"--end-of-document"},
    ("merge",): SINKS | {"--end-of-document", "--move-shards", "--sets-from"},
    ("split",): SINKS | {"--shards", "--end-of-document"},
    ("morphemes",): READING | {
        "--mode", "--dictionary", "--morpheme-model", "--boundaries", "--tags", "--threads"},
    ("morphology", "fit"): READING | {
        "--output", "--dictionary", "--min-uses", "--min-share", "--min-run-count", "--threads",
        "--overwrite"},
    ("decode",): {"--tokenizer", "--end-of-document"},
    ("cat",): READING | {
        "--record", "--template", "--metadata", "--quoting", "--no-header", "--recipe",
        "--sample-bytes", "--seed", "--head", "--sample"},
    ("verify",): {"--end-of-document"},
    ("inspect", "corpus"): READING | {"--tokenizer", "--by", "--html", "--audit", "--partial", "--overwrite"},
    ("inspect", "merge"): {
        "--tokenizer", "--html", "--audit", "--partial", "--partials-from", "--overwrite", "--title",
        "--left-out-from"},
    ("inspect", "boundaries"): {"--tokenizer"},
    ("inspect", "parity"): READING | {"--tokenizer"},
    ("inspect", "robustness"): READING | {"--tokenizer"},
    ("inspect", "tokenizer"): set(),
    ("inspect", "audit"): READING | {
        "--counts", "--thresholds", "--spam-words", "--examples", "--threads", "--pre-tokenizer"},
    ("inspect", "diff"): READING | {"--examples", "--threads", "--pre-tokenizer"},
    ("inspect", "tokens"): {
        "--counts", "--token", "--id", "--most", "--least", "--typical-of", "--examples", "--threads"},
    ("inspect", "shards"): {"--tokenizer", "--end-of-document"},
    ("loader-index", "megatron"): {
        "--sequence-length", "--seed", "--split", "--whole", "--samples", "--data-path", "--cache",
        "--tokenizer-path", "--overwrite"},
    ("loader-index", "neox"): {
        "--sequence-length", "--seed", "--split", "--whole", "--samples", "--overwrite"},
    ("loader-index", "deepspeed"): {
        "--output", "--metric", "--sequence-length", "--vocab-size", "--overwrite"},
}


# ---- Help ----


def declared_options():
    """The options of each command, as the parser itself lists them."""
    tool = json.loads(malmoi("--experimental-dump-help").stdout)["command"]
    found = {}

    def visit(command, path):
        found[path] = command.get("arguments", [])
        for below in command.get("subcommands", []):
            if below["commandName"] != "help":
                visit(below, (*path, below["commandName"]))

    visit(tool, ())
    return found


def test_every_command_is_tested_here():
    assert set(declared_options()) == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_mentions_and_explains_every_option(command):
    text = malmoi(*command, "--help").stdout.decode()
    for argument in declared_options()[command]:
        assert argument.get("abstract"), f"{argument['valueName']} is not explained"
        for name in argument.get("names", []):
            spelled = f"--{name['name']}" if name["kind"] == "long" else f"-{name['name']}"
            assert spelled in text
    for option in PROMISED.get(command, set()) | (
            {"--json", "--quiet"} if command in PROMISED else set()):
        assert re.search(rf"^  (-\w, )?{option}\b", text, re.MULTILINE), option


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_fits_a_terminal_of_eighty_columns(command):
    text = malmoi(*command, "--help").stdout.decode()
    body = [line for line in text.split("\n") if not line.startswith("USAGE:")]
    assert max(map(len, body)) <= 80


def test_help_of_a_command_is_found_both_ways():
    for command in COMMANDS[1:]:
        assert malmoi("help", *command).stdout == malmoi(*command, "--help").stdout


def test_the_version_is_a_number():
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", malmoi("--version").stdout.decode())


# ---- Summaries, --json and --quiet ----


def everything(corpus, directory, *options):
    """Runs each command on a small corpus and gives what they print."""
    tokenizer, prefix = directory / "tokenizer", directory / "ids"
    return {
        "train": malmoi(
            "train", corpus, "--vocab-size", 270, "--special-token", EOD, "--output", tokenizer,
            *options),
        "encode": malmoi(
            "encode", corpus, "--tokenizer", tokenizer, "--output", prefix, *options),
        "verify": malmoi("verify", prefix, *options),
        "verify tokenizer": malmoi("verify", tokenizer, *options),
    }


def test_quiet_prints_nothing(tmp_path, corpus):
    for done in everything(corpus, tmp_path, "--quiet").values():
        assert done.stdout == b"" and done.stderr == b""


def test_json_prints_one_object_and_nothing_else(tmp_path, corpus):
    reports = everything(corpus, tmp_path, "--json")
    for done in reports.values():
        assert isinstance(json.loads(done.stdout), dict) and done.stderr == b""
    assert json.loads(reports["train"].stdout)["vocabulary_size"] == 270
    assert json.loads(reports["encode"].stdout)["documents"] == 2


def test_in_a_pipe_there_is_a_summary_but_no_progress(tmp_path, corpus):
    reports = everything(corpus, tmp_path)
    for done in reports.values():
        assert done.stderr == b"" and b"\r" not in done.stdout and b"\x1b" not in done.stdout
    assert reports["train"].stdout.decode().startswith(f"trained {tmp_path}/tokenizer\n")
    assert reports["encode"].stdout.decode().startswith(f"encoded {tmp_path}/ids\n")


# ---- A terminal ----


def on_terminal(*arguments):
    """What a command writes to a terminal on standard error, and its exit code."""
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [str(BINARY), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=theirs)
    os.close(theirs)
    told = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:
            break
        if not piece:
            break
        told += piece
    os.close(ours)
    return told.decode(), running.wait(60)


def test_a_terminal_shows_progress_and_takes_it_away(tmp_path, tokenizer):
    told, code = on_terminal(
        "encode", SAMPLE, "--tokenizer", tokenizer, "--output", tmp_path / "ids", "--threads", 1)
    assert code == 0
    assert re.search(r"read \d+\.\d of \d+\.\d MB  \d+\.\d MB/s  ETA \d+:\d\d", told)
    # The last line shown is empty: the summary stands alone.
    assert told.split("\r")[-1] in ("\x1b[K", "") or told.endswith("\x1b[K") or "\x1b[Kmalmoi: " in told


def test_training_shows_how_far_merging_is(tmp_path):
    told, code = on_terminal("train", SAMPLE, "--vocab-size", 30_000, "--output", tmp_path / "out")
    assert code == 0 and re.search(r"merging: [\d,]+ of 30,000 tokens", told)


def test_quiet_shows_no_progress_on_a_terminal(tmp_path, tokenizer):
    told, code = on_terminal(
        "encode", SAMPLE, "--tokenizer", tokenizer, "--output", tmp_path / "ids", "--quiet")
    # What was not read of the directory is still told.
    assert code == 0 and re.fullmatch(r"malmoi: 1 files of other kinds not read: \S+\r\n", told)


# ---- Pipes ----


@pytest.mark.parametrize("command", [("cat", SAMPLE), ("cat", SAMPLE, "--json")])
def test_a_closed_pipe_ends_cat_quietly(command):
    with subprocess.Popen(
            [str(BINARY), *map(str, command)], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE) as running:
        assert running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(60) in (0, -signal.SIGPIPE)


def test_a_closed_pipe_ends_decode_quietly(tmp_path, tokenizer):
    malmoi("encode", SAMPLE, "--tokenizer", tokenizer, "--output", tmp_path / "ids")
    script = f"'{BINARY}' decode '{tmp_path}/ids' --tokenizer '{tokenizer}' | head -1"
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    assert done.stderr == b"" and done.stdout.count(b"\n") == 1


def test_a_slow_pipe_is_read_to_its_end(tmp_path):
    with subprocess.Popen(
            [str(BINARY), "cat", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        for piece in ("가", "\n나\r", "\n", "다"):
            for byte in piece.encode():
                running.stdin.write(bytes([byte]))
                running.stdin.flush()
                time.sleep(0.005)
        printed, _ = running.communicate(timeout=60)
    assert printed.decode() == "가\n나\n다\n"


# ---- Ctrl-C ----


def interrupted(arguments, number, ready, directory):
    """Sends a signal to a command that waits for more of its standard input."""
    with subprocess.Popen(
            [str(BINARY), *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE) as running:
        running.stdin.write(("가나다라 마바사\n" * 300_000).encode())
        running.stdin.flush()
        deadline = time.monotonic() + 20
        while not ready() and time.monotonic() < deadline:
            time.sleep(0.01)
        running.send_signal(number)
        try:
            # Standard input stays open: the command must not wait for it.
            code = running.wait(10)
        except subprocess.TimeoutExpired:
            running.stdin.close()
            running.wait(10)
            pytest.fail("the command still waits for its standard input")
        told = running.stderr.read().decode()
    left = sorted(tree(directory)) if directory.exists() else []
    return code, told, left


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("command", ["train", "count", "encode", "inspect corpus"])
def test_ctrl_c_leaves_nothing_behind(tmp_path, tokenizer, command, number):
    output = tmp_path / "out"
    arguments = {
        "train": ("train", "-", "--vocab-size", 1000, "--output", output / "tokenizer"),
        "count": ("count", "-", "--output", output / "counts"),
        "encode": ("encode", "-", "--tokenizer", tokenizer, "--output", output / "ids"),
        "inspect corpus": ("inspect", "corpus", "-"),
    }[command]
    started = time.monotonic()
    code, told, left = interrupted(
        arguments, number, lambda: time.monotonic() > started + 0.5, output)
    assert (code, left) == (130, [])
    assert told == "malmoi: interrupted; no file was written; run it again\n"


def test_ctrl_c_while_a_large_file_is_encoded_leaves_the_former_output(tmp_path, tokenizer):
    corpus = tmp_path / "corpus.txt"
    text = pathlib.Path(SAMPLE / "docs-react.txt").read_bytes()
    with open(corpus, "wb") as file:
        for _ in range(400):
            file.write(text)
    output = tmp_path / "out/ids"
    arguments = ["encode", "--tokenizer", str(tokenizer), "--output", str(output), "--overwrite"]
    malmoi(*arguments, SAMPLE / "docs-react.txt")
    before = tree(tmp_path / "out")
    with subprocess.Popen(
            [str(BINARY), *arguments, str(corpus)], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE) as running:
        deadline = time.monotonic() + 20
        while not list((tmp_path / "out").glob("*.partial")) and time.monotonic() < deadline:
            time.sleep(0.005)
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 130
        told = running.stderr.read().decode()
        assert re.fullmatch(
            r"malmoi: interrupted; (no file was written; run it again|what is written so far is kept; run "
            r"the same command again to go on behind document \d+)\n", told)
    kept = tree(tmp_path / "out")
    assert {name: kept[name] for name in before} == before
    # What the stopped run has kept is another job's, and goes when it is told to.
    malmoi(*arguments, SAMPLE / "docs-react.txt", "--restart")
    assert tree(tmp_path / "out") == before


def test_ctrl_c_during_merging_leaves_nothing_behind(tmp_path):
    output = tmp_path / "out"
    ours, theirs = pty.openpty()
    with subprocess.Popen(
            [str(BINARY), "train", str(SAMPLE), "--vocab-size", "60000", "--output", str(output)],
            stdout=subprocess.DEVNULL, stderr=theirs) as running:
        os.close(theirs)
        told = b""
        while b"merging" not in told:
            readable, _, _ = select.select([ours], [], [], 30)
            assert readable, "no progress was shown"
            told += os.read(ours, 4096)
        running.send_signal(signal.SIGINT)
        code = running.wait(20)
    os.close(ours)
    assert code == 130 and not output.exists()
