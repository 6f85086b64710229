# SPDX-License-Identifier: Apache-2.0
"""A small corpus of everything that may be empty, broken or odd, its units, and the sets that they make."""
import io
import json
import tarfile

import zstandard

from command import malmoi

FORMATS = ["megatron", "gpt-neox", "deepspeed", "nanogpt", "llm.c", "npy", "datatrove", "olmo", "mds", "litdata",
           "tfrecord"]


def hostile(directory, sample_documents, damaged=False):
    """Files that hold nothing, nothing but rejects, what is normalised, many small documents, one big one."""
    directory.mkdir(parents=True)
    (directory / "00-empty.txt").write_bytes(b"")
    (directory / "01-mixed.jsonl").write_text(
        "".join(json.dumps({"text": text, "id": str(number)}) + "\n" for number, text in enumerate(
            ["가나다", "", "e\u0301\u00a0ﾡ\u200b끝", "\x07종\r\n소리", sample_documents[0]]))
        + "{\"no\": 1}\n{broken\n")
    (directory / "02-changed.txt").write_text("a\u00a0b\n나\u00adㅋ\x01\n\u1100\u1161\u11a8\n" * 3)
    (directory / "03-empty.txt").write_bytes(b"")
    (directory / "04-rejects.jsonl").write_text("{\"title\": 1}\n" * 15)
    (directory / "05-bytes.txt").write_bytes("가\n".encode() + b"\xff\xfe\xfd\n" * 4)
    (directory / "06-rejects.jsonl").write_text("nothing\n" * 15)
    (directory / "07-big.txt").write_text("\n".join(sample_documents[:300]))
    with tarfile.open(directory / "08-members.tar", "w") as archive:
        for name, content in (("x/a.txt", "담긴 글\n\u00a0\n"), ("x/left.out", "?"), ("x/b.txt", "")):
            entry = tarfile.TarInfo(name)
            entry.size = len(content.encode())
            archive.addfile(entry, io.BytesIO(content.encode()))
    with tarfile.open(directory / "09-nothing.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("x/left.out"))
    packed = zstandard.compress("눌린 글\n".encode() * 5000)
    (directory / "10-packed.txt.zst").write_bytes(packed[:-20] if damaged else packed)
    (directory / "11-last.txt").write_bytes(b"")
    (directory / "odd.bin").write_bytes(b"?")
    return directory


def listed(*arguments, cwd=None):
    """The units as `malmoi inputs --json` has them: the paths of each."""
    units = json.loads(malmoi("inputs", *arguments, "--json", cwd=cwd).stdout)["units"]
    return [[file["path"] for file in unit["files"]] for unit in units]


def encode_units(units, place, options, cwd, code=0):
    """Encodes every unit into a set of its own in the directory `place`; the paths of the sets."""
    sets = []
    for number, paths in enumerate(units):
        sets.append(f"{place}/u{number}")
        malmoi("encode", *paths, *options, "--output", sets[-1], cwd=cwd, code=code)
    return sets
