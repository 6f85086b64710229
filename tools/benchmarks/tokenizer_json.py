# SPDX-License-Identifier: Apache-2.0
"""Reads byte-level BPE from a tokenizer.json, and writes public vocabularies as one."""

import base64
import json
from pathlib import Path

#: The pre-tokenizer of GPT-2 as tiktoken spells it.
GPT2_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"

#: The pre-tokenizers of OpenAI's later vocabularies as tiktoken spells them.
PATTERNS = {
    "cl100k": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+|"
              r" ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
    "o200k": "|".join([
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]+[\r\n/]*", r"\s*[\r\n]+", r"\s+(?!\S)", r"\s+"]),
}
#: The same cl100k rule without possessive quantifiers, as tokenizer.json files spell it.
PLAIN_CL100K = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")

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


def tiktoken_pattern(path: Path) -> str:
    """The same as tiktoken itself spells it, which for cl100k is the faster spelling."""
    found = pattern(path)
    return PATTERNS["cl100k"] if found == PLAIN_CL100K else found


# ---- Writing ----


def of_gpt2(encoder: bytes, merge_file: bytes) -> bytes:
    """GPT-2's two files as a tokenizer.json; its <|endoftext|> is left a plain token of the list."""
    lines = merge_file.decode("utf-8").splitlines()
    pairs = [line.split(" ") for line in lines[1:] if line]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
                  "use_regex": True}
    return document(json.loads(encoder), pairs, byte_level, ignore_merges=False)


def of_ranks(path: Path, name: str) -> bytes:
    """A file of ranks as a tokenizer.json, as transformers converts it."""
    lines = path.read_bytes().splitlines()
    ranked = {base64.b64decode(token): int(rank) for token, rank in map(bytes.split, lines)}
    symbols = {byte: symbol for symbol, byte in ALPHABET.items()}

    def spelled(token: bytes) -> str:
        return "".join(symbols[byte] for byte in token)

    pairs = []
    for token, rank in sorted(ranked.items(), key=lambda item: item[1]):
        parts = parts_below(token, rank, ranked) if len(token) > 1 else []
        if len(parts) == 2:
            pairs.append([spelled(parts[0]), spelled(parts[1])])
    pattern_of_json = PLAIN_CL100K if name == "cl100k" else PATTERNS[name]
    split = {"type": "Split", "pattern": {"Regex": pattern_of_json}, "behavior": "Isolated",
             "invert": False}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
                  "use_regex": False}
    steps = {"type": "Sequence", "pretokenizers": [split, byte_level]}
    vocabulary = {spelled(token): rank for token, rank in ranked.items()}
    return document(vocabulary, pairs, steps, ignore_merges=True)


def parts_below(token: bytes, limit: int, ranked: dict[bytes, int]) -> list[bytes]:
    """What is left of a token when everything of a lower rank has been merged."""
    parts = [token[index:index + 1] for index in range(len(token))]
    while len(parts) > 1:
        best = min((ranked.get(parts[index] + parts[index + 1], limit), index)
                   for index in range(len(parts) - 1))
        if best[0] >= limit:
            break
        index = best[1]
        parts[index:index + 2] = [parts[index] + parts[index + 1]]
    return parts


def document(vocabulary: dict, pairs: list, pre_tokenizer: dict, ignore_merges: bool) -> bytes:
    """A whole tokenizer.json of byte-level BPE without special tokens."""
    decoder = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True,
               "use_regex": True}
    model = {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
             "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False,
             "ignore_merges": ignore_merges, "vocab": vocabulary, "merges": pairs}
    content = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [],
               "normalizer": None, "pre_tokenizer": pre_tokenizer, "post_processor": None,
               "decoder": decoder, "model": model}
    return json.dumps(content, ensure_ascii=False).encode()
