"""Switches the hooks on and off: where spans go, what is stamped on them, which clients are wrapped.

Everything is read from arguments first, then from the standard `OTEL_*` variables, `SPANLEDGER_FILE` and
`SPANLEDGER_CONTENT`. Nothing here may raise into the agent.
"""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from opentelemetry import trace

from sdk_hooks import attributes as names
from sdk_hooks import forks
from sdk_hooks.changes import change_from
from sdk_hooks.clients import WRAPPERS, wrap
from sdk_hooks.guard import shield, warn_once
from sdk_hooks.lazy_wrap import ImportWatcher
from sdk_hooks.runtime import RUNTIME
from sdk_hooks.scopes import known
from sdk_hooks.signals import forget_sigterm, on_sigterm
from sdk_hooks.threads import carry_across_threads, stop_carrying
from sdk_hooks.version import VERSION
from sdk_hooks.wrapping import unwrap

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

    from sdk_hooks.endpoint import Endpoint

EXIT_BUDGET_S = 2.0
"""How long a collector that does not answer may delay the end of the process."""
QUEUE_SPANS = 8192
BATCH_DELAY_MS = 2000.0


@dataclass(frozen=True)
class Options:
    """What `instrument` was asked for; see there."""

    service_name: str | None = None
    environment: str | None = None
    endpoint: str | None = None
    headers: Mapping[str, str] | None = None
    file: str | os.PathLike[str] | None = None
    tracer_provider: trace.TracerProvider | None = None
    export: bool | None = None
    content: bool | None = None
    complete_stream_usage: bool = False
    carry_threads: bool = True
    workload: str | None = None
    tenant: str | None = None
    prompt_version: str | None = None
    change_commit: str | None = None
    change_pull_request: str | None = None


class Pipeline:
    """What one `instrument` set up, so that `uninstrument` can take it down."""

    def __init__(self) -> None:
        self.provider: Any = None
        self.processor: Any = None
        """The batch processor that sends; None when somebody else sends."""
        self.exporter: SpanExporter | None = None
        self.watcher: ImportWatcher | None = None


_lock = threading.Lock()
_pipeline: Pipeline | None = None
_owned: weakref.WeakSet[Any] = weakref.WeakSet()
_stamping: weakref.WeakSet[Any] = weakref.WeakSet()


def start(options: Options) -> trace.TracerProvider | None:
    """Set everything up; again replaces what was set up before. Gives the provider that the spans go to."""
    global _pipeline
    stop()
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    with _lock:
        pipeline = Pipeline()
        pipeline.provider = _provider(options)
        shield(_stamp, pipeline.provider)
        shield(_send, pipeline, options)
        RUNTIME.tracer = pipeline.provider.get_tracer(names.SCOPE_NAME, VERSION)
        RUNTIME.record_content = _content(options)
        RUNTIME.complete_stream_usage = options.complete_stream_usage
        RUNTIME.process_attributes = _process_attributes(options)
        RUNTIME.active = True
        if options.carry_threads:
            shield(carry_across_threads)
        pipeline.watcher = ImportWatcher((*WRAPPERS, forks.MODULE), _imported)
        shield(pipeline.watcher.install)
        _pipeline = pipeline
        atexit.register(at_exit)
        shield(on_sigterm, at_sigterm, 2 * EXIT_BUDGET_S)
        provider: trace.TracerProvider = pipeline.provider
        return provider


def stop() -> None:
    """Send what is left and put everything back; without a `start` before it does nothing."""
    global _pipeline
    with _lock:
        pipeline, _pipeline = _pipeline, None
        if pipeline is None:
            return
        RUNTIME.active = False
        RUNTIME.tracer = None
        RUNTIME.process_attributes = {}
        shield(unwrap)
        shield(stop_carrying)
        if pipeline.watcher is not None:
            shield(pipeline.watcher.remove)
        shield(_end, pipeline)
        if pipeline.processor is not None:
            shield(_take_off, pipeline)
        atexit.unregister(at_exit)
        shield(forget_sigterm)


def send_now(timeout_s: float) -> bool:
    """Whether everything finished so far has left, within `timeout_s`."""
    pipeline = _pipeline
    if pipeline is None:
        return True
    flush = getattr(pipeline.provider, "force_flush", None)
    if flush is None:
        return True
    # The SDK's own limit does not hold once an exporter waits for an answer.
    done: list[bool] = []
    thread = threading.Thread(target=lambda: done.append(bool(shield(flush))), daemon=True)
    thread.start()
    thread.join(timeout_s)
    exporter = pipeline.exporter
    return done == [True] and (exporter is None or exporter.force_flush())


def sending_to() -> Endpoint | None:
    """The collector that spans go to; None where they go to a file, or nowhere.

    Where somebody else sends them, the one that the standard variables name.
    """
    from sdk_hooks.endpoint import endpoint_from

    pipeline = _pipeline
    if pipeline is not None and pipeline.exporter is not None:
        return getattr(pipeline.exporter, "endpoint", None)
    named = any(os.environ.get(f"OTEL_EXPORTER_OTLP_{kind}ENDPOINT") for kind in ("", "TRACES_"))
    return endpoint_from(os.environ) if named else None


