"""Fixtures for the tests with third-party contracts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .second_server import SecondServer, start_second_server


@pytest.fixture(scope="session")
def second_server() -> Iterator[SecondServer]:
    """Yield the second honest server. Each worker starts it once."""
    with start_second_server() as server:
        yield server
