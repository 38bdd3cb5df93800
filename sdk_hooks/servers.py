"""Who answers a client's calls: provider name and server address, from the client and its base address.

Read once per client and base address, as taking a URL apart costs more than everything else about a call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry.util.types import AttributeValue

from sdk_hooks.attributes import PROVIDER_NAME, SERVER_ADDRESS, SERVER_PORT
from sdk_hooks.providers.report import Api

PROVIDERS_BY_HOST = {
    "api.openai.com": "openai",
    "api.anthropic.com": "anthropic",
    "api.deepseek.com": "deepseek",
    "api.groq.com": "groq",
    "api.mistral.ai": "mistral_ai",
    "api.moonshot.ai": "moonshot_ai",
    "api.moonshot.cn": "moonshot_ai",
    "api.perplexity.ai": "perplexity",
    "api.x.ai": "x_ai",
    "api.cohere.ai": "cohere",
    "generativelanguage.googleapis.com": "gcp.gemini",
}
PROVIDERS_BY_HOST_END = {
    ".openai.azure.com": "azure.ai.openai",
    ".services.ai.azure.com": "azure.ai.inference",
    ".amazonaws.com": "aws.bedrock",
    "aiplatform.googleapis.com": "gcp.vertex_ai",
}
PROVIDERS_BY_CLASS = {
    "AzureOpenAI": "azure.ai.openai",
    "AnthropicBedrock": "aws.bedrock",
    "AnthropicBedrockMantle": "aws.bedrock",
    "AnthropicVertex": "gcp.vertex_ai",
    "BedrockOpenAI": "aws.bedrock",
}
"""By the clients' classes, sync or async, wherever their addresses lead."""
_KEPT = "_spanledger_server"


def server_of(client: Any, api: Api) -> Mapping[str, AttributeValue]:
    """`gen_ai.provider.name`, `server.address` and `server.port` for calls of `client`."""
    url = client.base_url
    kept = client.__dict__.get(_KEPT)
    if kept is not None and kept[0] is url:
        found: Mapping[str, AttributeValue] = kept[1]
        return found
    server: dict[str, AttributeValue] = {
        PROVIDER_NAME: _provider(client, url.host, api),
        SERVER_ADDRESS: url.host,
        SERVER_PORT: url.port or (80 if url.scheme == "http" else 443),
    }
    client.__dict__[_KEPT] = (url, server)
    return server


def _provider(client: Any, host: str, api: Api) -> str:
    """By the host where it says so, else what the client says of itself, else the provider of the format."""
    if found := provider_of_host(host):
        return found
    # Clients for other platforms, of an age at which the class did not say it of itself, have it from the plain one.
    named = getattr(client, "_gen_ai_provider_name", None)
    if isinstance(named, str) and named != api.provider:
        return named
    classes = (base.__name__.removeprefix("Async") for base in type(client).__mro__)
    return next((PROVIDERS_BY_CLASS[name] for name in classes if name in PROVIDERS_BY_CLASS), api.provider)


def provider_of_host(host: str) -> str | None:
    """`gen_ai.provider.name` of a host that says whose it is."""
    if host in PROVIDERS_BY_HOST:
        return PROVIDERS_BY_HOST[host]
    return next((name for end, name in PROVIDERS_BY_HOST_END.items() if host.endswith(end)), None)
