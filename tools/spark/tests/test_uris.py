# SPDX-License-Identifier: Apache-2.0
"""Inputs by URI are staged, and what is made of them says the URIs, not where the copies were."""
import os
import shutil
import urllib.parse

import pytest

from conftest import SAMPLE, same

NAMES = ["law.txt.zst", "news.jsonl.zst", "stories.txt"]


@pytest.fixture(scope="module")
def bucket():
    """A local server of S3 with a small corpus, and a file that is none of a corpus."""
    boto3 = pytest.importorskip("boto3")
    from moto.server import ThreadedMotoServer

    place = urllib.parse.urlparse(os.environ["AWS_ENDPOINT_URL"])
    server = ThreadedMotoServer(ip_address=place.hostname, port=place.port, verbose=False)
    server.start()
    client = boto3.client("s3", endpoint_url=place.geturl())
    client.create_bucket(Bucket="corpus")
    for name in [*NAMES, "LICENSES.md"]:
        client.put_object(Bucket="corpus", Key=f"ko/{name[0]}/{name}", Body=(SAMPLE / name).read_bytes())
    yield "s3://corpus/ko"
    server.stop()


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """A directory in which the command finds the same by the same names."""
    root = tmp_path_factory.mktemp("local")
    for name in [*NAMES, "LICENSES.md"]:
        target = root / "s3:" / "corpus" / "ko" / name[0] / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SAMPLE / name, target)
    return root


@pytest.mark.parametrize("end", ["", "/s/stories.txt", "/*/*.zst"])
def test_directories_files_and_patterns(spark, bucket, local, command, tmp_path, end):
    import malmoi.spark

    command("count", bucket + end, "--output", tmp_path / "one.counts", "--quiet", cwd=local)
    malmoi.spark.count(spark, bucket + end, tmp_path / "spark.counts", unit_bytes=0)
    assert same(tmp_path / "spark.counts", tmp_path / "one.counts")


def test_encoding(spark, bucket, local, command, tokenizer, tmp_path):
    import malmoi.spark

    options = ["--tokenizer", tokenizer, "--shard-input-bytes", 0, "--append-eod", "--provenance", "--quiet"]
    command("encode", bucket, *options, "--output", tmp_path / "one" / "set", cwd=local)
    malmoi.spark.encode(
        spark, bucket, tmp_path / "spark" / "set", tokenizer, shard_input_bytes=0, append_eod=True, provenance=True)
    made = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert "set-00002.provenance.csv.gz" in made
    assert made == sorted(os.listdir(tmp_path / "spark"))
    for name in made:
        assert same(tmp_path / "one" / name, tmp_path / "spark" / name), name


def test_what_is_not_there(bucket, tmp_path):
    import malmoi
    import malmoi.spark

    with pytest.raises(OSError, match="s3://corpus/en: no such file; check the path"):
        malmoi.spark.count(None, "s3://corpus/en", tmp_path / "x.counts")
    with pytest.raises(malmoi.InvalidArgumentError, match="a.txt: a relative path beside s3://corpus/ko"):
        malmoi.spark.count(None, ["a.txt", bucket], tmp_path / "x.counts")