def at_sigterm() -> None:
    """The process is told to end: send what is left, also of a provider that somebody else made."""
    if _pipeline is not None and _pipeline.provider not in _owned:
        shield(send_now, EXIT_BUDGET_S)
    at_exit()


def at_exit() -> None:
    """The process ends: send what is left, within `EXIT_BUDGET_S`."""
    pipeline = _pipeline
    if pipeline is not None:
        shield(_end, pipeline)
        if pipeline.provider in _owned:
            shield(pipeline.provider.shutdown)


def _imported(module: ModuleType) -> None:
    if module.__name__ == forks.MODULE:
        forks.arm(module, at_exit)
    else:
        wrap(module)


def _provider(options: Options) -> Any:
    """The given provider, else the registered one, else a new one that is registered."""
    if options.tracer_provider is not None:
        return options.tracer_provider
    registered = trace.get_tracer_provider()
    if not isinstance(registered, trace.ProxyTracerProvider):
        return registered
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider

    told = known({SERVICE_NAME: options.service_name, names.ENVIRONMENT: options.environment})
    provider = TracerProvider(resource=Resource.create(told), shutdown_on_exit=False)
    trace.set_tracer_provider(provider)
    _owned.add(provider)
    return provider


def _stamp(provider: Any) -> None:
    if provider in _stamping:
        return
    if not hasattr(provider, "add_span_processor"):
        warn_once("provider", "%s takes no span processors: only the hooks' own spans are stamped", provider)
        return
    from sdk_hooks.processor import StampProcessor

    provider.add_span_processor(StampProcessor())
    _stamping.add(provider)


def _send(pipeline: Pipeline, options: Options) -> None:
    """Add the batch processor that sends, unless whoever made the provider sends already."""
    file = options.file or os.environ.get("SPANLEDGER_FILE")
    asked = options.export
    if asked is None:
        asked = bool(file or options.endpoint) or pipeline.provider in _owned
    if not asked or not hasattr(pipeline.provider, "add_span_processor"):
        return
    pipeline.exporter = _exporter(options, os.fspath(file) if file else None)
    if pipeline.exporter is None:
        return
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    # None leaves a setting to the SDK, which reads the variable.
    environ = os.environ
    try:
        pipeline.processor = BatchSpanProcessor(
            pipeline.exporter,
            max_queue_size=None if "OTEL_BSP_MAX_QUEUE_SIZE" in environ else QUEUE_SPANS,
            schedule_delay_millis=None if "OTEL_BSP_SCHEDULE_DELAY" in environ else BATCH_DELAY_MS,
        )
    except ValueError as error:
        warn_once("OTEL_BSP", "OTEL_BSP_* settings are left aside: %s", error)
        pipeline.processor = BatchSpanProcessor(
            pipeline.exporter,
            max_queue_size=QUEUE_SPANS,
            schedule_delay_millis=BATCH_DELAY_MS,
            max_export_batch_size=512,
            export_timeout_millis=30_000,
        )
    pipeline.provider.add_span_processor(pipeline.processor)


def _exporter(options: Options, file: str | None) -> SpanExporter | None:
    if file:
        from sdk_hooks.file_export import FileExporter

        return FileExporter(file)
    if os.environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none" and not options.endpoint:
        return None
    from sdk_hooks.endpoint import endpoint_from
    from sdk_hooks.export import OtlpExporter

    try:
        return OtlpExporter(endpoint_from(os.environ, base_url=options.endpoint, headers=options.headers))
    except ValueError as error:
        warn_once("endpoint", "spans are not sent: %s", error)
        return None


def _content(options: Options) -> bool:
    if options.content is not None:
        return options.content
    return os.environ.get("SPANLEDGER_CONTENT", "").strip().lower() in ("1", "true", "yes", "on")


def _process_attributes(options: Options) -> dict[str, Any]:
    told = {
        names.WORKLOAD: options.workload,
        names.TENANT: options.tenant,
        names.PROMPT_VERSION: options.prompt_version,
        names.CHANGE_COMMIT: options.change_commit,
        names.CHANGE_PULL_REQUEST: options.change_pull_request,
    }
    return {**change_from(os.environ), **known(dict(told))}


def _end(pipeline: Pipeline) -> None:
    hurry = getattr(pipeline.exporter, "hurry", None)
    if hurry is not None:
        hurry(EXIT_BUDGET_S)
    if pipeline.processor is not None:
        pipeline.processor.shutdown()


def _take_off(pipeline: Pipeline) -> None:
    """Take the processor off its provider, for which the SDK has no way: each `instrument` would leave one behind,
    which is handed every span and tells every `force_flush` that it failed."""
    every: Any = pipeline.provider._active_span_processor
    with every._lock:
        every._span_processors = tuple(one for one in every._span_processors if one is not pipeline.processor)
