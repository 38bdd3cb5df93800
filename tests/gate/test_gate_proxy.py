"""The recording proxy between real clients and the local provider server: same answers, exact usage, nothing kept."""

import gzip
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import anthropic
import httpx
import openai
import pytest
from google import genai

from cli.errors import UsageError
from cli.gate.proxy.mounts import led, mounts_of
from cli.gate.proxy.running import Proxy, proxy
from cli.gate.proxy.spans import Run
from examples.provider_server import API_KEY, ProviderServer
from examples.wire.provider import Provider

KEY = "k1"
SECRET = "the secret question of the test"
ASKED = [{"role": "user", "content": SECRET}]


@dataclass
class Recorded:
    """What the proxy recorded, and where clients find it."""

    server: ProviderServer
    running: Proxy | None = None
    lines: list[bytes] = field(default_factory=list)
    refusal: str = ""

    def url(self, variable: str) -> str:
        assert self.running is not None
        return led(self.running.mounts, self.running.port, KEY, {})[variable]

    def spans(self) -> list[dict[str, Any]]:
        assert self.running is not None
        self.running.settle(KEY)
        found = []
        for line in self.lines:
            for span in json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"]:
                values = {one["key"]: next(iter(one["value"].values())) for one in span["attributes"]}
                found.append({**span, "attributes": values})
        return found

    def only(self) -> dict[str, Any]:
        (span,) = self.spans()
        attributes: dict[str, Any] = span["attributes"]
        return attributes


@pytest.fixture(scope="module")
def server() -> Iterator[ProviderServer]:
    with ProviderServer(Provider(seed=3, run="proxy", time_scale=0.0)) as found:
        yield found


@pytest.fixture
def recorded(server: ProviderServer) -> Iterator[Recorded]:
    found = Recorded(server)
    environment = {
        "ANTHROPIC_BASE_URL": server.anthropic_url,
        "OPENAI_BASE_URL": server.openai_url,
        "GOOGLE_GEMINI_BASE_URL": server.gemini_url,
    }
    mounts = mounts_of(environment, [])
    with proxy(mounts, lambda key, line: found.lines.append(line), lambda: found.refusal) as running:
        running.forwarder.runs[KEY] = Run("head-1", "case 1", {"service.name": "agent"})
        found.running = running
        yield found


def anthropic_client(recorded: Recorded) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=recorded.url("ANTHROPIC_BASE_URL"), api_key=API_KEY, max_retries=0)


def openai_client(recorded: Recorded) -> openai.OpenAI:
    return openai.OpenAI(base_url=recorded.url("OPENAI_BASE_URL"), api_key=API_KEY, max_retries=0)


def counts(attributes: dict[str, Any]) -> tuple[int, int]:
    return int(attributes["gen_ai.usage.input_tokens"]), int(attributes["gen_ai.usage.output_tokens"])


def test_anthropic_whole(recorded: Recorded) -> None:
    answer = anthropic_client(recorded).messages.create(
        model="claude-haiku-4-5", max_tokens=50, system="Be brief.", messages=ASKED  # type: ignore[arg-type]
    )  # fmt: skip
    told = recorded.only()
    assert counts(told) == (answer.usage.input_tokens, answer.usage.output_tokens)
    assert told["gen_ai.response.id"] == answer.id
    assert (told["gen_ai.provider.name"], told["gen_ai.request.model"]) == ("anthropic", "claude-haiku-4-5")
    assert (told["spanledger.case.id"], told["spanledger.run.id"]) == ("case 1", "head-1")
    assert int(told["spanledger.prompt.segment.user"]) > int(told["spanledger.prompt.segment.system"]) > 0


def test_anthropic_stream(recorded: Recorded) -> None:
    with anthropic_client(recorded).messages.stream(
        model="claude-sonnet-4-5", max_tokens=80, messages=ASKED  # type: ignore[arg-type]
    ) as stream:  # fmt: skip
        assert "".join(stream.text_stream)
        answer = stream.get_final_message()
    told = recorded.only()
    assert counts(told) == (answer.usage.input_tokens, answer.usage.output_tokens)
    assert told["gen_ai.request.stream"] is True
    assert float(told["gen_ai.response.time_to_first_chunk"]) > 0


