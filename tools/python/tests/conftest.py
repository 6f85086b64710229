# SPDX-License-Identifier: Apache-2.0
"""What the tests share. The library is the one that MALMOI_LIBRARY names, else the one of `swift build -c release`."""
import os
import pathlib
import sys

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
SAMPLE = REPOSITORY / "corpora" / "sample"
VOCABULARY = REPOSITORY / "vocab" / "kogpt-style-64512"
BUILT = REPOSITORY / ".build" / "release"

sys.path.insert(0, str(REPOSITORY / "tools" / "python" / "src"))
sys.path.insert(0, str(REPOSITORY / "Tests" / "Peers"))
os.environ.setdefault("MALMOI_LIBRARY", str(BUILT / "libMalmoiC.so"))
os.environ.setdefault("MALMOI_COMMAND", str(BUILT / "malmoi"))
# Children that are spawned look for the package, too.
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(REPOSITORY / "tools" / "python" / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])

import malmoi  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes minutes; runs where MALMOI_SLOW is set")


def pytest_collection_modifyitems(items):
    if os.environ.get("MALMOI_SLOW"):
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="slow: set MALMOI_SLOW=1"))


@pytest.fixture(scope="session")
def tokenizer():
    """64,512 types, of text as it is, with special tokens."""
    return malmoi.Tokenizer.from_file(VOCABULARY)


@pytest.fixture(scope="session")
def wide_path(tmp_path_factory):
    """A tokenizer.json with ids above 65,535: the same tokens with one more far away."""
    import json

    content = json.loads((VOCABULARY / "tokenizer.json").read_text())
    content["added_tokens"].append({**content["added_tokens"][0], "id": 70_000, "content": "[FAR]"})
    path = tmp_path_factory.mktemp("wide") / "tokenizer.json"
    path.write_text(json.dumps(content))
    return path


@pytest.fixture(scope="session")
def documents():
    """The documents of the sample, as they are."""
    return [document.text for document in malmoi.read(SAMPLE)]


@pytest.fixture(scope="session")
def peer():
    """Hugging Face's tokenizer of the same file."""
    tokenizers = pytest.importorskip("tokenizers")
    return tokenizers.Tokenizer.from_file(str(VOCABULARY / "tokenizer.json"))


@pytest.fixture(scope="session")
def expected(peer, documents):
    """Hugging Face's ids of the sample."""
    return [one.ids for one in peer.encode_batch_fast(documents, add_special_tokens=False)]
