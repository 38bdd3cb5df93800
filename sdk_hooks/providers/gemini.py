"""Reads answers of Gemini's API and of Vertex AI, as decoded JSON or as the client's envelope around it.

The provider's prompt count includes cached tokens; its candidates count excludes thoughts, which the report's
output includes. Tokens that tools put into the prompt are counted apart there and are input here. Field names
are those of the REST API; zero counts are left out of its JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sdk_hooks import attributes as names
from sdk_hooks.providers.report import Report, count, text

TRAFFIC_TYPES = {
    "ON_DEMAND": "standard",
    "ON_DEMAND_PRIORITY": "priority",
    "ON_DEMAND_FLEX": "flex",
    "ON_DEMAND_OFFPEAK": "flex",
}


class _Gemini:
    provider = "gcp.gemini"
    # No header of either says how much of the limit is left.
    rate_limit_headers: Mapping[bytes, str] = {}


class GenerateContent(_Gemini):
    """`:generateContent` and `:streamGenerateContent`."""

    operation = names.OPERATION_GENERATE_CONTENT

    def read_response(self, response: Any, report: Report) -> None:
        """Read a whole `GenerateContentResponse`."""
        answer = json_of(response)
        _read_head(answer, report)
        _read_finish(answer, report)
        _read_usage(answer, report, output=True)
        report.complete = True

    def read_event(self, event: Any, report: Report) -> None:
        """Read one piece. Counts grow from piece to piece; the one with a finish reason has the final ones."""
        piece = json_of(event)
        _read_head(piece, report)
        candidates = _maps(piece.get("candidates"))
        if any(candidate.get("content") for candidate in candidates):
            report.has_content = True
        if report.output_text is not None:
            report.output_text.extend(_texts(candidates))
        if _read_finish(piece, report):
            report.complete = True
        _read_usage(piece, report, output=report.complete)

    def absent_usage(self, body: dict[str, Any]) -> str:
        """Every answer has usage; one without it lacked it."""
        return "not_reported"


class EmbedContent(_Gemini):
    """`:embedContent` and `:batchEmbedContents`; the Gemini API did not report their usage at first."""

    operation = names.OPERATION_EMBEDDINGS

    def read_response(self, response: Any, report: Report) -> None:
        """Read the answer; embeddings have no output tokens, which is a measured zero."""
        usage = _map(json_of(response).get("usageMetadata"))
        _embedded(count(usage.get("promptTokenCount")), report)
        report.complete = True

    def read_event(self, event: Any, report: Report) -> None:
        """Embeddings do not stream."""

    def absent_usage(self, body: dict[str, Any]) -> str:
        """Older models of this endpoint answer without usage."""
        return "not_reported"


class PredictEmbeddings(EmbedContent):
    """Vertex AI's `:predict`, as far as it embeds: each prediction tells the tokens of its text."""

    def read_response(self, response: Any, report: Report) -> None:
        """Read the predictions; what is no embedding has no token counts."""
        given = [
            _map(_map(one.get("embeddings")).get("statistics")).get("token_count")
            for one in _maps(json_of(response).get("predictions"))
        ]
        known = [int(number) for number in given if isinstance(number, (int, float))]
        _embedded(sum(known) if known and len(known) == len(given) else None, report)
        report.complete = True


def json_of(answer: Any) -> Mapping[str, Any]:
    """The decoded body of what the client's request methods give: a dict, or an object that holds its text."""
    if isinstance(answer, Mapping):
        return answer
    body = getattr(answer, "body", None)
    return _map(json.loads(body)) if body else {}


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _maps(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _read_head(answer: Mapping[str, Any], report: Report) -> None:
    if identifier := text(answer.get("responseId")):
        report.told[names.RESPONSE_ID] = identifier
    if model := text(answer.get("modelVersion")):
        report.told[names.RESPONSE_MODEL] = model


def _read_finish(answer: Mapping[str, Any], report: Report) -> bool:
    """Whether the answer says why it ended; a prompt that is blocked has no candidates."""
    reasons = [reason for one in _maps(answer.get("candidates")) if (reason := text(one.get("finishReason")))]
    blocked = text(_map(answer.get("promptFeedback")).get("blockReason"))
    if blocked and not reasons:
        reasons = [blocked]
    if reasons:
        report.told[names.FINISH_REASONS] = tuple(reasons)
    return bool(reasons)


def _read_usage(answer: Mapping[str, Any], report: Report, *, output: bool) -> None:
    usage = _map(answer.get("usageMetadata"))
    prompt = count(usage.get("promptTokenCount"))
    if prompt is None:
        return
    told = report.told
    from_tools = count(usage.get("toolUsePromptTokenCount")) or 0
    thoughts = count(usage.get("thoughtsTokenCount")) or 0
    told[names.INPUT_TOKENS] = prompt + from_tools
    told[names.CACHE_READ_TOKENS] = count(usage.get("cachedContentTokenCount")) or 0
    if service := TRAFFIC_TYPES.get(text(usage.get("trafficType")) or ""):
        told[names.SERVICE_CLASS] = service
    if not output:
        return
    candidates = count(usage.get("candidatesTokenCount"))
    total = count(usage.get("totalTokenCount"))
    if candidates is None and total is not None:
        candidates = max(0, total - prompt - from_tools - thoughts)
    if candidates is not None:
        told[names.OUTPUT_TOKENS] = candidates + thoughts
        told[names.REASONING_TOKENS] = thoughts


def _embedded(tokens: int | None, report: Report) -> None:
    if tokens is not None:
        report.told[names.INPUT_TOKENS] = tokens
        report.told[names.OUTPUT_TOKENS] = 0


def _texts(candidates: list[Mapping[str, Any]]) -> list[str]:
    parts = [part for one in candidates for part in _maps(_map(one.get("content")).get("parts"))]
    return [words for part in parts if (words := text(part.get("text"))) and not part.get("thought")]
