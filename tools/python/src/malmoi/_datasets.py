# SPDX-License-Identifier: Apache-2.0
"""For `map` of Hugging Face's datasets."""
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ._memory import arrow_values
from ._parquet import list_array

if TYPE_CHECKING:
    import pyarrow as pa

    from ._tokenizer import Tokenizer


class DatasetEncoder:
    """A function for `datasets.Dataset.map(…, batched=True)`, which adds a column of ids.

    It can be pickled, for `num_proc`, and is the same in every process, so that `datasets` finds what it has cached.
    With `data.with_format("arrow")` texts and ids pass without Python's objects.

    Args:
        tokenizer: What encodes.
        column: The column of texts.
        ids_column: The new column.
        lengths_column: One more, of the numbers of ids; None for none.
        add_special_tokens, parse_special_tokens, threads: As of `Tokenizer.encode_batch`; one thread is right beside
            `num_proc`.
    """

    def __init__(
        self, tokenizer: Tokenizer, column: str = "text", ids_column: str = "input_ids",
        lengths_column: str | None = None, *, add_special_tokens: bool = False, parse_special_tokens: bool = False,
        threads: int | None = 1,
    ):
        self.tokenizer = tokenizer
        self.column = column
        self.ids_column = ids_column
        self.lengths_column = lengths_column
        self._options: dict[str, Any] = {
            "add_special_tokens": add_special_tokens, "parse_special_tokens": parse_special_tokens, "threads": threads,
        }

    def __call__(self, batch: Mapping[str, Any] | pa.Table) -> Any:
        """The new columns of a batch of rows; of a Table another with these columns."""
        ids = self.tokenizer.encode_batch(batch[self.column], **self._options)
        if isinstance(batch, Mapping):
            made: dict[str, Any] = {self.ids_column: list(ids)}
            if self.lengths_column:
                made[self.lengths_column] = ids.lengths
            return made
        batch = batch.append_column(self.ids_column, list_array(ids))
        if self.lengths_column:
            batch = batch.append_column(self.lengths_column, arrow_values(ids.lengths))
        return batch
