"""Anthropic's Message Batches: accepted at once, answered by the second look, at the batch service tier.
In: decoded bodies; out: batch objects and result lines. Batches live as long as the server."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from examples.wire.anthropic_messages import read_blocks, read_prompt, write_message
from examples.wire.prompt import Hints, Json
from examples.wire.provider import Provider
from examples.wire.reading import BadRequest, as_map, maps
from examples.wire.tokens import digest

LOOKS_UNTIL_ENDED = 2


@dataclass
class _Batch:
    created_at: datetime
    requests: list[Json]
    account: str
    looks: int = 0
    results: list[dict[str, object]] = field(default_factory=list)
    canceled: bool = False

    @property
    def ended(self) -> bool:
        return self.canceled or self.looks >= LOOKS_UNTIL_ENDED


@dataclass
class MessageBatches:
    """The batches of one server."""

    provider: Provider
    _batches: dict[str, _Batch] = field(default_factory=dict)

    def create(self, body: Json, account: str, base_url: str) -> dict[str, object]:
        """Accepts `{"requests": [{"custom_id", "params"}, ...]}`.

        Raises BadRequest when there are none or their ids are not unique.
        """
        requests = maps(body.get("requests"))
        names = [str(request.get("custom_id") or "") for request in requests]
        if not requests or "" in names or len(set(names)) != len(names):
            raise BadRequest("requests: every request needs its own custom_id")
        number = f"msgbatch_{digest(self.provider.seed, self.provider.run, len(self._batches), 'batch')[:24]}"
        self._batches[number] = _Batch(datetime.fromtimestamp(self.provider.clock(), UTC), requests, account)
        return self._describe(number, base_url)

    def look(self, number: str, base_url: str) -> dict[str, object] | None:
        """The batch as it stands, or None when there is none of that number; looking moves it on."""
        batch = self._batches.get(number)
        if batch is None:
            return None
        batch.looks += 1
        if batch.ended and not batch.results:
            batch.results = [self._result(request, batch) for request in batch.requests]
        return self._describe(number, base_url)

    def cancel(self, number: str, base_url: str) -> dict[str, object] | None:
        """Cancels what has not been answered; None when there is none of that number."""
        batch = self._batches.get(number)
        if batch is None:
            return None
        if not batch.results:
            batch.canceled = True
            batch.results = [
                {"custom_id": request.get("custom_id"), "result": {"type": "canceled"}}
                for request in batch.requests
            ]
        return self._describe(number, base_url)

    def results(self, number: str) -> list[dict[str, object]] | None:
        """One object a request, or None while the batch has not ended."""
        batch = self._batches.get(number)
        return batch.results if batch is not None and batch.results else None

    def _result(self, request: Json, batch: _Batch) -> dict[str, object]:
        params = as_map(request.get("params"))
        try:
            prompt, blocks = read_prompt(params, Hints()), read_blocks(params)
        except BadRequest as error:
            refusal = {"type": "error", "error": {"type": "invalid_request_error", "message": str(error)}}
            return {"custom_id": request.get("custom_id"), "result": {"type": "errored", "error": refusal}}
        exchange = self.provider.exchange_claude(prompt, blocks, batch.account, "batch")
        message = write_message(exchange)
        return {"custom_id": request.get("custom_id"), "result": {"type": "succeeded", "message": message}}

    def _describe(self, number: str, base_url: str) -> dict[str, object]:
        batch = self._batches[number]
        kinds = [str(as_map(line.get("result")).get("type")) for line in batch.results]
        done = bool(batch.results)
        counts = {kind: kinds.count(kind) for kind in ("succeeded", "errored", "canceled", "expired")}
        return {
            "id": number,
            "type": "message_batch",
            "processing_status": "ended" if done else "in_progress",
            "request_counts": {"processing": 0 if done else len(batch.requests), **counts},
            "created_at": _iso(batch.created_at),
            "expires_at": _iso(batch.created_at + timedelta(hours=24)),
            "ended_at": _iso(datetime.fromtimestamp(self.provider.clock(), UTC)) if done else None,
            "archived_at": None,
            "cancel_initiated_at": _iso(batch.created_at) if batch.canceled else None,
            "results_url": f"{base_url}/v1/messages/batches/{number}/results" if done else None,
        }


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