@pytest.mark.parametrize("asks", [True, False])
def test_a_streamed_chat_reports_usage_whether_it_asks_or_not(recorded: Recorded, asks: bool) -> None:
    options: Any = {"stream_options": {"include_usage": True}} if asks else {}
    chunks = list(
        openai_client(recorded).chat.completions.create(
            model="gpt-4o-mini", messages=ASKED, stream=True, **options
        )
    )
    assert any(chunk.usage for chunk in chunks) is asks
    assert all(chunk.choices for chunk in chunks) is not asks
    told = recorded.only()
    if asks:
        usage = chunks[-1].usage
        assert usage is not None
        assert counts(told) == (usage.prompt_tokens, usage.completion_tokens)
    assert min(counts(told)) > 0


@pytest.mark.parametrize("stream", [True, False])
def test_openai_responses(recorded: Recorded, stream: bool) -> None:
    client = openai_client(recorded)
    if stream:
        events = client.responses.create(model="gpt-4o", input=SECRET, stream=True)
        usage = next(event.response.usage for event in events if event.type == "response.completed")
    else:
        usage = client.responses.create(model="gpt-4o", input=SECRET).usage
    assert usage is not None
    assert counts(recorded.only()) == (usage.input_tokens, usage.output_tokens)


def test_openai_embeddings(recorded: Recorded) -> None:
    found = openai_client(recorded).embeddings.create(model="text-embedding-3-small", input=SECRET)
    assert counts(recorded.only()) == (found.usage.prompt_tokens, 0)


@pytest.mark.parametrize("stream", [True, False])
def test_gemini(recorded: Recorded, stream: bool) -> None:
    options = genai.types.HttpOptions(base_url=recorded.url("GOOGLE_GEMINI_BASE_URL"))
    client = genai.Client(api_key=API_KEY, http_options=options)
    if stream:
        answers = list(client.models.generate_content_stream(model="gemini-2.5-flash", contents=SECRET))
    else:
        answers = [client.models.generate_content(model="gemini-2.5-flash", contents=SECRET)]
    usage = answers[-1].usage_metadata
    assert usage is not None
    told = recorded.only()
    assert told["gen_ai.request.model"] == "gemini-2.5-flash"
    expected = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
    assert counts(told) == (usage.prompt_token_count, expected)


def test_gemini_as_a_list(recorded: Recorded) -> None:
    url = f"{recorded.url('GOOGLE_GEMINI_BASE_URL')}/v1beta/models/gemini-2.5-flash:streamGenerateContent"
    body = {"contents": [{"role": "user", "parts": [{"text": SECRET}]}]}
    answer = httpx.post(url, json=body, headers={"x-goog-api-key": API_KEY})
    assert answer.status_code == 200
    assert min(counts(recorded.only())) > 0


def test_no_text_and_no_key_is_recorded(recorded: Recorded) -> None:
    anthropic_client(recorded).messages.create(model="claude-haiku-4-5", max_tokens=9, messages=ASKED)  # type: ignore[arg-type]
    list(openai_client(recorded).chat.completions.create(model="gpt-4o", messages=ASKED, stream=True))  # type: ignore[arg-type, call-overload]
    recorded.spans()
    whole = b"".join(recorded.lines).decode()
    assert whole.count("spanId") == 2
    for word in (SECRET, "secret question", API_KEY):
        assert word not in whole


class Provider17(BaseHTTPRequestHandler):
    """A provider that knows no stream options, packs what it sends, and remembers who asked."""

    asked: ClassVar[list[tuple[dict[str, str], dict[str, Any]]]] = []

    def log_message(self, *_: object) -> None:
        return

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((dict(self.headers.items()), body))
        if "stream_options" in body:
            self._answer(400, b'{"error": {"message": "unknown field stream_options", "type": "bad"}}')
            return
        usage = {"prompt_tokens": 7, "completion_tokens": 5}
        self._answer(200, json.dumps({"id": "1", "model": "m", "choices": [], "usage": usage}).encode())

    def _answer(self, status: int, data: bytes) -> None:
        packed = gzip.compress(data)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(packed)))
        self.end_headers()
        self.wfile.write(packed)


