"""Wraps botocore and aiobotocore where each call of a service ends, for the model calls of Amazon Bedrock.

`Converse`, `ConverseStream`, `InvokeModel` and `InvokeModelWithResponseStream` of `bedrock-runtime` are recorded;
every other call of every other service passes untouched.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from opentelemetry.util.types import AttributeValue

from sdk_hooks.attributes import PROVIDER_NAME, SERVER_ADDRESS, SERVER_PORT
from sdk_hooks.bedrock_async_bodies import watch_async_body, watch_async_events
from sdk_hooks.bedrock_bodies import watch_body, watch_events
from sdk_hooks.call import Call
from sdk_hooks.providers.bedrock_runtime import Converse, InvokeModel
from sdk_hooks.providers.report import Api
from sdk_hooks.runtime import RUNTIME
from sdk_hooks.wrapping import admitted, async_call, replace, sync_call

_CONVERSE = Converse()
_INVOKE = InvokeModel()
_INVOKE_EMBEDDING = InvokeModel(embeds=True)

OPERATIONS = {
    "Converse": False,
    "ConverseStream": True,
    "InvokeModel": False,
    "InvokeModelWithResponseStream": True,
}
"""The operations that call a model, and whether they stream."""

_KEPT = "_spanledger_server"


def wrap(module: ModuleType) -> None:
    """Wrap the clients' base class in `botocore.client`."""
    replace(module.BaseClient, "_make_api_call", lambda original: sync_call(original, _begin, _returned))


def wrap_async(module: ModuleType) -> None:
    """Wrap the clients' base class in `aiobotocore.client`, on which aioboto3 stands too."""
    replace(
        module.AioBaseClient, "_make_api_call", lambda original: async_call(original, _begin, _returned_async)
    )


def _begin(client: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call | None:
    operation = str(args[0] if args else kwargs.get("operation_name"))
    streams = OPERATIONS.get(operation)
    if streams is None or not RUNTIME.active:
        return None
    if client.meta.service_model.service_name != "bedrock-runtime":
        return None
    params = args[1] if len(args) > 1 else kwargs["api_params"]
    model = params.get("modelId")
    api: Api = _CONVERSE
    if operation.startswith("Invoke"):
        api = _INVOKE_EMBEDDING if isinstance(model, str) and "embed" in model else _INVOKE
    body = {name: value for name, value in params.items() if name != "body"}
    return admitted(Call(api, {**body, "model": model, "stream": streams}, _server(client)))


def _server(client: Any) -> dict[str, AttributeValue]:
    kept = client.__dict__.get(_KEPT)
    if kept is None:
        parts = urlsplit(client.meta.endpoint_url)
        kept = {
            PROVIDER_NAME: "aws.bedrock",
            SERVER_ADDRESS: parts.hostname or "",
            SERVER_PORT: parts.port or (80 if parts.scheme == "http" else 443),
        }
        client.__dict__[_KEPT] = kept
    server: dict[str, AttributeValue] = kept
    return server


def _returned(call: Call, result: Any) -> None:
    events, body = _answered(call, result)
    if events is not None:
        watch_events(events, call)
    elif body is not None:
        watch_body(body, call)


def _returned_async(call: Call, result: Any) -> None:
    events, body = _answered(call, result)
    if events is not None:
        watch_async_events(events, call)
    elif body is not None:
        result["body"] = watch_async_body(body, call)


def _answered(call: Call, result: Any) -> tuple[Any, Any]:
    """The events, or the body, that the agent is yet to read; neither where everything is said."""
    call.response = result
    about = result.get("ResponseMetadata") or {}
    retries = about.get("RetryAttempts")
    call.retries = retries if isinstance(retries, int) else None
    events = result.get("stream") or (result.get("body") if call.streams else None)
    if events is not None:
        return events, None
    if call.api is _CONVERSE:
        call.read(result)
        call.finish()
        return None, None
    # The counts stand in the headers, whatever the model's own format says.
    call.api.read_response(about, call.report)
    return None, result["body"]
