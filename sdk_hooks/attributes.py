"""The names of every attribute the hooks write and the collector reads.

Names that OpenTelemetry's GenAI conventions define are used as they are;
ours stand in the namespace `spanledger.`.
Only constants: importing this module loads nothing else.
"""

from __future__ import annotations

from typing import Final

SCOPE_NAME: Final = "sdk_hooks"
"""Instrumentation scope of every span the hooks make themselves."""

# --- OpenTelemetry GenAI ---------------------------------------------------------------------------------

OPERATION_NAME: Final = "gen_ai.operation.name"
PROVIDER_NAME: Final = "gen_ai.provider.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
REQUEST_STREAM: Final = "gen_ai.request.stream"
RESPONSE_MODEL: Final = "gen_ai.response.model"
RESPONSE_ID: Final = "gen_ai.response.id"
FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
TIME_TO_FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
"""Seconds from sending the call to its first chunk, a float."""

INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
"""All input tokens of the call, cached ones included."""
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
CACHE_READ_TOKENS: Final = "gen_ai.usage.cache_read.input_tokens"
CACHE_WRITE_TOKENS: Final = "gen_ai.usage.cache_write.input_tokens"
REASONING_TOKENS: Final = "gen_ai.usage.reasoning.output_tokens"
"""The part of the output tokens spent thinking."""

CONVERSATION_ID: Final = "gen_ai.conversation.id"
AGENT_NAME: Final = "gen_ai.agent.name"
WORKFLOW_NAME: Final = "gen_ai.workflow.name"
TOOL_NAME: Final = "gen_ai.tool.name"
TOOL_CALL_ID: Final = "gen_ai.tool.call.id"
TOOL_CALL_ARGUMENTS: Final = "gen_ai.tool.call.arguments"
INPUT_MESSAGES: Final = "gen_ai.input.messages"
OUTPUT_MESSAGES: Final = "gen_ai.output.messages"
SYSTEM_INSTRUCTIONS: Final = "gen_ai.system_instructions"

ERROR_TYPE: Final = "error.type"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
HTTP_STATUS_CODE: Final = "http.response.status_code"
"""Only on calls that the provider refused."""

ENVIRONMENT: Final = "deployment.environment.name"
"""A resource attribute, not a span attribute."""

OPERATION_CHAT: Final = "chat"
OPERATION_GENERATE_CONTENT: Final = "generate_content"
OPERATION_EMBEDDINGS: Final = "embeddings"
OPERATION_TEXT_COMPLETION: Final = "text_completion"
OPERATION_TASK: Final = "invoke_workflow"
OPERATION_AGENT: Final = "invoke_agent"
OPERATION_TOOL: Final = "execute_tool"

# --- Ours ------------------------------------------------------------------------------------------------

TASK_ID: Final = "spanledger.task.id"
TASK_UNIT: Final = "spanledger.task.unit"
"""Name of what `OUTCOME_USEFUL_UNITS` counts, such as "ticket"."""
CASE_ID: Final = "spanledger.case.id"
RUN_ID: Final = "spanledger.run.id"
WORKLOAD: Final = "spanledger.workload"
TENANT: Final = "spanledger.tenant"
TIER: Final = "spanledger.tier"
CASCADE_ID: Final = "spanledger.cascade.id"
ATTEMPT: Final = "spanledger.attempt"
"""Whole number from 1 within one cascade."""
ESCALATION_SIGNAL: Final = "spanledger.escalation.signal"
"""On the attempt that follows an escalation: why the lower tier's answer was not good enough."""
ESCALATION_FROM_TIER: Final = "spanledger.escalation.from_tier"
ABANDONED: Final = "spanledger.abandoned"
AGENT_ROLE: Final = "spanledger.agent.role"
ARCHITECTURE: Final = "spanledger.architecture"
PROMPT_VERSION: Final = "spanledger.prompt.version"
PROMPT_PREFIX_HASH: Final = "spanledger.prompt.prefix_hash"
PROMPT_PREFIX_TOKENS: Final = "spanledger.prompt.prefix_tokens"
CHANGE_COMMIT: Final = "spanledger.change.commit"
CHANGE_PULL_REQUEST: Final = "spanledger.change.pull_request"
LATENCY_CLASS: Final = "spanledger.latency_class"
"""`interactive` or `offline`."""
SERVICE_CLASS: Final = "spanledger.service_class"
"""`standard`, `batch`, `flex`, `priority` or `fast`."""
BATCH_ID: Final = "spanledger.batch.id"
BATCH_CUSTOM_ID: Final = "spanledger.batch.custom_id"
BATCH_STATE: Final = "spanledger.batch.state"
"""`submitted` or `returned`."""
STEP: Final = "spanledger.step"
CACHE_WRITE_LIFETIME: Final = "spanledger.cache.write_lifetime"
"""`short` or `long`."""
CACHE_WRITE_LONG_TOKENS: Final = "spanledger.usage.cache_write_long_tokens"
"""The part of `CACHE_WRITE_TOKENS` written with the provider's extended cache lifetime."""
USAGE_MISSING_REASON: Final = "spanledger.usage.missing_reason"
OUTCOME_SUCCESS: Final = "spanledger.outcome.success"
OUTCOME_CHECKER: Final = "spanledger.outcome.checker"
OUTCOME_CHECKER_KIND: Final = "spanledger.outcome.checker_kind"
"""`deterministic`, `model_judge` or `human`."""
OUTCOME_USEFUL_UNITS: Final = "spanledger.outcome.useful_units"
RETRIES: Final = "spanledger.retries"
"""How often the client sent the same call again after a failed try; 0 when the first try was answered."""
RATE_LIMIT_REMAINING_TOKENS: Final = "spanledger.rate_limit.remaining_tokens"
RATE_LIMIT_REMAINING_CALLS: Final = "spanledger.rate_limit.remaining_calls"
