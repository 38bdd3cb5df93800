"""Transcripts of Codex: running totals, repeated counts, forks and subagents that begin with another's history."""

from pathlib import Path

from tests.imports.importing import by_time, read_in, spent
from tests.imports.signals import body, send
from tests.imports.transcripts import CANARY, codex_count, codex_meta, codex_text, codex_turn, write
from tests.ledger.ledger import Ledger

PARENT, CHILD = "01a1f6cd-0000-7000-8000-00000000000a", "01a1f6cd-0000-7000-8000-00000000000b"
COPIED = "history copied from the session it was forked from, which is read too"
REPEATED = "token count written again, nothing was called in between"
FIRST, SECOND, THIRD = (1000, 400, 100, 40), (2500, 1400, 250, 60), (4500, 3000, 450, 90)


def session(at: str = "2026-10-01T10:00:00.000Z", name: str = PARENT) -> list[dict[str, object]]:
    """Two calls, and the first count written again twice."""
    return [
        codex_meta(at, name),
        codex_text(at),
        codex_turn("2026-10-01T10:00:01.000Z"),
        codex_count("2026-10-01T10:00:02.000Z", None, None),
        codex_count("2026-10-01T10:00:09.000Z", FIRST, FIRST),
        codex_count("2026-10-01T10:00:10.000Z", FIRST, FIRST),
        codex_count("2026-10-01T10:00:11.000Z", FIRST, FIRST),
        codex_turn("2026-10-01T10:01:00.000Z", "turn-2", "gpt-5.4"),
        codex_count("2026-10-01T10:01:09.000Z", SECOND, (1500, 1000, 150, 20)),
    ]


def test_counts_become_calls_once(ledger: Ledger, tmp_path: Path) -> None:
    tally = read_in(ledger, write(tmp_path / "rollout-a.jsonl", session()))
    assert spent(ledger) == [(600, 400, 100), (500, 1000, 150)]
    assert [row["reasoning_tokens"] for row in by_time(ledger)] == [40, 20]
    assert [row["request_model"] for row in by_time(ledger)] == ["gpt-5.4-mini", "gpt-5.4"]
    assert {row["pricing_status"] for row in ledger.calls()} == {"priced"}
    (task,) = ledger.tasks()
    assert (task["task_id"], task["workload"]) == (PARENT, "shop")
    assert dict(tally.skipped) == {REPEATED: 2}


def test_where_only_totals_are_told_the_difference_counts(ledger: Ledger, tmp_path: Path) -> None:
    lines = [
        codex_meta("2026-10-01T10:00:00.000Z", PARENT),
        codex_turn("2026-10-01T10:00:01.000Z"),
        codex_count("2026-10-01T10:00:09.000Z", FIRST, None),
        codex_count("2026-10-01T10:01:09.000Z", SECOND, None),
    ]
    read_in(ledger, write(tmp_path / "rollout-a.jsonl", lines))
    assert spent(ledger) == [(600, 400, 100), (500, 1000, 150)]


def test_a_total_that_begins_anew_is_no_negative_call(ledger: Ledger, tmp_path: Path) -> None:
    lines = [
        codex_meta("2026-10-01T10:00:00.000Z", PARENT),
        codex_turn("2026-10-01T10:00:01.000Z"),
        codex_count("2026-10-01T10:00:09.000Z", SECOND, SECOND),
        codex_count("2026-10-01T10:01:09.000Z", (300, 0, 20, 0), (300, 0, 20, 0)),
    ]
    read_in(ledger, write(tmp_path / "rollout-a.jsonl", lines))
    assert spent(ledger) == [(1100, 1400, 250), (300, 0, 20)]


def fork(**meta: object) -> list[dict[str, object]]:
    """A session that begins with the parent's counts, stamped with the second of the fork, and makes one call."""
    return [
        codex_meta("2026-10-02T08:00:00.000Z", CHILD, **meta),
        codex_meta("2026-10-02T08:00:00.010Z", PARENT),
        codex_turn("2026-10-02T08:00:00.020Z"),
        codex_count("2026-10-02T08:00:00.030Z", FIRST, FIRST),
        codex_count("2026-10-02T08:00:00.040Z", SECOND, (1500, 1000, 150, 20)),
        codex_turn("2026-10-02T08:00:05.000Z", "turn-3"),
        codex_count("2026-10-02T08:00:15.000Z", THIRD, (2000, 1600, 200, 30)),
    ]


def test_a_fork_does_not_pay_for_the_history_it_copies(ledger: Ledger, tmp_path: Path) -> None:
    write(tmp_path / "rollout-a.jsonl", session())
    write(tmp_path / "rollout-b.jsonl", fork(forked_from_id=PARENT))
    tally = read_in(ledger, tmp_path)
    assert spent(ledger) == [(600, 400, 100), (500, 1000, 150), (400, 1600, 200)]
    assert {task["task_id"]: task["calls"] for task in ledger.tasks()} == {PARENT: 2, CHILD: 1}
    assert tally.skipped[COPIED] == 2


