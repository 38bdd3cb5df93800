"""What a process holds for good is looked through once, not after every run of a page."""

import gc
from itertools import count

import pytest

from dashboard.serving import memory


def test_what_the_first_run_leaves_is_left_out_of_later_collections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_runs", count(1))
    gc.unfreeze()
    try:
        held = [[n] for n in range(1000)]
        garbage: list[object] = []
        garbage.append(garbage)
        del garbage
        memory.settle()
        frozen = gc.get_freeze_count()
        assert frozen > len(held)
        assert gc.collect() == 0
        memory.settle()
        held += [[n] for n in range(1000)]
        assert gc.get_freeze_count() <= frozen
        for _ in range(8):
            memory.settle()
        assert gc.get_freeze_count() > frozen
    finally:
        gc.unfreeze()
