"""OpenAI's Batch API with the files it works on: accepted at once, answered by the second look, at half price.
In: decoded bodies and uploaded lines; out: file and batch objects, lines of answers. Kept as long as the server."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from examples.wire.prompt import Json
from examples.wire.provider import Provider
from examples.wire.reading import BadRequest, as_map
from examples.wire.tokens import digest

LOOKS_UNTIL_ENDED = 2
Answering = Callable[[str, Json, str], tuple[int, Json]]
"""From endpoint, body and account to status and answer."""


@dataclass
class _Batch:
    created_at: int
    endpoint: str
    input_file_id: str
    account: str
    looks: int = 0
    output_file_id: str = ""
    error_file_id: str = ""
    total: int = 0
    failed: int = 0
    canceled: bool = False


@dataclass
class OpenAIBatches:
    """The files and batches of one server; `answering` is what answers a request outside of a batch."""

    provider: Provider
    answering: Answering
    _files: dict[str, tuple[str, str, bytes]] = field(default_factory=dict)
    _batches: dict[str, _Batch] = field(default_factory=dict)

    def upload(self, name: str, purpose: str, content: bytes) -> dict[str, object]:
        """Keeps a file."""
        number = f"file-{digest(self.provider.seed, self.provider.run, len(self._files), 'file')[:24]}"
        self._files[number] = (name, purpose, content)
        return self.file(number) or {}

    def file(self, number: str) -> dict[str, object] | None:
        """The file's description, or None when there is none of that number."""
        found = self._files.get(number)
        if found is None:
            return None
        name, purpose, content = found
        return {
            "id": number,
            "object": "file",
            "bytes": len(content),
            "created_at": int(self.provider.clock()),
            "filename": name,
            "purpose": purpose,
            "status": "processed",
        }

    def content(self, number: str) -> bytes | None:
        """What is in the file, or None when there is none of that number."""
        found = self._files.get(number)
        return None if found is None else found[2]

    def create(self, body: Json, account: str) -> dict[str, object]:
        """Accepts `{"input_file_id", "endpoint", "completion_window"}`. Raises BadRequest for an unknown file."""
        input_file_id = str(body.get("input_file_id"))
        if input_file_id not in self._files:
            raise BadRequest(f"No such File object: {input_file_id}")
        number = f"batch_{digest(self.provider.seed, self.provider.run, len(self._batches), 'gpt')[:24]}"
        created_at = int(self.provider.clock())
        self._batches[number] = _Batch(created_at, str(body.get("endpoint")), input_file_id, account)
        return self._describe(number)

    def look(self, number: str) -> dict[str, object] | None:
        """The batch as it stands, or None when there is none of that number; looking moves it on."""
        batch = self._batches.get(number)
        if batch is None:
            return None
        batch.looks += 1
        if batch.looks >= LOOKS_UNTIL_ENDED and not batch.total and not batch.canceled:
            self._answer(number, batch)
        return self._describe(number)

    def cancel(self, number: str) -> dict[str, object] | None:
        """Cancels a batch that has not been answered; None when there is none of that number."""
        batch = self._batches.get(number)
        if batch is None:
            return None
        batch.canceled = not batch.total
        return self._describe(number)

    def _answer(self, number: str, batch: _Batch) -> None:
        answers: dict[bool, list[str]] = {True: [], False: []}
        for line in self._files[batch.input_file_id][2].splitlines():
            request = as_map(json.loads(line))
            status, body = self.answering(batch.endpoint, as_map(request.get("body")), batch.account)
            identifier = f"batch_req_{digest(number, batch.total)[:24]}"
            response = {"status_code": status, "request_id": identifier, "body": body}
            answer = {"id": identifier, "custom_id": request.get("custom_id")}
            answers[status < 400].append(json.dumps(answer | {"response": response, "error": None}))
            batch.total += 1
        batch.failed = len(answers[False])
        for good, lines in answers.items():
            if lines:
                name = f"{number}_{'output' if good else 'error'}.jsonl"
                kept = str(self.upload(name, "batch_output", "\n".join(lines).encode())["id"])
                if good:
                    batch.output_file_id = kept
                else:
                    batch.error_file_id = kept

    def _describe(self, number: str) -> dict[str, object]:
        batch = self._batches[number]
        status = "cancelled" if batch.canceled else "completed" if batch.total else "in_progress"
        return {
            "id": number,
            "object": "batch",
            "endpoint": batch.endpoint,
            "errors": None,
            "input_file_id": batch.input_file_id,
            "completion_window": "24h",
            "status": status,
            "output_file_id": batch.output_file_id or None,
            "error_file_id": batch.error_file_id or None,
            "created_at": batch.created_at,
            "request_counts": {
                "total": batch.total,
                "completed": batch.total - batch.failed,
                "failed": batch.failed,
            },
            "metadata": None,
        }
