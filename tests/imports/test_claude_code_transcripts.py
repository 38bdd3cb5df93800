"""Transcripts of Claude Code: each message of the model once, by its last count, in the session that made it."""

import os
from decimal import Decimal
from pathlib import Path

from tests.imports.importing import by_time, read_in, spent, summed
from tests.imports.signals import body, send
from tests.imports.transcripts import CANARY, SESSION, claude_answer, claude_usage, claude_user, write
from tests.ledger.ledger import Ledger

PROJECT = Path(".claude/projects/-home-dev-src-shop")


def test_a_streamed_message_is_one_call_with_its_last_count(ledger: Ledger, tmp_path: Path) -> None:
    path = write(
        tmp_path / PROJECT / f"{SESSION}.jsonl",
        [
            {"type": "summary", "summary": CANARY, "leafUuid": "a"},
            claude_user("2026-10-01T10:00:00.000Z"),
            claude_answer("2026-10-01T10:00:02.000Z", "msg_1", claude_usage(8), stop_reason=None),
            claude_user("2026-10-01T10:00:03.000Z", tool_use_result=CANARY),
            claude_answer("2026-10-01T10:00:04.000Z", "msg_1", claude_usage(611)),
            # Written late, from what was known while it streamed.
            claude_answer("2026-10-01T10:00:04.500Z", "msg_1", claude_usage(640), stop_reason=None),
        ],
    )
    tally = read_in(ledger, path)
    (call,) = ledger.calls()
    assert (call["fresh_input_tokens"], call["cache_read_tokens"]) == (1013, 20211)
    assert (call["cache_write_short_tokens"], call["cache_write_long_tokens"]) == (3307, 457)
    assert call["output_tokens"] == 611
    assert call["pricing_status"] == "priced"
    # Sonnet 4.5: 3, 0.30, 3.75 (5 min), 6 (1 h) and 15 dollars a million.
    expected = (1013 * 3 + 20211 * Decimal("0.3") + 3307 * Decimal("3.75") + 457 * 6 + 611 * 15) / 1_000_000
    assert Decimal(call["list_cost_usd"]) == expected
    assert (call["task_id"], call["workload"], call["agent"]) == (SESSION, "shop", "claude-code")
    assert call["started_at"] == "2026-10-01 10:00:02.000000"
    assert (tally.calls, tally.partial_output) == (1, 0)


def test_a_transcript_that_never_says_the_end_is_marked(ledger: Ledger, tmp_path: Path) -> None:
    lines = [
        claude_answer("2026-10-01T10:00:02.000Z", "msg_1", claude_usage(1), stop_reason=None),
        claude_answer("2026-10-01T10:00:03.000Z", "msg_1", claude_usage(29), stop_reason=None),
    ]
    tally = read_in(ledger, write(tmp_path / "a.jsonl", lines))
    assert tally.partial_output == 1
    (call,) = ledger.calls()
    assert call["output_tokens"] == 29
    assert "output_partial" in call["pricing_note"]


def test_what_calls_no_model_is_said_and_left_out(ledger: Ledger, tmp_path: Path) -> None:
    lines: list[object] = [
        claude_answer("2026-10-01T10:00:02.000Z", "msg_0", model="<synthetic>", isApiErrorMessage=True),
        claude_answer("2026-10-01T10:00:03.000Z", "msg_1"),
        claude_answer("2026-10-01T10:00:04.000Z", "msg_2", usage={}),
        claude_answer("yesterday", "msg_3"),
        '{"type": "assistant", "message": {"id": "cut o',
        "[1, 2]",
        "null",
        claude_answer("2026-10-01T10:00:05.000Z", "msg_4"),
    ]
    tally = read_in(ledger, write(tmp_path / "a.jsonl", lines))  # type: ignore[arg-type]
    assert len(ledger.calls()) == tally.calls == 2
    assert dict(tally.skipped) == {
        "written by Claude Code itself, no model was called": 1,
        "message without usage": 1,
        "message without a time": 1,
        "broken line": 1,
        "line that holds no JSON object": 2,
    }
    assert tally.unread == []


def test_subagents_belong_to_the_session_that_sent_them(ledger: Ledger, tmp_path: Path) -> None:
    folder = tmp_path / PROJECT
    write(folder / f"{SESSION}.jsonl", [claude_answer("2026-10-01T10:00:00.000Z", "msg_1")])
    worker = [
        claude_user("2026-10-01T10:00:01.000Z", isSidechain=True, agentId="ad2d877"),
        claude_answer(
            "2026-10-01T10:00:05.000Z", "msg_2", isSidechain=True, agentId="ad2d877", model="claude-haiku-4-5"
        ),
        # Also written into the transcript of its session.
        claude_answer("2026-10-01T10:00:00.000Z", "msg_1"),
    ]
    agents = folder / SESSION / "subagents"
    write(agents / "agent-ad2d877.jsonl", worker)
    (agents / "agent-ad2d877.meta.json").write_text('{"agentType": "Explore"}')
    tally = read_in(ledger, tmp_path)
    (task,) = ledger.tasks()
    assert (task["task_id"], task["calls"], task["workload"]) == (SESSION, 2, "shop")
    assert sorted((row["agent"], row["agent_role"]) for row in ledger.calls()) == [
        ("Explore", "worker"),
        ("claude-code", ""),
    ]
    assert tally.skipped["told before: copied into another file, or written again"] == 1
    assert tally.files["claude-code"] == 2