def test_headers_pass_packed_answers_are_unpacked_and_unknown_options_taken_back() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider17)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    lines: list[bytes] = []
    mounts = mounts_of({}, [f"LLM_URL=http://127.0.0.1:{server.server_address[1]}/v9"])
    try:
        with proxy(mounts, lambda key, line: lines.append(line)) as running:
            running.forwarder.runs[KEY] = Run("r", "c", {})
            url = led(mounts, running.port, KEY, {})["LLM_URL"] + "/chat/completions?beta=1"
            headers = {"authorization": "Bearer s3cr3t", "x-spanledger-case": "c 2", "x-mine": "kept"}
            answer = httpx.post(url, json={"model": "m", "stream": True}, headers=headers)
            running.settle(KEY)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert answer.json()["usage"]["prompt_tokens"] == 7
    assert "content-encoding" not in answer.headers
    (first, second) = Provider17.asked
    assert first[1]["stream_options"] == {"include_usage": True}
    assert "stream_options" not in second[1]
    assert second[0]["authorization"] == "Bearer s3cr3t"
    assert second[0]["x-mine"] == "kept"
    assert "x-spanledger-case" not in second[0]
    assert second[0]["Host"].startswith("127.0.0.1:")
    (line,) = lines
    assert b"s3cr3t" not in line
    assert b'"c 2"' in line


def test_a_refusal_of_the_provider_is_told_and_costs_nothing(recorded: Recorded) -> None:
    url = f"{recorded.url('OPENAI_BASE_URL')}/chat/completions"
    answer = httpx.post(url, content=b'{"model": "gpt-4o', headers={"authorization": f"Bearer {API_KEY}"})
    assert answer.status_code == 400
    (span,) = recorded.spans()
    assert span["attributes"]["http.response.status_code"] == "400"
    assert span["attributes"]["error.type"] == answer.json()["error"]["type"]
    assert "gen_ai.usage.output_tokens" not in span["attributes"]
    assert span["status"] == {"code": 2}


