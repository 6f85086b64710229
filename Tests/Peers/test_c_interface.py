# SPDX-License-Identifier: Apache-2.0
"""The C ABI: programs in C and C++ that use it, and what the library exports."""
import hashlib
import json
import re
import subprocess

import pytest

from command import BINARY, ROOT, SAMPLE, encode, malmoi, read_token_files, tree

HEADERS = ROOT / "Sources" / "CMalmoi" / "include"
LIBRARY = BINARY.parent / "libMalmoiC.so"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
PROGRAMS = ROOT / "Tests" / "CInterface"
SENTENCE = "학교에서"


def compiled(compiler, source, directory):
    """The program of `source`, compiled with every warning an error."""
    program = directory / "program"
    subprocess.run(
        [*compiler, *WARNINGS, f"-I{HEADERS}", str(PROGRAMS / source), "-o", str(program), str(LIBRARY),
         f"-Wl,-rpath,{LIBRARY.parent}", "-pthread"], check=True)
    return program


def declared():
    """The names of the functions that the header declares."""
    text = re.sub(r"//[^\n]*", "", (HEADERS / "malmoi.h").read_text())
    return set(re.findall(r"\b(malmoi_\w+)\(", text))


@pytest.mark.parametrize("compiler", [("gcc", "-std=c11"), ("clang", "-std=c11"), ("g++", "-std=c++17", "-xc++")])
def test_the_header_compiles_alone(compiler, tmp_path):
    (tmp_path / "alone.c").write_text('#include "malmoi.h"\nint main(void) { return MALMOI_OK; }\n')
    subprocess.run([*compiler, *WARNINGS, f"-I{HEADERS}", "-c", str(tmp_path / "alone.c"), "-o",
                    str(tmp_path / "alone.o")], check=True)


def test_what_is_exported_is_what_is_declared():
    listed = subprocess.run(["nm", "-D", "--defined-only", LIBRARY], check=True, stdout=subprocess.PIPE, text=True)
    symbols = [line.split()[2] for line in listed.stdout.splitlines()]
    exported = {symbol for symbol in symbols if symbol.startswith("malmoi_")}
    assert exported == declared() and len(exported) > 40


def test_statuses_are_the_codes_of_errors():
    header = (HEADERS / "malmoi.h").read_text()
    swift = (ROOT / "Sources" / "TextCore" / "TextError.swift").read_text()
    names = re.findall(r"MALMOI_([A-Z0-9_]+) = (\d+)", header)
    statuses = {name.lower().replace("_", ""): int(value) for name, value in names}
    codes = {name.lower(): int(value) for name, value in re.findall(r"case (\w+) = (\d+)", swift)}
    assert statuses.pop("ok") == 0
    assert statuses == codes


@pytest.fixture(scope="module")
def output(tokenizer, tmp_path_factory):
    """The lines of the program in C, as names and values, and the directory that it filled."""
    directory = tmp_path_factory.mktemp("c")
    program = compiled(("gcc", "-std=c11"), "roundtrip.c", directory)
    made = directory / "made"
    made.mkdir()
    done = subprocess.run([program, tokenizer, SAMPLE, made], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr
    return dict(line.split(" ", 1) for line in done.stdout.splitlines()), made


def test_a_program_in_c_gets_the_ids_of_the_command(output, tokenizer, sample_documents, tmp_path):
    told, made = output
    prefix = tmp_path / "ids"
    malmoi("encode", SAMPLE, "--tokenizer", tokenizer, "--output", prefix, "--normalizer", "nfc")
    expected = read_token_files(prefix)
    assert read_token_files(made / "ids") == expected
    assert int(told["documents"]) == len(sample_documents) == len(expected)
    assert int(told["tokens"]) == int(told["counted"]) == int(told["read"]) == sum(map(len, expected))
    assert told["format"] == "megatron"
    assert not [path.name for path in made.iterdir() if path.name.startswith("none")]
    assert malmoi("verify", made / "ids", "--tokenizer", tokenizer).returncode == 0


def test_a_program_in_c_counts_and_trains_as_the_command_does(output, tmp_path):
    _, made = output
    malmoi("count", SAMPLE, "--output", tmp_path / "counts")
    own, other = (
        malmoi("show-counts", path, "--head", 1_000_000).stdout for path in (made / "counts", tmp_path / "counts"))
    assert own == other
    malmoi("train", "--counts", tmp_path / "counts", "--vocab-size", 2000, "--special-token", "<|endoftext|>",
           "--output", tmp_path / "trained")
    own, other = tree(made / "trained"), tree(tmp_path / "trained")
    assert own["tokenizer.json"] == other["tokenizer.json"]


def test_a_program_in_c_sees_what_the_tokenizer_is(output, tokenizer, tmp_path):
    told, _ = output
    version = malmoi("--version").stdout.decode().strip()
    number = 0
    for part in version.split("."):
        number = number * 1000 + int(part)
    assert told["version"] == f"{version} {number}"
    shown = json.loads(malmoi("inspect", "tokenizer", tokenizer, "--json").stdout)
    assert int(told["vocabulary"]) == shown["vocabulary_size"]
    assert told["sha256"] == hashlib.sha256((tokenizer / "tokenizer.json").read_bytes()).hexdigest()
    assert told["normal"] == "한국어"
    ids, = encode([SENTENCE], tokenizer, tmp_path)
    places = [token.split(":") for token in told["trace"].split()]
    assert [int(id) for id, _ in places] == ids
    bounds = [tuple(map(int, place.split("-"))) for _, place in places]
    assert bounds[0][0] == 0 and bounds[-1][1] == len(SENTENCE.encode())
    assert all(before[1] == after[0] for before, after in zip(bounds, bounds[1:]))


def test_a_program_in_cpp_uses_threads_and_fork(tokenizer, tmp_path):
    program = compiled(("g++", "-std=c++17"), "threads.cpp", tmp_path)
    done = subprocess.run([program, tokenizer], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (0, "same\n"), done.stderr


@pytest.mark.parametrize("rounds", [20_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_calls_leak_nothing(rounds, tokenizer, tmp_path):
    """Ten calls a round: ten million where there is time."""
    program = compiled(("gcc", "-std=c11", "-O1"), "leaks.c", tmp_path)
    done = subprocess.run([program, tokenizer, str(rounds)], check=True, stdout=subprocess.PIPE, text=True)
    calls, early, late = map(int, done.stdout.split())
    assert calls == 10 * rounds
    # A leak of one byte a call would be 9 MB of ten million.
    assert late - early < 2048
