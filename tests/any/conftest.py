"""Fixtures of the tests with contracts by others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .independent import SecondServer, started_second_server


@pytest.fixture(scope="session")
def second() -> Iterator[SecondServer]:
    """Yield the second honest server, started once for each worker."""
    with started_second_server() as server:
        yield server