def test_a_fork_read_without_its_parent_counts_the_history_once(ledger: Ledger, tmp_path: Path) -> None:
    lines = fork(forked_from_id=PARENT)
    read_in(ledger, write(tmp_path / "one" / "rollout-b.jsonl", lines))
    assert len(ledger.calls()) == 3
    # Its parent comes later, and a second fork of it: the calls of the parent are the same ones.
    read_in(ledger, write(tmp_path / "two" / "rollout-a.jsonl", session()))
    assert len(ledger.calls()) == 3
    second = [{**lines[0], "payload": {**lines[0]["payload"], "id": "c"}}, *lines[1:-1]]  # type: ignore[dict-item]
    read_in(ledger, write(tmp_path / "three" / "rollout-c.jsonl", second))
    assert len(ledger.calls()) == 3
    assert by_time(ledger)[0]["started_at"] == "2026-10-01 10:00:09.000000", "when it was made, not copied"


def test_a_subagent_is_charged_to_the_session_that_sent_it(ledger: Ledger, tmp_path: Path) -> None:
    source = {
        "subagent": {"thread_spawn": {"parent_thread_id": PARENT, "depth": 1, "agent_role": "explorer"}}
    }
    write(tmp_path / "rollout-a.jsonl", session())
    write(tmp_path / "rollout-b.jsonl", fork(source=source))
    read_in(ledger, tmp_path)
    assert spent(ledger) == [(600, 400, 100), (500, 1000, 150), (400, 1600, 200)]
    assert {task["task_id"]: task["calls"] for task in ledger.tasks()} == {PARENT: 3}
    assert by_time(ledger)[-1]["agent"] == "explorer"


def test_two_subagents_that_use_the_same_are_two_calls(ledger: Ledger, tmp_path: Path) -> None:
    write(tmp_path / "rollout-a.jsonl", session())
    for n, name in enumerate(("b", "c")):
        lines = fork(forked_from_id=PARENT)
        lines[0] = codex_meta("2026-10-02T08:00:00.000Z", name, forked_from_id=PARENT)
        lines[-1]["timestamp"] = f"2026-10-02T08:0{n}:15.000Z"
        write(tmp_path / f"rollout-{name}.jsonl", lines)
    read_in(ledger, tmp_path)
    assert len(ledger.calls()) == 4


def test_a_turn_can_be_the_task(ledger: Ledger, tmp_path: Path) -> None:
    read_in(ledger, write(tmp_path / "rollout-a.jsonl", session()), task_from="prompt")
    assert sorted(task["task_id"] for task in ledger.tasks()) == [f"{PARENT}#turn-1", f"{PARENT}#turn-2"]


def test_read_twice_changes_nothing(ledger: Ledger, tmp_path: Path) -> None:
    path = write(
        tmp_path / "rollout-a.jsonl", [*session(), '{"timestamp": "2026-10-01T10', "", codex_text("x")]
    )
    read_in(ledger, path)
    before = ledger.snapshot()
    assert read_in(ledger, path).skipped["broken line"] == 1
    assert ledger.snapshot() == before


def test_no_text_of_a_transcript_is_stored(ledger: Ledger, tmp_path: Path) -> None:
    read_in(ledger, write(tmp_path / "rollout-a.jsonl", session()))
    assert CANARY in (tmp_path / "rollout-a.jsonl").read_text()
    assert b"canary-5f3e" not in ledger.engine.run("SELECT * FROM otel_traces", fmt="TSVRaw")


def test_what_also_arrived_live_is_one_call(ledger: Ledger, tmp_path: Path) -> None:
    name = "01a1f6cd-eb72-73a1-9240-55a05929b6c7"
    counts = [(21224, 20211, 611, 173), (42484, 40441, 1253, 383)]
    lines = [
        codex_meta("2026-11-20T02:34:12.700Z", name),
        codex_turn("2026-11-20T02:34:12.760Z"),
        codex_count("2026-11-20T02:34:12.937Z", counts[0], counts[0]),
        codex_count("2026-11-20T02:34:13.261Z", counts[1], (21260, 20230, 642, 210)),
    ]
    read_in(ledger, write(tmp_path / "rollout-a.jsonl", lines))
    send(ledger, "logs", body("codex_cli__tool", "logs"))
    ledger.catch_up()
    assert spent(ledger) == [(1013, 20211, 611), (1030, 20230, 642)]
    assert [task["calls"] for task in ledger.tasks()] == [2]
