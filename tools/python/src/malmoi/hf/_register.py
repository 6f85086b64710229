# SPDX-License-Identifier: Apache-2.0
"""The class for programs that have transformers."""
from __future__ import annotations

from typing import Any

#: The major version whose insides the class was written for.
_VERSION = 5


def register() -> Any:
    """Lets transformers' AutoTokenizer find the class, and returns it: a PreTrainedTokenizerFast.

    Folders that its `save_pretrained` wrote are loaded with it by `AutoTokenizer.from_pretrained`; any folder with a
    tokenizer.json is by its own `from_pretrained`.

    Raises:
        ImportError: transformers is not installed, or of another major version than 5.
    """
    try:
        import transformers
    except ImportError:
        raise ImportError(
            "malmoi.hf.register() needs transformers 5; malmoi.hf.MalmoiTokenizerFast does without it") from None
    if int(transformers.__version__.split(".")[0]) != _VERSION:
        raise ImportError(
            f"malmoi.hf.register() needs transformers {_VERSION}, not {transformers.__version__}; "
            "malmoi.hf.MalmoiTokenizerFast does without it")
    from ._transformers import MalmoiConfig, MalmoiTokenizerFast

    transformers.AutoTokenizer.register(  # type: ignore[no-untyped-call, unused-ignore]
        MalmoiConfig, tokenizer_class=MalmoiTokenizerFast, exist_ok=True)
    return MalmoiTokenizerFast
