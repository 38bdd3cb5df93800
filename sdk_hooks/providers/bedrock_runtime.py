"""Reads answers of Amazon Bedrock's runtime: Converse, and InvokeModel in the formats of the models it serves.

`inputTokens` excludes what was read from and written to the cache; the report's input includes both. Bedrock
adds the counts of every InvokeModel call in headers and of every streamed one in a closing
`amazon-bedrock-invocationMetrics`, whatever the model's own format.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sdk_hooks import attributes as names
from sdk_hooks.providers.anthropic_messages import AnthropicMessages
from sdk_hooks.providers.openai_api import ChatCompletions
from sdk_hooks.providers.report import Report, count, items, text

SERVICE_TIERS = {"default": "standard", "priority": "priority", "flex": "flex", "reserved": "priority"}
"""`reserved` is capacity paid for ahead; of our classes `priority` is the one with its latency."""

_HEADER_COUNTS = {
    "inputTokens": "x-amzn-bedrock-input-token-count",
    "outputTokens": "x-amzn-bedrock-output-token-count",
    "cacheReadInputTokens": "x-amzn-bedrock-cache-read-input-token-count",
    "cacheWriteInputTokens": "x-amzn-bedrock-cache-write-input-token-count",
}
_METRIC_COUNTS = {
    "inputTokens": "inputTokenCount",
    "outputTokens": "outputTokenCount",
    "cacheReadInputTokens": "cacheReadInputTokenCount",
    "cacheWriteInputTokens": "cacheWriteInputTokenCount",
}
_CLAUDE = AnthropicMessages()
_GPT = ChatCompletions()


class _Bedrock:
    operation = names.OPERATION_CHAT
    provider = "aws.bedrock"
    # Bedrock tells nothing of how much of a quota is left.
    rate_limit_headers: Mapping[bytes, str] = {}

    def absent_usage(self, body: dict[str, Any]) -> str:
        """Bedrock reports the usage of every answer; one without it lacked it."""
        return "not_reported"


class Converse(_Bedrock):
    """`Converse` and `ConverseStream`, decoded by botocore."""

    def read_response(self, response: Any, report: Report) -> None:
        """Read the whole answer."""
        if reason := text(response.get("stopReason")):
            report.told[names.FINISH_REASONS] = (reason,)
        _read_tier(response, report)
        _read_counts(_map(response.get("usage")), report)
        report.complete = True

    def read_event(self, event: Any, report: Report) -> None:
        """Read one event: pieces, then `messageStop` with the reason, then `metadata` with the usage."""
        if "contentBlockDelta" in event:
            report.has_content = True
            piece = text(_map(_map(event["contentBlockDelta"]).get("delta")).get("text"))
            if report.output_text is not None and piece:
                report.output_text.append(piece)
        elif "messageStop" in event:
            if reason := text(_map(event["messageStop"]).get("stopReason")):
                report.told[names.FINISH_REASONS] = (reason,)
        elif "metadata" in event:
            about = _map(event["metadata"])
            _read_tier(about, report)
            _read_counts(_map(about.get("usage")), report)
            report.complete = True


class InvokeModel(_Bedrock):
    """`InvokeModel` and `InvokeModelWithResponseStream`: Bedrock's own counts, and the model's format if known."""

    def __init__(self, embeds: bool = False) -> None:
        if embeds:
            self.operation = names.OPERATION_EMBEDDINGS
        self._embeds = embeds

    def read_response(self, response: Any, report: Report) -> None:
        """Read the answer's headers (botocore's `ResponseMetadata`), or its body."""
        if isinstance(response, Mapping):
            headers = _map(response.get("HTTPHeaders"))
            _read_counts({ours: _number(headers.get(name)) for ours, name in _HEADER_COUNTS.items()}, report)
        else:
            try:
                body = json.loads(response)
            except ValueError:
                # Sound or pictures, whose counts stand in the headers.
                return
            if isinstance(body, dict):
                self._read_body(body, report)
            report.complete = True
        if self._embeds and names.INPUT_TOKENS in report.told:
            report.told.setdefault(names.OUTPUT_TOKENS, 0)

    def read_event(self, event: Any, report: Report) -> None:
        """Read one `chunk`, which holds an event of the model's own stream."""
        data = _map(event.get("chunk")).get("bytes")
        if data is None:
            return
        piece = json.loads(data)
        if not isinstance(piece, dict):
            return
        if piece.get("type") != "message_start":
            report.has_content = True
        if piece.get("type") in ("message_start", "message_delta", "message_stop"):
            _CLAUDE.read_event(piece, report)
        elif _map(piece.get("usage")):
            self._read_body(piece, report)
        metrics = _map(piece.get("amazon-bedrock-invocationMetrics"))
        if metrics:
            _read_counts({ours: metrics.get(name) for ours, name in _METRIC_COUNTS.items()}, report)
            report.complete = True

    def _read_body(self, body: dict[str, Any], report: Report) -> None:
        usage = _map(body.get("usage"))
        if "input_tokens" in usage:
            _CLAUDE.read_response(body, report)
        elif "prompt_tokens" in usage:
            _GPT.read_response(body, report)
        elif "inputTokens" in usage:
            _read_counts(usage, report)
        reason = text(body.get("stop_reason")) or text(body.get("stopReason"))
        if reason:
            report.told[names.FINISH_REASONS] = (reason,)


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(header: Any) -> int | None:
    return int(header) if isinstance(header, str) and header.isdigit() else None


def _read_tier(answer: Mapping[str, Any], report: Report) -> None:
    if service := SERVICE_TIERS.get(text(_map(answer.get("serviceTier")).get("type")) or ""):
        report.told[names.SERVICE_CLASS] = service


def _read_counts(usage: Mapping[str, Any], report: Report) -> None:
    told = report.told
    fresh = count(usage.get("inputTokens"))
    read, written = count(usage.get("cacheReadInputTokens")), count(usage.get("cacheWriteInputTokens"))
    if fresh is not None:
        told[names.INPUT_TOKENS] = fresh + (read or 0) + (written or 0)
    if read is not None:
        told[names.CACHE_READ_TOKENS] = read
    if written is not None:
        told[names.CACHE_WRITE_TOKENS] = written
    details = [one for one in items(usage.get("cacheDetails")) if isinstance(one, Mapping)]
    if details:
        told[names.CACHE_WRITE_LONG_TOKENS] = sum(
            count(one.get("inputTokens")) or 0 for one in details if one.get("ttl") == "1h"
        )
    if (output := count(usage.get("outputTokens"))) is not None:
        told[names.OUTPUT_TOKENS] = output
