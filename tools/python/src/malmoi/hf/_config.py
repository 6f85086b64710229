# SPDX-License-Identifier: Apache-2.0
"""The files that lie beside a tokenizer.json."""
from __future__ import annotations

import json
import os
from typing import Any

from .._errors import BadDataError

#: The special tokens that have names.
NAMES = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")

CONFIG = "tokenizer_config.json"
SPECIAL = "special_tokens_map.json"
VOCABULARY = "tokenizer.json"


def read(folder: str) -> dict[str, Any]:
    """What tokenizer_config.json and special_tokens_map.json of a folder say; each may be missing.

    Raises:
        BadDataError: One is no JSON object.
    """
    config = _object(os.path.join(folder, CONFIG))
    if "added_tokens_decoder" not in config:
        config.update(_object(os.path.join(folder, SPECIAL)))
    if not config.get("extra_special_tokens"):
        config["extra_special_tokens"] = config.pop("additional_special_tokens", [])
    template = os.path.join(folder, "chat_template.jinja")
    if os.path.isfile(template):
        with open(template, encoding="utf-8") as file:
            config["chat_template"] = file.read()
    return config


def _object(path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise BadDataError(f"{path}: not JSON: {error}") from None
    if not isinstance(found, dict):
        raise BadDataError(f"{path}: not a JSON object")
    return found


def text_of(token: Any) -> str | None:
    """The text of a token that is a string or an object with flags."""
    if token is None or isinstance(token, str):
        return token
    return str(token["content"]) if isinstance(token, dict) else str(token)


def flags_of(token: Any, special: bool) -> dict[str, Any]:
    """A token with flags, of a string, an object, or an AddedToken of tokenizers."""
    if isinstance(token, str):
        return {"content": token, "special": special, "normalized": not special}
    if isinstance(token, dict):
        return {**token, "special": token.get("special", special)}
    if special:
        # As tokenizers does it; `normalized`, where nothing was said of it, is False from then on.
        token.special = True
    names = ("content", "single_word", "lstrip", "rstrip", "normalized", "special")
    return {name: getattr(token, name) for name in names}


def write(folder: str, config: dict[str, Any]) -> str:
    """Writes tokenizer_config.json; returns its path."""
    path = os.path.join(folder, CONFIG)
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps(config, ensure_ascii=False, indent=2, sort_keys=True) + "\n")
    return path
