# SPDX-License-Identifier: Apache-2.0
# What transformers says of types depends on its version.
# mypy: disable-error-code="no-untyped-call,attr-defined,arg-type,override,misc,unused-ignore"
"""A PreTrainedTokenizerFast of transformers whose texts are encoded by Malmoi.

What Malmoi does not do, such as pairs of texts, is left to the class that this one comes from, which gets a
tokenizer of Hugging Face's made from the same file when it is first asked for.
"""
from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from tokenizers import AddedToken
from transformers import BatchEncoding, PreTrainedConfig, PreTrainedTokenizerFast
from transformers.tokenization_utils_base import PaddingStrategy, PreTrainedTokenizerBase, TruncationStrategy

from . import _config, _core
from ._definition import Definition
from ._engine import Engine
from ._encoding import Pads
from ._vocabulary import Vocabulary

if TYPE_CHECKING:
    import tokenizers

_CUTS = (TruncationStrategy.LONGEST_FIRST, TruncationStrategy.ONLY_FIRST, TruncationStrategy.DO_NOT_TRUNCATE)


class MalmoiConfig(PreTrainedConfig):
    """What AutoTokenizer needs to know the tokenizer by."""

    model_type = "malmoi"


class MalmoiTokenizerFast(Vocabulary, PreTrainedTokenizerFast):
    """A PreTrainedTokenizerFast that encodes with Malmoi; made by `from_pretrained`."""

    vocab_files_names = {"tokenizer_file": _config.VOCABULARY}

    def __init__(self, *args: Any, **kwargs: Any):
        """What `from_pretrained` and transformers call.

        Args:
            kwargs: What tokenizer_config.json has; tokenizer_file, a path, or tokenizer_object, a tokenizer of
                Hugging Face's.

        Raises:
            BadDataError: The file is damaged, or a part of it is not supported (a ValueError).
        """
        self._peer: tokenizers.Tokenizer | None = None
        self._engine = _engine_of(kwargs.pop("tokenizer_file", None), kwargs.pop("tokenizer_object", None))
        definition = self._engine.definition
        if kwargs.get("padding_side") is None and definition.padding:
            kwargs["padding_side"] = definition.padding["direction"].lower()
        if definition.padding:
            kwargs.setdefault("pad_token", definition.padding["pad_token"])
        if definition.truncation:
            kwargs.setdefault("truncation_side", definition.truncation["direction"].lower())
        kwargs.setdefault("backend", "tokenizers")
        added = kwargs.get("added_tokens_decoder") or {}
        post_processor = kwargs.pop("post_processor", None)
        self._add_bos_token = kwargs.get("add_bos_token", False)
        self._add_eos_token = kwargs.get("add_eos_token", False)
        # The initialiser between this and the base would load a tokenizer of Hugging Face's.
        PreTrainedTokenizerBase.__init__(self, **kwargs)
        self.add_prefix_space = kwargs.get("add_prefix_space", False)
        self._should_update_post_processor = "add_bos_token" in kwargs or "add_eos_token" in kwargs
        self._add_missing(list(added.values()))
        if post_processor is not None:
            self._tokenizer.post_processor = post_processor
            self._take_post_processor()
        if self._should_update_post_processor:
            self.update_post_processor()

    @classmethod
    def convert_to_native_format(cls, trust_remote_code: bool = False, **kwargs: Any) -> dict[str, Any]:
        """What transformers does to the arguments before the class gets them: nothing here."""
        return kwargs

    def _add_missing(self, added: list[Any]) -> None:
        known = self.added_tokens_encoder
        named = [token for token in self._special_tokens_map.values() if token is not None]
        tokens = [_config.flags_of(token, False) for token in added]
        tokens += [_config.flags_of(token, True) for token in (*named, *self._extra_special_tokens)]
        self._extend([token for token in tokens if token["content"] not in known])

    def _extend(self, tokens: list[dict[str, Any]]) -> int:
        definition, count = self._engine.definition.with_tokens(tokens)
        if count:
            self._engine, self._peer = Engine(definition), None
        return count

    def _post_init(self) -> None:
        self._add_missing([])

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_peer": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __len__(self) -> int:
        return Vocabulary.__len__(self)

    # ---- Hugging Face's own

    @property
    def _tokenizer(self) -> tokenizers.Tokenizer:
        """The same tokenizer as one of Hugging Face's, for what Malmoi does not do."""
        if self._peer is None:
            self._peer = self._engine.peer()
        return self._peer

    def update_post_processor(self) -> None:
        """Puts bos_token and eos_token around texts as add_bos_token and add_eos_token say."""
        super().update_post_processor()
        self._take_post_processor()

    def _take_post_processor(self) -> None:
        part = json.loads(self._tokenizer.to_str())["post_processor"]
        self._engine = Engine(self._engine.definition.with_post_processor(part))

    @property
    def added_tokens_decoder(self) -> dict[int, AddedToken]:
        """The added tokens by their ids."""
        tokens = {token["id"]: dict(token) for token in self._engine.definition.added}
        return {number: AddedToken(**_without_id(token)) for number, token in sorted(tokens.items())}

    def _add_tokens(self, new_tokens: Any, special_tokens: bool = False) -> int:
        tokens = [new_tokens] if isinstance(new_tokens, (str, AddedToken)) else new_tokens
        return self._extend([_config.flags_of(token, special_tokens) for token in tokens])

    def _convert_token_to_id_with_added_voc(self, token: str) -> int:
        found: int = self.convert_tokens_to_ids(token)
        return found

    def _convert_id_to_token(self, index: int) -> str | None:
        return self._engine.token(int(index))

    # ---- Encoding

    def _encode_plus(
        self, text: Any, text_pair: Any = None, add_special_tokens: bool = True,
        padding_strategy: PaddingStrategy = PaddingStrategy.DO_NOT_PAD,
        truncation_strategy: TruncationStrategy = TruncationStrategy.DO_NOT_TRUNCATE, max_length: int | None = None,
        stride: int = 0, is_split_into_words: bool = False, pad_to_multiple_of: int | None = None,
        padding_side: str | None = None, return_tensors: Any = None, return_token_type_ids: bool | None = None,
        return_attention_mask: bool | None = None, return_overflowing_tokens: bool = False,
        return_special_tokens_mask: bool = False, return_offsets_mapping: bool = False, return_length: bool = False,
        verbose: bool = True, split_special_tokens: bool | None = None, **kwargs: Any,
    ) -> BatchEncoding:
        if _is_for_peer(text, text_pair, is_split_into_words, truncation_strategy, kwargs):
            options = dict(locals())
            for name in ("self", "kwargs", "__class__"):
                options.pop(name, None)
            return super()._encode_plus(**options, **kwargs)
        is_batch = not isinstance(text, str)
        parses = not (self.split_special_tokens if split_special_tokens is None else split_special_tokens)
        cut = None
        if truncation_strategy != TruncationStrategy.DO_NOT_TRUNCATE:
            cut = _core.Cut(max_length, stride, self.truncation_side)
        rows = _core.rows(self._engine, text if is_batch else [text], parses, add_special_tokens, cut)
        if padding_strategy != PaddingStrategy.DO_NOT_PAD:
            length = max_length if padding_strategy == PaddingStrategy.MAX_LENGTH else None
            side = padding_side if padding_side is not None else self.padding_side
            _core.pad_rows(rows, length, pad_to_multiple_of, Pads(
                self.pad_token_id, self.pad_token, self.pad_token_type_id, side))
        names = self.model_input_names
        made, rows = _core.lists(rows, _core.Wanted(
            "token_type_ids" in names if return_token_type_ids is None else return_token_type_ids,
            "attention_mask" in names if return_attention_mask is None else return_attention_mask,
            return_special_tokens_mask, return_offsets_mapping, return_length, return_overflowing_tokens))
        for ids in made["input_ids"]:
            self._eventual_warn_about_too_long_sequence(ids, max_length, verbose)
        if not is_batch and return_tensors is None and not return_overflowing_tokens:
            made = _core.unbatched(made)
        return BatchEncoding(made, rows, tensor_type=return_tensors)

    # ---- Decoding

    def convert_ids_to_tokens(self, ids: Any, skip_special_tokens: bool = False) -> Any:
        """The token of an id, or of each; None where there is none."""
        return Vocabulary.convert_ids_to_tokens(self, ids, skip_special_tokens)

    def _decode(
        self, token_ids: Any, skip_special_tokens: bool = False, clean_up_tokenization_spaces: bool | None = None,
        **kwargs: Any,
    ) -> str:
        if isinstance(token_ids, dict):
            token_ids = token_ids["input_ids"]
        ids = [token_ids] if isinstance(token_ids, int) else token_ids
        text = self._engine.decode(ids, skip_special_tokens)
        cleans = clean_up_tokenization_spaces
        if cleans is None:
            cleans = self.clean_up_tokenization_spaces
        if cleans and self.clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output:
            text = self.clean_up_tokenization(text)
        return text

    # ---- Saving

    @property
    def can_save_slow_tokenizer(self) -> bool:
        """False, so that the folder has the name of this class: AutoTokenizer looks for no other beside a model."""
        return False

    def _save_pretrained(
        self, save_directory: str | os.PathLike[str], file_names: tuple[str, ...], legacy_format: bool | None = None,
        filename_prefix: str | None = None,
    ) -> tuple[str, ...]:
        name = (filename_prefix + "-" if filename_prefix else "") + _config.VOCABULARY
        return (*file_names, *self._engine.definition.write(os.fspath(save_directory), name))


def _engine_of(path: str | None, peer: Any) -> Engine:
    if peer is not None:
        return Engine(Definition(peer.to_str().encode()))
    if path is None:
        raise ValueError("the folder has no tokenizer.json, which is all that Malmoi reads here")
    return Engine(Definition.of_file(path))


def _without_id(token: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in token.items() if name != "id"}


def _is_for_peer(text: Any, pair: Any, is_split: bool, cut: TruncationStrategy, others: dict[str, Any]) -> bool:
    """Whether a call asks for what Malmoi does not do; wrong types are among it."""
    if pair is not None or is_split or cut not in _CUTS or others.get("sanitize_control_tokens"):
        return True
    if isinstance(text, str):
        return False
    return not isinstance(text, (list, tuple)) or not text or not all(isinstance(one, str) for one in text)
