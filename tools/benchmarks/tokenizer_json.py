# SPDX-License-Identifier: Apache-2.0
"""Reads byte-level BPE from a tokenizer.json."""

import json
from pathlib import Path

#: The pre-tokenizer of GPT-2 as tiktoken spells it.
GPT2_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"

Merge = tuple[bytes, bytes]


def byte_of_symbol() -> dict[str, int]:
    """GPT-2's byte alphabet: printable bytes stand for themselves, the others for U+0100 on."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = [byte for byte in range(256) if byte not in printable]
    alphabet = {chr(byte): byte for byte in printable}
    return alphabet | {chr(0x100 + index): byte for index, byte in enumerate(others)}


ALPHABET = byte_of_symbol()


def token_bytes(token: str) -> bytes:
    """The bytes that a token of a byte-level vocabulary stands for."""
    return bytes(ALPHABET[symbol] for symbol in token)


def load(path: Path) -> dict:
    """The content of a tokenizer.json."""
    return json.loads(path.read_text(encoding="utf-8"))


def merges(path: Path) -> list[Merge]:
    """The merges of a tokenizer.json in order, as bytes; both spellings of a pair are read."""
    pairs = (merge.split(" ") if isinstance(merge, str) else merge
             for merge in load(path)["model"]["merges"])
    return [(token_bytes(left), token_bytes(right)) for left, right in pairs]


def ranks(path: Path) -> dict[bytes, int]:
    """Bytes and id of every token that is no special token."""
    content = load(path)
    special = {token["content"] for token in content.get("added_tokens") or []}
    return {token_bytes(token): number for token, number in content["model"]["vocab"].items()
            if token not in special}


def pattern(path: Path) -> str:
    """The regular expression of the pre-tokenizer."""
    outer = load(path)["pre_tokenizer"]
    steps = outer["pretokenizers"] if outer["type"] == "Sequence" else [outer]
    for step in steps:
        if step["type"] == "Split":
            return step["pattern"]["Regex"]
        if step["type"] == "ByteLevel" and step.get("use_regex", True):
            return GPT2_PATTERN
    raise ValueError("the pre-tokenizer is no regular expression")
