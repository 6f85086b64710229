# SPDX-License-Identifier: Apache-2.0
"""The pre-tokenizers as their makers publish them, and texts that tell them apart."""
import random

CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = (CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")
CL100K = LLAMA3.replace(r"|\s*[\r\n]+", r"|\s+\z|\s*[\r\n]+")
TIKTOKEN_CL100K = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
    r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s")
QWEN2 = LLAMA3.replace("{1,3}", "")
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+" + CONTRACTIONS
    + r"?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    + CONTRACTIONS + r"?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
K_EXAONE = (
    CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+")
DEEPSEEK_WORDS = (
    r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"""
    r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def split(pattern, behavior="Isolated", invert=False):
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": behavior, "invert": invert}


def byte_level(use_regex=False):
    return {
        "type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": use_regex}


def sequence(*steps):
    return {"type": "Sequence", "pretokenizers": list(steps)}


def words(pattern, **flags):
    return sequence(split(pattern, **flags), byte_level())


DIGITS = {"type": "Digits", "individual_digits": True}

# What tokenizer.json holds for each rule; the first is what malmoi writes.
SPELLINGS = {
    "gpt2": [
        byte_level(True), words(GPT2), sequence(byte_level(True)),
        words(r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"),
        words(GPT2.replace(r"\p{L}+", r"[\p{L}]+", 1).replace(r"\p{N}+", r"[\p{N}]+", 1)),
    ],
    "cl100k": [words(CL100K)],
    "o200k": [words(O200K), words(O200K, behavior="Removed", invert=True)],
    "llama3": [
        words(LLAMA3), words(LLAMA3, behavior="Removed", invert=True),
        words(r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*"
              r"|\s*[\r\n]|\s+(?!\S)|\s+"),
    ],
    "qwen2": [words(QWEN2), words(QWEN2.replace(r"|\p{N}|", r"|\p{N}{1}|"))],
    "deepseek": [sequence(
        split(r"\p{N}{1,3}"), split("[一-龥぀-ゟ゠-ヿ]+"), split(DEEPSEEK_WORDS), byte_level())],
    "exaone": [
        sequence(DIGITS, byte_level(True)), sequence(split(r"\p{N}"), byte_level(True)),
        sequence(DIGITS, split(GPT2), byte_level()),
    ],
    "k-exaone": [words(K_EXAONE)],
    "gpt2-digits3": [words(GPT2.replace(r"\p{N}+", r"\p{N}{1,3}", 1))],
    "cl100k-digits1": [words(CL100K.replace(r"\p{N}{1,3}", r"\p{N}", 1))],
    "o200k-digits1": [words(O200K.replace(r"\p{N}{1,3}", r"\p{N}", 1))],
}

ALPHABET = [
    *"가학AbsSltT'1ⅣＡʰǅſ\u0301か\u3097\u3099・漢龦 \u3000\xa0\n\r\t./!“₩😀\0\u200b\ue000",
    "\u1112\u119e", "'ll", "'RE", "  ", "\n\n",
]


def random_texts(seed, count=1500):
    """Strings of few kinds of characters each, so that all kinds meet."""
    source = random.Random(seed)
    texts = []
    for number in range(count):
        kinds = source.sample(ALPHABET, 2 + number % 6)
        texts.append("".join(source.choice(kinds) for _ in range(source.randrange(1, 14))))
    return texts
