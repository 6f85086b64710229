# SPDX-License-Identifier: Apache-2.0
"""A tokenizer's files as they travel to executors: once each, by a broadcast."""
from __future__ import annotations

import hashlib
import os
import tempfile

from .._errors import InputOutputError, NotFoundError


class TokenizerFiles:
    """The files of a tokenizer by their names, and where they lie on this machine."""

    def __init__(self, path: str):
        """Reads them.

        Args:
            path: A directory that `malmoi train` has made, or a file.

        Raises:
            NotFoundError, InputOutputError: There is none, or it cannot be read.
        """
        self.is_directory = os.path.isdir(path)
        self.name = os.path.basename(os.path.abspath(path))
        names = sorted(os.listdir(path)) if self.is_directory else [self.name]
        folder = path if self.is_directory else os.path.dirname(os.path.abspath(path))
        self.files: dict[str, bytes] = {}
        try:
            for name in names:
                if not os.path.isdir(os.path.join(folder, name)):
                    with open(os.path.join(folder, name), "rb") as file:
                        self.files[name] = file.read()
        except FileNotFoundError:
            raise NotFoundError(f"{path}: no such file; check the path") from None
        except OSError as error:
            raise InputOutputError(f"{path}: {error.strerror}") from error
        self.sha256 = self._digest()

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for name, content in self.files.items():
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    def unpacked(self) -> str:
        """The path of a copy on this machine, made once for each executor."""
        folder = os.path.join(_scratch(), f"malmoi-tokenizer-{self.sha256}")
        if not os.path.isdir(folder):
            made = tempfile.mkdtemp(prefix=".malmoi-tokenizer-", dir=_scratch())
            inside = os.path.join(made, self.name) if self.is_directory else made
            os.makedirs(inside, exist_ok=True)
            for name, content in self.files.items():
                with open(os.path.join(inside, name), "wb") as file:
                    file.write(content)
            try:
                os.rename(made, folder)
            except OSError:
                # Another task of this executor was faster.
                if not os.path.isdir(folder):
                    raise
        return os.path.join(folder, self.name)


def _scratch() -> str:
    """A directory of this executor alone, which Spark removes with it."""
    from pyspark import SparkFiles

    return os.path.abspath(SparkFiles.getRootDirectory())