def test_a_provider_that_is_away_is_502_and_names_no_key(recorded: Recorded) -> None:
    assert recorded.running is not None
    mounts = mounts_of({"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, [])
    with proxy(mounts, lambda key, line: recorded.lines.append(line)) as running:
        running.forwarder.runs[KEY] = Run("r", "c", {})
        url = led(mounts, running.port, KEY, {})["OPENAI_BASE_URL"]
        answer = httpx.post(
            f"{url}/chat/completions", json={"model": "m"}, headers={"authorization": "Bearer s3cr3t"}
        )
    assert answer.status_code == 502
    assert "http://127.0.0.1:9: ConnectError" in answer.text
    assert b"connection_error" in recorded.lines[-1]
    assert b"s3cr3t" not in recorded.lines[-1]


def test_a_limit_refuses_before_anything_is_sent(recorded: Recorded) -> None:
    recorded.refusal = "stopped: the limit of $1.00 is reached"
    with pytest.raises(anthropic.BadRequestError, match="the limit of"):
        anthropic_client(recorded).messages.create(model="claude-haiku-4-5", max_tokens=9, messages=ASKED)  # type: ignore[arg-type]
    assert recorded.spans() == []


def test_what_is_no_model_call_passes_unrecorded(recorded: Recorded) -> None:
    counted = anthropic_client(recorded).messages.count_tokens(model="claude-haiku-4-5", messages=ASKED)  # type: ignore[arg-type]
    assert counted.input_tokens > 0
    assert recorded.spans() == []


def test_a_stream_that_is_left_early_is_told_as_such(recorded: Recorded) -> None:
    with anthropic_client(recorded).messages.create(
        model="claude-sonnet-4-5", max_tokens=400, messages=ASKED, stream=True  # type: ignore[arg-type]
    ) as stream:  # fmt: skip
        next(iter(stream))
    (span,) = recorded.spans()
    told = span["attributes"]
    assert "spanledger.usage.missing_reason" in told or "gen_ai.usage.output_tokens" in told


def test_a_case_and_a_trace_can_come_with_the_call(recorded: Recorded) -> None:
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    anthropic_client(recorded).messages.create(
        model="claude-haiku-4-5", max_tokens=9, messages=ASKED,  # type: ignore[arg-type]
        extra_headers={"x-spanledger-case": "gr%C3%B6%C3%9Fe 7", "traceparent": f"00-{trace}-{parent}-01"},
    )  # fmt: skip
    (span,) = recorded.spans()
    assert (span["traceId"], span["parentSpanId"]) == (trace, parent)
    assert span["attributes"]["spanledger.case.id"] == "größe 7"


def test_calls_at_once_are_all_recorded(recorded: Recorded) -> None:
    client = openai_client(recorded)
    threads = [
        threading.Thread(
            target=lambda: client.chat.completions.create(model="gpt-4o-mini", messages=ASKED)  # type: ignore[arg-type]
        )
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spans = recorded.spans()
    assert len(spans) == 20
    assert len({span["spanId"] for span in spans}) == 20
    assert len({span["traceId"] for span in spans}) == 1


def test_curl(recorded: Recorded) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    body = json.dumps({"model": "gpt-4o-mini", "messages": ASKED, "stream": True})
    command = ["curl", "-sSN", f"{recorded.url('OPENAI_BASE_URL')}/chat/completions"]
    command += ["-H", f"Authorization: Bearer {API_KEY}", "-H", "Content-Type: application/json", "-d", body]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.rstrip().endswith("data: [DONE]")
    assert min(counts(recorded.only())) > 0


NODE = """
const base = process.env.OPENAI_BASE_URL;
const headers = { authorization: "Bearer " + process.env.KEY, "content-type": "application/json" };
const ask = { method: "POST", headers,
  body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Hi there" }], stream: true }) };
fetch(base + "/chat/completions", ask).then(async answer => {
  let text = ""; for await (const chunk of answer.body) text += new TextDecoder().decode(chunk);
  console.log(text.includes("[DONE]") ? "done" : "cut");
});
"""


def test_node(recorded: Recorded) -> None:
    node = shutil.which("node")
    can = [node, "-e", "process.exit(typeof fetch === 'function' ? 0 : 1)"]
    if node is None or subprocess.run(can, check=False).returncode != 0:  # type: ignore[arg-type]
        pytest.skip("no node with fetch is installed")
    environment = {"OPENAI_BASE_URL": recorded.url("OPENAI_BASE_URL"), "KEY": API_KEY}
    done = subprocess.run([node, "-e", NODE], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "done"
    assert min(counts(recorded.only())) > 0


@pytest.mark.parametrize(
    "text", ["MY_URL", "=https://x.example", "MY URL=https://x.example", "MY_URL=x.example"]
)
def test_a_provider_that_makes_no_sense_is_one_line(text: str) -> None:
    with pytest.raises(UsageError, match=r"expected"):
        mounts_of({}, [text])


def test_addresses_that_are_set_are_where_it_forwards_to() -> None:
    mounts = mounts_of(
        {"OPENAI_API_BASE": "https://gateway.example/openai/v1/"}, ["MY_URL=http://127.0.0.1:1234/llm"]
    )
    assert mounts["OPENAI_BASE_URL"].origin == "https://gateway.example"
    assert mounts["ANTHROPIC_BASE_URL"].origin == "https://api.anthropic.com"
    found = led(mounts, 80, "k", {"NO_PROXY": "corp.example"})
    assert (
        found["OPENAI_BASE_URL"]
        == found["OPENAI_API_BASE"]
        == "http://127.0.0.1:80/k/OPENAI_BASE_URL/openai/v1"
    )
    assert found["MY_URL"] == "http://127.0.0.1:80/k/MY_URL/llm"
    assert found["NO_PROXY"] == "corp.example,127.0.0.1"
