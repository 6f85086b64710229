# SPDX-License-Identifier: Apache-2.0
"""tools/release: a tarball that runs where there is no Swift, from the tree alone."""
import hashlib
import os
import re
import subprocess
import tarfile

import pytest
from command import ROOT, SAMPLE

RELEASE = ROOT / "tools" / "release"


def run(*command, **options):
    return subprocess.run([*map(str, command)], capture_output=True, text=True, **options)


@pytest.mark.parametrize("arguments", [["--nothing"], ["file"], ["--output"]])
@pytest.mark.parametrize("tool", ["tools/release", "tools/python/build-wheel"])
def test_wrong_usage(tool, arguments):
    done = run(ROOT / tool, *arguments)
    assert done.returncode == 64 and done.stdout == "" and tool in done.stderr


@pytest.mark.parametrize("tool", ["tools/release", "tools/python/build-wheel", "tools/python/test-wheel"])
def test_help(tool):
    done = run(ROOT / tool, "--help")
    assert done.returncode == 0 and tool in done.stdout and "set -euo" not in done.stdout


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """The tarball, and what tools/release said."""
    output = tmp_path_factory.mktemp("release")
    done = run(RELEASE, "--output", output)
    assert done.returncode == 0, done.stderr[-3000:]
    archive, = output.iterdir()
    return archive, done.stdout


@pytest.fixture(scope="module")
def unpacked(released):
    archive, _ = released
    with tarfile.open(archive) as tar:
        tar.extractall(archive.parent / "unpacked", filter="data")
    tree, = (archive.parent / "unpacked").iterdir()
    return tree


@pytest.mark.slow
def test_tells_size_and_needs(released):
    archive, told = released
    assert f"{archive}: {archive.stat().st_size} bytes\n" in told
    needs = dict(re.findall(r"^  (\S+\.so\S*)  (\S+)$", told, re.MULTILINE))
    assert needs["libc.so.6"] == "libc6" and needs["libstdc++.so.6"] == "libstdc++6"
    assert "?" not in needs.values() and not any("swift" in name.lower() for name in needs)
    assert re.search(r"^  GLIBC 2\.\d+ or later", told, re.MULTILINE)


@pytest.mark.slow
def test_holds_all_and_names_nobody(released):
    archive, _ = released
    with tarfile.open(archive) as tar:
        members = tar.getmembers()
    top = archive.name.removesuffix(".tar.gz")
    names = [member.name for member in members]
    assert names == sorted(names)
    assert {(member.uid, member.gid) for member in members} == {(0, 0)}
    assert len({member.mtime for member in members}) == 1
    for wanted in ("bin/malmoi", "lib/libmalmoi.so", "include/malmoi.h", "lib/pkgconfig/malmoi.pc", "LICENSE",
                   "README.md", "share/malmoi/vocab/presets/k-exaone.json"):
        assert f"{top}/{wanted}" in names


@pytest.mark.slow
def test_same_tree_gives_same_bytes(released, tmp_path):
    archive, _ = released
    assert run(RELEASE, "--output", tmp_path).returncode == 0
    again, = tmp_path.iterdir()
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (archive, again)}
    assert len(digests) == 1


@pytest.mark.slow
def test_command_works_in_an_empty_environment(unpacked, tmp_path):
    def bare(*arguments):
        done = run("env", "-i", unpacked / "bin" / "malmoi", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    vocabulary = unpacked / "share/malmoi/vocab/hyperclova-style-32k"
    bare("encode", SAMPLE, "--tokenizer", vocabulary, "--output", tmp_path / "ids")
    bare("verify", tmp_path / "ids")
    bare("inspect", "corpus", SAMPLE, "--tokenizer", vocabulary, "--html", tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")


PROGRAM = """
#include <malmoi.h>
#include <stdio.h>
int main(int count, char **arguments) {
  malmoi_tokenizer *tokenizer = NULL;
  if (malmoi_tokenizer_load(arguments[1], NULL, &tokenizer)) return puts(malmoi_last_error()), 1;
  malmoi_tokenizer_view view;
  malmoi_tokenizer_get(tokenizer, &view);
  printf("%s %u\\n", malmoi_version(), view.vocabulary_size);
  malmoi_tokenizer_free(tokenizer);
  return 0;
}
"""


@pytest.mark.slow
def test_c_program_links_by_pkg_config(unpacked, tmp_path):
    (tmp_path / "program.c").write_text(PROGRAM)
    flags = run(
        "pkg-config", "--cflags", "--libs", "malmoi",
        env={**os.environ, "PKG_CONFIG_PATH": str(unpacked / "lib" / "pkgconfig")})
    assert flags.returncode == 0, flags.stderr
    built = run("cc", tmp_path / "program.c", "-o", tmp_path / "program", *flags.stdout.split())
    assert built.returncode == 0, built.stderr
    done = run(
        tmp_path / "program", unpacked / "share/malmoi/vocab/hyperclova-style-32k",
        env={"LD_LIBRARY_PATH": str(unpacked / "lib")})
    version = run(unpacked / "bin" / "malmoi", "--version").stdout.strip()
    assert (done.returncode, done.stdout) == (0, f"{version} 32000\n"), done.stdout + done.stderr


def test_no_other_function_is_declared_or_exported_than_the_script_finds():
    """The list of what is exported comes from malmoi.h by a plain search; here by another one."""
    header = (ROOT / "Sources/CMalmoi/include/malmoi.h").read_text()
    code = re.sub(r"//[^\n]*|\btypedef\b[^;{]*\([^;]*;", "", header)
    declared = set(re.findall(r"\b(malmoi_\w+)\((?:[^()]|\([^()]*\))*\);", code))
    script = (ROOT / "tools/packaging/build").read_text()
    command, = re.findall(r"^sed 's\|//.*(?=>)", script, re.MULTILINE)
    found = subprocess.run(
        ["bash", "-c", f"header=Sources/CMalmoi/include/malmoi.h; {command}"], cwd=ROOT, check=True,
        capture_output=True, text=True).stdout.split()
    assert set(found) == declared and len(declared) > 30
