# SPDX-License-Identifier: Apache-2.0
"""Malmoi on Apache Spark: many machines, and the same bytes as the command `malmoi` on one.

>>> import malmoi.spark                                                       # doctest: +SKIP
>>> malmoi.spark.count(spark, "corpus", "/shared/corpus.counts")               # doctest: +SKIP
>>> malmoi.spark.encode(spark, "corpus", "/shared/tokens", "tokenizer")        # doctest: +SKIP

Executors need this package, and see inputs and outputs under the driver's paths.
"""
from __future__ import annotations

from .._lazy import attribute

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from ._count import count
    from ._encode import encode
    from ._stats import stats
    from ._texts import count_texts

_MODULES = {"count": "_count", "count_texts": "_texts", "encode": "_encode", "stats": "_stats"}

__all__ = ["count", "count_texts", "encode", "stats"]


def __getattr__(name: str) -> Any:
    return attribute(__name__, _MODULES, name)


def __dir__() -> list[str]:
    return sorted(__all__)
