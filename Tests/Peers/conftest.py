# SPDX-License-Identifier: Apache-2.0
"""What the tests share: the documents of the sample, and tokenizers trained once each."""
import pytest

from browser import browser  # noqa: F401
from command import BINARY, EOD, SAMPLE, SHARED, documents_of, malmoi


def pytest_configure(config):
    if not BINARY.exists():
        raise pytest.UsageError(f"{BINARY} is missing: swift build -c release --product malmoi")


@pytest.fixture(scope="session")
def sample_documents():
    """The documents of the sample, in NFC."""
    return documents_of(SAMPLE)


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Trains on the sample, once for each list of options; gives the directory."""
    made = {}

    def train(size, *options):
        key = (size, *options)
        if key not in made:
            made[key] = tmp_path_factory.mktemp("tokenizer") / "out"
            malmoi("train", SAMPLE, "--vocab-size", size, "--output", made[key], *options)
        return made[key]

    return train


@pytest.fixture(scope="session")
def tokenizer(trained):
    """A tokenizer of 8,000 types with an end-of-document token; normalises to NFC."""
    return trained(8000, "--special-token", EOD)


@pytest.fixture(scope="session")
def plain_tokenizer(trained):
    """The same, of text as it is."""
    return trained(8000, "--special-token", EOD, "--normalizer", "none")


@pytest.fixture(scope="session")
def small_tokenizer(trained):
    """A tokenizer of 1,000 types, where which one does not matter."""
    return trained(1000, "--special-token", EOD)


@pytest.fixture(scope="session")
def shared_file():
    """A file of the collection beside the repository; the test is skipped where it is missing."""

    def find(path):
        if not (SHARED / path).exists():
            pytest.skip(f"../shared/{path} is not here")
        return SHARED / path

    return find


@pytest.fixture
def corpus(tmp_path):
    """Two small documents in a file."""
    path = tmp_path / "corpus.txt"
    path.write_text("나는 밥을 먹는다\n너는 국을 먹는다\n")
    return path
