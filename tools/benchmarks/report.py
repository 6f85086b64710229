# SPDX-License-Identifier: Apache-2.0
"""Tables and ratios."""

from dataclasses import dataclass
from statistics import median
from typing import Callable, Sequence

from measure import Run


@dataclass
class Result:
    """What a benchmark found."""

    text: str
    record: dict
    #: Whether every peer that ought to agree with malmoi does.
    agrees: bool


def table(header: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[int]) -> str:
    """Aligned columns, those in `left` to the left; a row of two cells is a name and a reason."""
    whole = [row for row in [header, *rows] if len(row) == len(header)]
    widths = [max(len(row[column]) for row in whole) for column in range(len(header))]
    widths[0] = max(len(row[0]) for row in [header, *rows])
    lines = []
    for row in [header, *rows]:
        if len(row) == len(header):
            cells = [cell.ljust(width) if column in left else cell.rjust(width)
                     for column, (cell, width) in enumerate(zip(row, widths))]
        else:
            cells = [row[0].ljust(widths[0]), row[1]]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def ratios(runs: Sequence[Run], base: Sequence[Run], value: Callable[[Run], float]) -> list[float]:
    """The quotient of each run by malmoi's in the same round."""
    return [value(one) / value(other) for one, other in zip(runs, base)]


def spread(values: Sequence[float]) -> str:
    """The median and, if there are several, the least and the greatest."""
    if len(values) == 1:
        return f"{values[0]:.2f}"
    return f"{median(values):.2f} ({min(values):.2f}..{max(values):.2f})"


def counted(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def middle(runs: Sequence[Run], value: Callable[[Run], float]) -> float:
    """The median of a value over the rounds."""
    return median(value(run) for run in runs)


def wall(run: Run) -> float:
    """The wall time of a run in seconds."""
    return run.wall_seconds


def cpu(run: Run) -> float:
    """The CPU time of a run in seconds, all threads together."""
    return run.cpu_seconds


def raw_rows(runs: dict[str, list[Run]]) -> list[dict]:
    """Every run for the JSON file."""
    return [{"row": name, "round": number} | vars(run)
            for name, several in runs.items() for number, run in enumerate(several, start=1)]