def test_a_session_that_goes_on_in_another_file_pays_for_nothing_twice(
    ledger: Ledger, tmp_path: Path
) -> None:
    first = [
        claude_answer("2026-10-01T10:00:00.000Z", "msg_1"),
        claude_answer("2026-10-01T10:01:00.000Z", "msg_2"),
    ]
    resumed = [{**line, "sessionId": "resumed", "uuid": f"again-{line['uuid']}"} for line in first] + [
        claude_answer("2026-10-02T09:00:00.000Z", "msg_3", sessionId="resumed")
    ]
    before = write(tmp_path / "first.jsonl", first)
    after = write(tmp_path / "resumed.jsonl", resumed)
    os.utime(before, (1, 1))
    read_in(ledger, after, before)
    assert {task["task_id"]: task["calls"] for task in ledger.tasks()} == {SESSION: 2, "resumed": 1}
    # Read one by one, in the other order, every call still stands once.
    ledger.clear()
    read_in(ledger, after)
    read_in(ledger, before)
    assert len(ledger.calls()) == 3
    assert sum(task["calls"] for task in ledger.tasks()) == 3


def test_a_session_read_while_it_runs_and_again_later_has_the_count_at_the_end(
    ledger: Ledger, tmp_path: Path
) -> None:
    early = [claude_answer("2026-10-01T10:00:01Z", "m1", claude_usage(3), stop_reason=None)]
    later = [*early, claude_answer("2026-10-01T10:00:03Z", "m1", claude_usage(95), stop_reason=None)]
    whole = [*later, claude_answer("2026-10-01T10:00:04Z", "m1", claude_usage(611))]
    # The whole one need not come last: a copy may lie in an older folder.
    for lines, output in ((early, 3), (later, 95), (early, 95), (whole, 611), (later, 611)):
        read_in(ledger, write(tmp_path / "s.jsonl", lines))
        (found,) = ledger.calls()
        assert found["output_tokens"] == output
        assert ("output_partial" in found["pricing_note"]) == (output < 611)
    done = ledger.snapshot()
    ledger.rebuild()
    assert ledger.snapshot() == done


def test_a_copy_made_while_a_session_ran_takes_no_count_from_it(ledger: Ledger, tmp_path: Path) -> None:
    early = [claude_answer("2026-10-01T10:00:01Z", "m1", claude_usage(3), stop_reason=None)]
    copy = write(tmp_path / "copy.jsonl", early)
    own = write(
        tmp_path / "own.jsonl", [*early, claude_answer("2026-10-01T10:00:04Z", "m1", claude_usage(611))]
    )
    for first, second in ((copy, own), (own, copy)):
        ledger.clear()
        for at, path in enumerate((first, second)):
            os.utime(path, (at + 1, at + 1))
        done = read_in(ledger, tmp_path)
        (found,) = ledger.calls()
        assert (found["output_tokens"], done.calls, done.partial_output) == (611, 1, 0)


def test_two_requests_that_share_a_message_id_are_two_calls(ledger: Ledger, tmp_path: Path) -> None:
    lines = [
        claude_answer("2026-10-01T10:00:00.000Z", "msg_local", request_id="req_a"),
        claude_answer("2026-10-01T10:05:00.000Z", "msg_local", request_id="req_b"),
        claude_answer("2026-10-01T10:05:01.000Z", "msg_local", request_id="req_b"),
    ]
    read_in(ledger, write(tmp_path / "a.jsonl", lines))
    assert len(ledger.calls()) == 2


def test_read_twice_changes_nothing_and_says_so(ledger: Ledger, tmp_path: Path) -> None:
    lines = [claude_answer(f"2026-10-01T10:00:{n:02}.000Z", f"msg_{n}") for n in range(5)]
    path = write(tmp_path / "a.jsonl", lines)
    first = summed(ledger, path)
    before = ledger.snapshot()
    second = summed(ledger, path)
    assert ledger.snapshot() == before
    assert (first.known, second.known) == (0, 5)
    assert first.cost_usd == second.cost_usd > 0
    assert second.calls("priced") == 5


