"""The restart policy: longer and longer waits, then an end."""

from hypothesis import given
from hypothesis import strategies as st

from cli.restart import RestartPolicy


def test_waits_double_and_then_it_gives_up() -> None:
    policy = RestartPolicy(first_wait_s=1, longest_wait_s=3, crashes=4, window_s=60)
    moments = [0.0, 5.0, 10.0, 15.0]
    assert [policy.wait_s(moments[: n + 1]) for n in range(4)] == [1, 2, 3, None]


def test_crashes_long_ago_are_forgiven() -> None:
    policy = RestartPolicy(crashes=2, window_s=60)
    assert policy.wait_s([0.0, 100.0]) == policy.first_wait_s


@given(st.lists(st.floats(0, 1e6), min_size=1).map(sorted))
def test_a_wait_stays_within_its_bounds(moments: list[float]) -> None:
    policy = RestartPolicy()
    wait_s = policy.wait_s(moments)
    assert wait_s is None or policy.first_wait_s <= wait_s <= policy.longest_wait_s
