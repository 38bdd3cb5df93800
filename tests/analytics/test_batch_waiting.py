"""What live calls would save in a batch."""

from analytics.spend.batch import BatchLive, waiting


def _live(service_class: str) -> BatchLive:
    return BatchLive(
        "digest", "writer", "", "openai", "gpt-5.4-mini", "offline", service_class, 4, 4, 0, 0, 2.0, 1.0, 1.0,
        1_000_000, 0, None,
    )  # fmt: skip


def test_flex_costs_what_a_batch_does_already() -> None:
    (standard,) = waiting([_live("standard")], [])
    (flex,) = waiting([_live("flex")], [])
    assert standard.high_usd == 1.0
    assert (flex.low_usd, flex.high_usd, flex.reason) == (0.0, 0.0, "")
