"""A ledger in memory for each test that asks for one, and one full ledger a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.data import client
from tests.dashboard.engine import TestLedger
from tests.dashboard.seed import Traffic, traffic

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def ledger() -> Iterator[TestLedger]:
    """An empty ledger, given to the dashboard."""
    made = TestLedger()
    client.use(made)
    st.cache_data.clear()
    yield made
    client.use(None)
    made.drop()


@pytest.fixture(scope="session")
def four_weeks() -> Traffic:
    """Four weeks of traffic that end now."""
    return traffic(11, NOW, days=28, tasks=900)


@pytest.fixture(scope="session")
def filled(four_weeks: Traffic) -> Iterator[TestLedger]:
    """A ledger of four weeks, shared; read only."""
    made = TestLedger()
    made.fill(four_weeks)
    yield made
    made.drop()


@pytest.fixture
def full(filled: TestLedger) -> Iterator[TestLedger]:
    """The full ledger, given to the dashboard."""
    client.use(filled)
    st.cache_data.clear()
    yield filled
    client.use(None)


@pytest.fixture
def open_page() -> Callable[..., AppTest]:
    """Runs a page as if its address had been opened; parameters are those of the address."""

    def opened(name: str, **parameters: str | list[str]) -> AppTest:
        test = AppTest.from_string(
            f"from dashboard.navigation import show\nshow({name!r})", default_timeout=30
        )
        for key, value in parameters.items():
            test.query_params[key.rstrip("_")] = value
        return test.run()

    return opened
