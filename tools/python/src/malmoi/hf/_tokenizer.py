# SPDX-License-Identifier: Apache-2.0
"""The tokenizer for programs that do not have transformers."""
from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import Any

from .._errors import InvalidArgumentError
from . import _config, _core, _options
from ._batch import BatchEncoding, tensors
from ._definition import Definition
from ._engine import Engine
from ._encoding import Pads
from ._padding import padded
from ._special import SpecialTokens
from ._vocabulary import Vocabulary


class MalmoiTokenizerFast(Vocabulary, SpecialTokens):
    """A tokenizer that is called as transformers' PreTrainedTokenizerFast is, and gives the same.

    Made by `from_pretrained`. It can be pickled. Encoding with several threads at once is safe, setting attributes
    is not.
    """

    is_fast = True

    def __init__(self, engine: Engine, **config: Any):
        self._named: dict[str, str] = {}
        self._extra: list[str] = []
        self._engine = engine
        self.init_kwargs = config
        self.name_or_path = str(config.pop("name_or_path", ""))
        length = config.get("model_max_length")
        self.model_max_length = int(1e30) if length is None else length
        self.padding_side = _side("padding_side", config.get("padding_side", "right"))
        self.truncation_side = _side("truncation_side", config.get("truncation_side", "right"))
        self.model_input_names = list(config.get("model_input_names", ["input_ids", "attention_mask"]))
        self.split_special_tokens = bool(config.get("split_special_tokens", False))
        self.chat_template = config.get("chat_template")
        for name in ("add_bos_token", "add_eos_token"):
            if config.get(name):
                raise InvalidArgumentError(f"{name} is not supported; put a post_processor into the tokenizer.json")
        self._name_tokens(config)

    def _name_tokens(self, config: dict[str, Any]) -> None:
        named = {name: config[name] for name in _config.NAMES if config.get(name) is not None}
        extra = list(config.get("extra_special_tokens") or [])
        added = list((config.get("added_tokens_decoder") or {}).values())
        tokens = [_config.flags_of(token, False) for token in added]
        tokens += [_config.flags_of(token, True) for token in (*named.values(), *extra)]
        known = self.get_added_vocab()
        self._add([token for token in tokens if token["content"] not in known])
        for name, token in named.items():
            setattr(self, name, _config.text_of(token))
        self._extra = [str(_config.text_of(token)) for token in extra]

    @classmethod
    def from_pretrained(cls, folder: str | os.PathLike[str], **config: Any) -> MalmoiTokenizerFast:
        """The tokenizer of a folder with tokenizer.json, and tokenizer_config.json, special_tokens_map.json if any.

        Args:
            folder: A local folder; nothing is downloaded.
            config: Takes the place of what tokenizer_config.json says, as `padding_side="left"`.

        Raises:
            NotFoundError: There is no tokenizer.json (a FileNotFoundError).
            BadDataError: A file is damaged, or a part is not supported (a ValueError); the message names it.
        """
        folder = os.fspath(folder)
        definition = Definition.of_file(os.path.join(folder, _config.VOCABULARY))
        found = _config.read(folder)
        found.pop("auto_map", None)
        # The post-processor of the tokenizer.json has the last word on these.
        found.pop("add_bos_token", None)
        found.pop("add_eos_token", None)
        if definition.padding is not None:
            found.setdefault("pad_token", definition.padding["pad_token"])
            found.setdefault("padding_side", definition.padding["direction"].lower())
        if definition.truncation is not None:
            found.setdefault("truncation_side", definition.truncation["direction"].lower())
        return cls(Engine(definition), **{**found, **config, "name_or_path": folder})

    def save_pretrained(self, folder: str | os.PathLike[str]) -> tuple[str, ...]:
        """Writes tokenizer.json and tokenizer_config.json, which transformers and tokenizers read, too.

        Returns:
            The paths of the files.
        """
        folder = os.fspath(folder)
        os.makedirs(folder, exist_ok=True)
        left_out = {"added_tokens_decoder", *_config.NAMES}
        config = {name: value for name, value in self.init_kwargs.items() if name not in left_out}
        config.update(self.special_tokens_map)
        config.update(
            tokenizer_class=config.get("tokenizer_class") or "PreTrainedTokenizerFast",
            model_max_length=self.model_max_length, padding_side=self.padding_side,
            truncation_side=self.truncation_side, extra_special_tokens=self.extra_special_tokens)
        return (_config.write(folder, config), *self._engine.definition.write(folder))

    def __repr__(self) -> str:
        return (f"MalmoiTokenizerFast(name_or_path={self.name_or_path!r}, vocab_size={self.vocab_size}, "
                f"special_tokens={self.special_tokens_map})")

    # ---- Encoding

    def __call__(
        self, text: str | Sequence[str], text_pair: Any = None, *, add_special_tokens: bool = True,
        padding: bool | str = False, truncation: bool | str | None = None, max_length: int | None = None,
        stride: int = 0, is_split_into_words: bool = False, pad_to_multiple_of: int | None = None,
        padding_side: str | None = None, return_tensors: str | None = None, return_token_type_ids: bool | None = None,
        return_attention_mask: bool | None = None, return_overflowing_tokens: bool = False,
        return_special_tokens_mask: bool = False, return_offsets_mapping: bool = False, return_length: bool = False,
        split_special_tokens: bool | None = None, verbose: bool = True,
    ) -> BatchEncoding:
        """The ids of a text, or of each of a list, and what else is asked for.

        Args:
            text: A text, or a list or tuple of texts; no pairs and no words.
            add_special_tokens: Those of the post-processor are put around each text.
            padding: True or "longest", "max_length", or False.
            truncation: True or "longest_first", "only_first", or False; with max_length alone, True.
            max_length: The most ids of a text, special tokens included; else `model_max_length`.
            stride: How many ids of a part are in the next one, too, where texts are cut.
            pad_to_multiple_of: Rows are padded to a multiple of this.
            padding_side: "right" or "left"; else the attribute.
            return_tensors: None for lists, "np" or "pt" for arrays of shape (rows, ids), int64.
            return_overflowing_tokens: What is cut off makes rows of its own; "overflow_to_sample_mapping" has the
                place of the text of each row.
            return_offsets_mapping: "offset_mapping" has (start, end) of each id, in characters.
            split_special_tokens: Special tokens spelled out in a text are text.

        Returns:
            Lists of lists, or lists for one text without `return_tensors` and `return_overflowing_tokens`.

        Raises:
            TypeError: What is no text.
            NotImplementedError: Pairs of texts, and texts cut into words.
            InvalidArgumentError: Options that do not fit (a ValueError).
            BadDataError: A text with a lone surrogate (a ValueError).
        """
        if text_pair is not None:
            raise NotImplementedError(
                "pairs of texts are not encoded here; malmoi.hf.register() gives a class that does")
        if is_split_into_words:
            raise NotImplementedError("texts cut into words are not encoded here; join them")
        texts, is_batch = _texts(text)
        plan = _options.plan(padding, truncation, max_length, pad_to_multiple_of, self.model_max_length)
        parses = not (self.split_special_tokens if split_special_tokens is None else split_special_tokens)
        cut = _core.Cut(plan.max_length, stride, self.truncation_side) if plan.truncates else None  # type: ignore
        rows = _core.rows(self._engine, texts, parses, add_special_tokens, cut)
        if plan.padding:
            length = plan.max_length if plan.padding == "max_length" else None
            _core.pad_rows(rows, length, pad_to_multiple_of, self._pads(padding_side))
        names = self.model_input_names
        made, rows = _core.lists(rows, _core.Wanted(
            "token_type_ids" in names if return_token_type_ids is None else return_token_type_ids,
            "attention_mask" in names if return_attention_mask is None else return_attention_mask,
            return_special_tokens_mask, return_offsets_mapping, return_length, return_overflowing_tokens))
        if verbose and max_length is None:
            self._warn_of_length(made["input_ids"])
        if not is_batch and return_tensors is None and not return_overflowing_tokens:
            made = _core.unbatched(made)
        return BatchEncoding(made, rows, return_tensors)

    encode_plus = batch_encode_plus = __call__

    def encode(self, text: str, text_pair: Any = None, **options: Any) -> Any:
        """The ids of a text; options as of a call."""
        return self(text, text_pair, **options)["input_ids"]

    def tokenize(self, text: str, pair: Any = None, add_special_tokens: bool = False, **options: Any) -> list[str]:
        """The tokens of a text as they are spelled."""
        return self(text, pair, add_special_tokens=add_special_tokens, **options).tokens()

    def _pads(self, side: str | None) -> Pads:
        if self.pad_token is None:
            raise InvalidArgumentError(
                "padding needs a pad_token: set one, as by tokenizer.pad_token = tokenizer.eos_token, or "
                'tokenizer.add_special_tokens({"pad_token": "[PAD]"})')
        side = self.padding_side if side is None else _side("padding_side", side)
        return Pads(self.pad_token_id, self.pad_token, self.pad_token_type_id, side)

    def _warn_of_length(self, rows: list[list[int]]) -> None:
        longest = max(map(len, rows), default=0)
        if longest > self.model_max_length:
            warnings.warn(
                f"a text has {longest} ids, more than model_max_length={self.model_max_length}; give truncation=True",
                stacklevel=3)

    def pad(
        self, encoded_inputs: Any, padding: bool | str = True, max_length: int | None = None,
        pad_to_multiple_of: int | None = None, padding_side: str | None = None,
        return_attention_mask: bool | None = None, return_tensors: str | None = None, verbose: bool = True,
    ) -> BatchEncoding:
        """Pads lists of ids, and what comes with them: a dict of lists, or a list of dicts, as a data loader has.

        Raises:
            InvalidArgumentError: There are no "input_ids", or no pad_token.
        """
        plan = _options.plan(padding, None, max_length, None, self.model_max_length)
        attention = "attention_mask" in self.model_input_names
        made = padded(
            encoded_inputs, plan, pad_to_multiple_of, self._pads(padding_side) if plan.padding else None,
            attention if return_attention_mask is None else return_attention_mask)
        return BatchEncoding(tensors(made, return_tensors))

    # ---- Decoding

    def decode(self, token_ids: Any, skip_special_tokens: bool = False, **_options: Any) -> Any:
        """The text of ids: a number, list, array or tensor; of lists of ids a list of texts.

        `skip_special_tokens` leaves out all tokens that the tokenizer.json calls special. Ids that the vocabulary
        does not have are left out. Spaces are never cleaned up.
        """
        numbers = token_ids.tolist() if hasattr(token_ids, "tolist") else token_ids
        if isinstance(numbers, int):
            numbers = [numbers]
        if len(numbers) > 0 and not isinstance(numbers[0], int) and hasattr(numbers[0], "__len__"):
            return [self.decode(one, skip_special_tokens) for one in numbers]
        return self._engine.decode(map(int, numbers), skip_special_tokens)

    def batch_decode(self, sequences: Any, skip_special_tokens: bool = False, **options: Any) -> list[str]:
        """The texts of lists of ids."""
        return [self.decode(one, skip_special_tokens, **options) for one in sequences]

    # ---- Adding tokens

    def add_tokens(self, new_tokens: Any, special_tokens: bool = False) -> int:
        """Adds tokens that stand for themselves in text; returns how many are new.

        The vocabulary is loaded anew, which takes a moment: add all at once.
        """
        tokens = [new_tokens] if isinstance(new_tokens, (str, dict)) or hasattr(new_tokens, "content") else new_tokens
        return self._add([_config.flags_of(token, special_tokens) for token in tokens])

    def add_special_tokens(self, special_tokens_dict: dict[str, Any]) -> int:
        """Names special tokens, as {"pad_token": "[PAD]"}, and adds those that are new; returns how many were."""
        for name in special_tokens_dict:
            if name not in (*_config.NAMES, "additional_special_tokens", "extra_special_tokens"):
                raise InvalidArgumentError(f"{name!r} is no special token's name; there are {', '.join(_config.NAMES)}")
        named = {name: token for name, token in special_tokens_dict.items() if name in _config.NAMES}
        extra = [token for name, token in special_tokens_dict.items() if name not in named for token in token]
        count = self._add([_config.flags_of(token, True) for token in (*named.values(), *extra)])
        for name, token in named.items():
            setattr(self, name, token)
        self._extra += [text for text in map(str, map(_config.text_of, extra)) if text not in self._extra]
        return count

    def _add(self, tokens: list[dict[str, Any]]) -> int:
        definition, count = self._engine.definition.with_tokens(tokens)
        if count:
            self._engine = Engine(definition)
        return count


def _side(name: str, value: Any) -> str:
    if value not in ("right", "left"):
        raise InvalidArgumentError(f'{name} must be "right" or "left", not {value!r}')
    return str(value)


def _texts(text: Any) -> tuple[Sequence[str], bool]:
    """The texts, and whether there is a list of them.

    Raises:
        TypeError: Anything but texts, with its place.
    """
    if isinstance(text, str):
        return [text], False
    if hasattr(text, "to_pylist") or hasattr(text, "tolist"):
        text = text.to_pylist() if hasattr(text, "to_pylist") else text.tolist()
    if not isinstance(text, Sequence) or isinstance(text, (bytes, bytearray)):
        # A column of datasets is a sequence in all but name.
        if not hasattr(text, "__getitem__") or isinstance(text, (bytes, bytearray, dict)):
            raise TypeError(f"text must be a str or a list of them, not {type(text).__name__}")
        text = list(text)
    for place, one in enumerate(text):
        if not isinstance(one, str):
            raise TypeError(
                f"text {place} must be a str, not {type(one).__name__}; pairs and words are not encoded here")
    return text, True