def test_what_also_arrived_live_is_one_call(ledger: Ledger, tmp_path: Path) -> None:
    session = "ec66601b-18a8-438f-b9a2-2386dfd96c2c"
    usages = [
        claude_usage(611),
        {
            **claude_usage(642),
            "input_tokens": 1030,
            "cache_read_input_tokens": 20230,
            "cache_creation_input_tokens": 3816,
            "cache_creation": {"ephemeral_5m_input_tokens": 3330, "ephemeral_1h_input_tokens": 486},
        },
    ]
    path = write(
        tmp_path / f"{session}.jsonl",
        [
            claude_answer(at, f"msg_050e5d99000{n}", usages[n], request_id=f"req_00000{n}", sessionId=session)
            for n, at in enumerate(("2026-11-20T02:32:10.840Z", "2026-11-20T02:32:11.150Z"))
        ],
    )
    for first, second in (("live", "file"), ("file", "live")):
        ledger.clear()
        for step in (first, second):
            if step == "file":
                read_in(ledger, path)
            else:
                send(ledger, "logs", body("claude_code__tool", "logs"))
                send(ledger, "traces", body("claude_code__tool", "traces"))
                ledger.catch_up()
        assert spent(ledger) == [(1013, 20211, 611), (1030, 20230, 642)]
        # Only the transcript knows how long the writes live, so it is the one that is believed.
        assert [row["cache_write_long_tokens"] for row in by_time(ledger)] == [457, 486]
        assert {row["task_id"] for row in ledger.calls()} == {session}
        assert [task["calls"] for task in ledger.tasks()] == [2]


def test_a_prompt_can_be_the_task(ledger: Ledger, tmp_path: Path) -> None:
    tool_result = [{"type": "tool_result", "tool_use_id": "t", "content": CANARY}]
    lines = [
        claude_user("2026-10-01T10:00:00.000Z", uuid="p1"),
        claude_answer("2026-10-01T10:00:02.000Z", "msg_1"),
        claude_user("2026-10-01T10:00:03.000Z", uuid="r1", message={"role": "user", "content": tool_result}),
        claude_answer("2026-10-01T10:00:04.000Z", "msg_2"),
        claude_user("2026-10-01T11:00:00.000Z", uuid="p2"),
        claude_answer("2026-10-01T11:00:02.000Z", "msg_3"),
    ]
    path = write(tmp_path / "a.jsonl", lines)
    read_in(ledger, path, task_from="prompt")
    assert {task["task_id"]: task["calls"] for task in ledger.tasks()} == {
        f"{SESSION}#p1": 2,
        f"{SESSION}#p2": 1,
    }


def test_a_pause_does_not_cut_a_session(ledger: Ledger, tmp_path: Path) -> None:
    lines = [
        claude_answer("2026-10-01T10:00:00.000Z", "msg_1"),
        claude_answer("2026-10-03T10:00:00.000Z", "msg_2"),
    ]
    read_in(ledger, write(tmp_path / "a.jsonl", lines))
    assert [task["calls"] for task in ledger.tasks()] == [2]


def test_no_text_of_a_transcript_is_stored(ledger: Ledger, tmp_path: Path) -> None:
    lines = [
        {"type": "summary", "summary": CANARY, "leafUuid": "a"},
        claude_user("2026-10-01T10:00:00.000Z", toolUseResult={"stdout": CANARY}),
        claude_answer("2026-10-01T10:00:02.000Z", "msg_1", slug="a", cwd="/home/dev/src/shop"),
        claude_answer("2026-10-01T10:00:03.000Z", "msg_2", cwd=f"/x\n{CANARY}", version=f"1\n{CANARY}"),
    ]
    read_in(ledger, write(tmp_path / "a.jsonl", lines))
    assert len(ledger.calls()) == 2
    for table in ledger.rows(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
    ):
        assert b"canary-5f3e" not in ledger.engine.run(f"SELECT * FROM {table['name']}", fmt="TSVRaw")


def test_a_history_of_years_is_taken_in_one_go(ledger: Ledger, tmp_path: Path) -> None:
    lines = [
        claude_answer(f"2024-{1 + n // 28:02}-{1 + n % 28:02}T10:00:00.000Z", f"msg_{n}", sessionId=f"s{n}")
        for n in range(330)
    ]
    tally = read_in(ledger, write(tmp_path / "a.jsonl", lines))
    assert tally.calls == len(ledger.calls()) == len(ledger.tasks()) == 330


def test_models_of_other_providers_and_places(ledger: Ledger, tmp_path: Path) -> None:
    models = {
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0": "aws.bedrock",
        "claude-sonnet-4-5@20250929": "gcp.vertex_ai",
        "claude-haiku-4-5": "anthropic",
        "glm-4.6": "",
    }
    lines = [
        claude_answer(f"2026-10-01T10:0{n}:00.000Z", f"msg_{n}", model=model)
        for n, model in enumerate(models)
    ]
    read_in(ledger, write(tmp_path / "a.jsonl", lines))
    assert {row["response_model"]: row["provider"] for row in ledger.calls()} == models
