# SPDX-License-Identifier: Apache-2.0
"""The letters that byte-level vocabularies spell bytes with."""
from __future__ import annotations


def _letters() -> list[str]:
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in shown]
    letters = {byte: chr(byte) for byte in shown}
    letters.update((byte, chr(256 + place)) for place, byte in enumerate(hidden))
    return [letters[byte] for byte in range(256)]


#: The letter of each byte.
LETTERS = _letters()
_BYTES = {letter: byte for byte, letter in enumerate(LETTERS)}
#: How a space is spelled, which Hugging Face's trimming of offsets looks for.
SPACE = LETTERS[0x20]


def spelled(token: bytes) -> str:
    """The token as Hugging Face shows it.

    >>> spelled(" a".encode()), spelled("값".encode())
    ('Ġa', 'ê°Ĵ')
    """
    return "".join(map(LETTERS.__getitem__, token))


def unspelled(token: str) -> bytes:
    """The bytes of a token as it is shown; one with other letters stands for itself.

    >>> unspelled("Ġa"), unspelled("ê°Ĵ").decode(), unspelled("a b"), unspelled("새말").decode()
    (b' a', '값', b'a b', '새말')
    """
    try:
        return bytes(map(_BYTES.__getitem__, token))
    except KeyError:
        return token.encode("utf-8", "surrogatepass")
