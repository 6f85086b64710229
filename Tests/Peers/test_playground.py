# SPDX-License-Identifier: Apache-2.0
"""The playground's server beside tokenizers, with clients that behave and clients that do not."""
import concurrent.futures
import http.client
import json
import pathlib
import re
import signal
import socket
import subprocess

import pytest
from tokenizers import Tokenizer

import hostile
from command import BINARY, ROOT, complaint, malmoi

NAME = "kogpt-style-64512"
SHIPPED = ROOT / "vocab"


class Playground:
    """A running server."""

    def __init__(self, *arguments):
        self.running = subprocess.Popen(
            [str(BINARY), "playground", "--port", "0", *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.address = self.running.stdout.readline()
        found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/\n", self.address)
        assert found, self.address + self.running.stderr.read()
        self.port = int(found.group(1))
        self.host = f"127.0.0.1:{self.port}"
        self.address = self.address.strip()

    def ask(self, method, path, body=None, headers=None, timeout=60):
        """The status, the headers and the body of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.headers, body

    def post(self, body, timeout=60, **headers):
        headers = {"Content-Type": "application/json", **headers}
        return self.ask("POST", "/api/tokenize", body, headers, timeout)

    def tokenize(self, text, *names, **options):
        body = json.dumps({"text": text, "tokenizers": names or [NAME], **options})
        status, _, answer = self.post(body.encode())
        assert status == 200, answer
        return json.loads(answer)

    def raw(self, sent, timeout=10):
        """All that the server sends on a connection until it closes it."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as connection:
            connection.sendall(sent)
            got = b""
            while piece := connection.recv(1 << 16):
                got += piece
        return got

    def end(self, number=signal.SIGINT):
        self.running.send_signal(number)
        code = self.running.wait(20)
        return code, self.running.stderr.read()


@pytest.fixture(scope="module")
def playground():
    served = Playground()
    yield served
    served.end()


@pytest.fixture(scope="module")
def reference():
    return Tokenizer.from_file(str(SHIPPED / NAME / "tokenizer.json"))


def error_of(body):
    told = json.loads(body)["error"]
    assert told["what"] and told["remedy"]
    return told["what"]


def places(result, source):
    """The bytes of each token, by its place in the normal text."""
    text = (source if result["text"] is None else result["text"]).encode()
    starts = [0, *result["ends"]]
    assert (result["ends"] or [0])[-1] == len(text)
    return [text[start:end] for start, end in zip(starts, result["ends"])]


# ---- Tokens ----


def test_the_shipped_tokenizers_are_listed(playground):
    _, _, body = playground.ask("GET", "/api/tokenizers")
    names = [tokenizer["name"] for tokenizer in json.loads(body)["tokenizers"]]
    assert names == sorted(path.parent.name for path in SHIPPED.glob("*/tokenizer.json"))


def test_ids_of_hostile_strings_are_those_of_tokenizers(playground, reference):
    for text in [*hostile.PLAIN, *hostile.random_mixtures(3, 60), *hostile.random_unicode(4, 60)]:
        result = playground.tokenize(text)["tokenizers"][0]
        expected = reference.encode(text)
        assert result["ids"] == expected.ids, repr(text)
        tokens = places(result, text)
        assert b"".join(tokens).decode() == (text if result["text"] is None else result["text"])
        assert result["counts"]["tokens"] == len(result["ids"])
        assert result["counts"]["bytes"] == len(b"".join(tokens))


def test_every_shipped_tokenizer_gives_the_ids_of_inspect(playground):
    text = "학교에서는 아이들이 뛰어놀았다. 뷁 ㅋㅋㅋ 😀\n<|endoftext|> 2026년"
    names = sorted(path.parent.name for path in SHIPPED.glob("*/tokenizer.json"))
    answer = playground.tokenize(text, *names)
    assert [result["name"] for result in answer["tokenizers"]] == names
    for name, result in zip(names, answer["tokenizers"]):
        shown = json.loads(malmoi(
            "inspect", "tokenizer", SHIPPED / name, "--text", text, "--json").stdout)
        assert result["ids"] == shown["ids"]
    assert answer["counts"] == {
        "characters": len(text), "bytes": len(text.encode()), "eojeols": len(text.split())}


def test_special_tokens_are_parsed_on_request_alone(playground, reference):
    text = "앞 [BOS] 뒤"
    special = reference.token_to_id("[BOS]")
    plain = playground.tokenize(text)["tokenizers"][0]
    assert special not in plain["ids"] and plain["added_tokens"] == []
    parsed = playground.tokenize(text, parse_special_tokens=True)["tokenizers"][0]
    assert parsed["ids"] == reference.encode(text).ids
    [index] = parsed["added_tokens"]
    assert parsed["ids"][index] == special and places(parsed, text)[index] == b"[BOS]"


def test_what_normalisation_changed_is_told(tokenizer):
    served = Playground(f"ours={tokenizer}")
    text = "값 \u1112\u1161\u11ab\u1100\u1173\u11af e\u0301 끝"
    result = served.tokenize(text, "ours")["tokenizers"][0]
    assert result["text"] == "값 한글 é 끝" and result["change_count"] == 2
    reference = Tokenizer.from_file(str(tokenizer / "tokenizer.json"))
    assert result["ids"] == reference.encode(text).ids
    source = text.encode()
    normal = result["text"].encode()
    made, place = b"", 0
    for at in range(0, len(result["changes"]), 4):
        start, end, source_start, source_end = result["changes"][at:at + 4]
        made += source[place:source_start]
        assert len(made) == start
        made += normal[start:end]
        place = source_end
    assert made + source[place:] == normal
    assert len(result["sources"]) == 2 * len(result["ids"])
    assert result["sources"][0] == 0 and result["sources"][-1] == len(source)
    served.end()


def test_no_more_tokens_are_listed_than_asked_for(playground):
    text = "학교에서는 아이들이 " * 50
    whole = playground.tokenize(text, morphemes=True)
    some = playground.tokenize(text, morphemes=True, max_tokens=7)
    result, every = some["tokenizers"][0], whole["tokenizers"][0]
    assert result["ids"] == every["ids"][:7] and result["ends"] == every["ends"][:7]
    assert result["counts"] == every["counts"] and result["counts"]["tokens"] > 7
    assert some["morphemes"]["tags"] == whole["morphemes"]["tags"][:7]
    assert whole["morphemes"]["complete"] and not some["morphemes"]["complete"]


def test_morphemes_are_those_that_the_command_prints(playground, tmp_path):
    text = "학교에서는 아이들이 뛰어놀았다.\n된장찌개를 끓여 먹었습니다 ㅋㅋ\n\nMalmoi 2026"
    found = playground.tokenize(text, morphemes=True)["morphemes"]
    (tmp_path / "text.txt").write_text(text)
    printed = malmoi(
        "morphemes", "--mode", "eojeol", "--documents", "file", "--json",
        tmp_path / "text.txt").stdout.decode().splitlines()
    expected, start = [], 0
    for line in map(json.loads, printed):
        expected += [[start + a, start + b, tag] for a, b, tag in line["morphemes"]]
        start += len(line["text"].encode()) + 1
    assert found["text"] is None
    pairs = zip(found["ranges"][::2], found["ranges"][1::2], found["tags"])
    assert [list(each) for each in pairs] == expected


def test_a_rank_file_is_cut_by_the_named_rule(tokenizer, tmp_path):
    ranks = tmp_path / "ranks.tiktoken"
    ranks.write_bytes((tokenizer / "tokenizer.tiktoken").read_bytes())
    served = Playground(ranks, f"ours={tokenizer}", "--pre-tokenizer", "ranks=gpt2")
    text = "학교에서는 1234 뛰어놀았다!"
    shown = json.loads(malmoi(
        "inspect", "tokenizer", ranks, "--pre-tokenizer", "gpt2", "--text", text, "--json").stdout)
    assert served.tokenize(text, "ranks")["tokenizers"][0]["ids"] == shown["ids"]
    served.end()
    served = Playground(ranks)
    assert "how text is cut" in served.tokenize(text, "ranks")["tokenizers"][0]["error"]["what"]
    served.end()


# ---- What is refused ----


def test_a_body_that_is_too_long_is_refused_before_it_has_come(playground):
    head = f"POST /api/tokenize HTTP/1.1\r\nHost: {playground.host}\r\nContent-Type: application/json\r\n"
    got = playground.raw((head + "Content-Length: 9999999999999\r\n\r\n").encode() + b"{")
    assert got.startswith(b"HTTP/1.1 413 ") and b"Connection: close" in got
    status, headers, body = playground.post(b'{"text": "' + b"a" * (2 << 20) + b'"}')
    assert status == 413 and "2097" in error_of(body) and headers["Connection"] == "close"


def test_the_longest_body_is_answered(playground, reference):
    text = "가나다라 마바사 " * 45_000
    body = json.dumps({"text": text, "tokenizers": [NAME]}, ensure_ascii=False).encode()
    assert len(body) < 1 << 20
    status, _, answer = playground.post(body)
    assert status == 200
    assert json.loads(answer)["tokenizers"][0]["ids"] == reference.encode(text).ids


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", ""])
def test_another_host_is_refused(playground, host):
    for method, path in [("GET", "/"), ("GET", "/api/tokenizers"), ("POST", "/api/tokenize")]:
        status, headers, body = playground.ask(method, path, b"{}", {"Host": host})
        assert status == 403 and error_of(body)
        assert "Access-Control-Allow-Origin" not in headers


def test_another_origin_is_refused(playground):
    for origin in ["http://evil.example", "null", f"https://{playground.host}"]:
        assert playground.post(b"{}", Origin=origin)[0] == 403
    assert playground.post(b"{}", Origin=f"http://{playground.host}")[0] == 200


def test_what_follows_a_refused_head_is_no_request(playground):
    inner = f"GET /api/tokenizers HTTP/1.1\r\nHost: {playground.host}\r\n\r\n".encode()
    for kind, status in [("evil.example", b"403"), (playground.host, b"415")]:
        for length in [f"Content-Length: {len(inner) * 3000}", "Transfer-Encoding: chunked"]:
            head = f"POST /api/tokenize HTTP/1.1\r\nHost: {kind}\r\n{length}\r\n\r\n".encode()
            body = inner * 3000
            if "chunked" in length:
                body = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
            got = playground.raw(head + body)
            assert got.count(b"HTTP/1.1 ") == 1 and got.startswith(b"HTTP/1.1 " + status)


def test_other_methods_types_and_bodies_are_refused(playground):
    status, headers, _ = playground.ask("GET", "/api/tokenize")
    assert status == 405 and headers["Allow"] == "POST"
    status, headers, body = playground.ask("PUT", "/", b"x")
    assert status == 405 and headers["Allow"] == "GET" and error_of(body)
    status, headers, body = playground.ask("HEAD", "/")
    assert status == 405 and body == b""
    assert playground.ask("POST", "/api/tokenize", b"{}")[0] == 415
    assert playground.post(b"{}", **{"Content-Type": "text/plain"})[0] == 415
    assert playground.ask("GET", "/../../etc/passwd")[0] == 404
    for body in [b"", b"{", b"[]", b'{"text": 1}', b'{"text": "\\ud800"}', b'{"text": "\xff"}',
                 b'{"tokenizers": ["none"]}', b'{"other": 1}']:
        status, _, answer = playground.post(body)
        assert status == 400 and error_of(answer), body


def test_answers_keep_the_page_to_itself(playground):
    for path in ["/", "/playground.js", "/api/tokenizers", "/nowhere"]:
        _, headers, _ = playground.ask("GET", path)
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"


def test_the_page_names_no_other_host(playground):
    for path in ["/", "/playground.js", "/cards.js", "/labels.js", "/tokens.js", "/playground.css"]:
        _, _, body = playground.ask("GET", path)
        assert not re.search(rb"https?:|ws:|[\"'(]//", body), path


# ---- Many clients, slow clients ----


def test_requests_at_once_are_all_answered(playground, reference):
    texts = [f"{number}번째 학교에서는 " * (1 + number % 40) for number in range(200)]
    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(playground.tokenize, texts))
    for text, answer in zip(texts, answers):
        assert answer["tokenizers"][0]["ids"] == reference.encode(text).ids


def test_clients_that_stop_in_the_middle_keep_no_one_waiting(playground):
    head = f"POST /api/tokenize HTTP/1.1\r\nHost: {playground.host}\r\nContent-Type: application/json\r\n"
    starts = [b"GET /", head.encode(), (head + "Content-Length: 100\r\n\r\n{").encode(),
              (head + "Content-Length: 900000\r\n\r\n{").encode()]
    stopped = []
    try:
        for number in range(200):
            connection = socket.create_connection(("127.0.0.1", playground.port), timeout=10)
            connection.sendall(starts[number % 4])
            stopped.append(connection)
        assert playground.ask("GET", "/", timeout=10)[0] == 200
        assert playground.tokenize("학교에서는")["tokenizers"][0]["ids"]
    finally:
        for connection in stopped:
            connection.close()


@pytest.mark.slow
def test_a_body_that_does_not_come_is_given_up(playground):
    got = playground.raw((
        f"POST /api/tokenize HTTP/1.1\r\nHost: {playground.host}\r\nContent-Type: application/json\r\n"
        "Content-Length: 900000\r\n\r\n{").encode(), timeout=60)
    assert got.startswith(b"HTTP/1.1 408 ") and b"Connection: close" in got


# ---- Beginning and end ----


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_ends_it(number):
    served = Playground(SHIPPED / NAME)
    served.tokenize("가")
    assert served.end(number) == (0, f"malmoi: playground ended by {number.name}\n")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", served.port), timeout=5)


def test_a_port_in_use_is_told(playground):
    told = complaint("playground", "--port", playground.port, code=74)
    assert told == (
        f"malmoi: port {playground.port} is in use; name another by --port, or 0 for any that is free\n")


def test_only_this_machine_can_connect(playground):
    listening = pathlib.Path("/proc/net/tcp").read_text()
    found = re.findall(rf" ([0-9A-F]{{8}}):{playground.port:04X} 00000000:0000 0A", listening)
    assert found == ["0100007F"]


def test_bad_arguments_are_told():
    assert "no such file" in complaint("playground", "/nonexistent", code=74)
    path = SHIPPED / NAME
    assert "two tokenizers" in complaint("playground", path, path, code=64)
    assert "no tokenizer here" in complaint("playground", path, "--pre-tokenizer", "x=gpt2", code=64)
    complaint("playground", "--port", 65536, code=64)


def test_connections_beyond_the_limit_of_the_process_do_not_end_it():
    served = Playground(SHIPPED / NAME)
    subprocess.run(["prlimit", f"--pid={served.running.pid}", "--nofile=64"], check=True)
    held = []
    try:
        for _ in range(200):
            connection = socket.create_connection(("127.0.0.1", served.port), timeout=5)
            held.append(connection)
    except OSError:
        pass
    for connection in held:
        connection.close()
    for attempt in range(50):
        try:
            assert served.ask("GET", "/")[0] == 200
            break
        except OSError:
            assert attempt < 49
    assert served.end()[0] == 0
