"""The integration, held to both vendors' contracts."""

from __future__ import annotations

import pytest
import requests
from floor_plan import Floors, Pushes

from conformance import ContractMock

APPLICATION = "575ec8687ae143cd83dc4a97"


@pytest.fixture
def pushes(push_express_mock: ContractMock) -> Pushes:
    """Return the push groups; what requests sends to the documented host reaches the mock."""
    return Pushes("key", push_express_mock.base_url)


def test_missing_floors_are_created(losant_mock: ContractMock) -> None:
    """Floors that exist are left alone."""
    losant_mock.create({"name": "floor 002"})
    losant_mock.create({"name": "the roof"})
    floors = Floors(APPLICATION, "token")
    assert floors.ensure([1, 2, 3]) == ["floor 001", "floor 003"]
    assert list(floors.names()) == ["floor 001", "floor 002", "floor 003"]


def test_all_pages_are_read(losant_mock: ContractMock) -> None:
    """A building of 250 floors has three pages."""
    for number in range(250):
        losant_mock.create({"name": f"floor {number:03}"})
    assert len(list(Floors(APPLICATION, "token").names())) == 250
    assert len(losant_mock.requests) == 3


def test_a_closed_floor_is_archived(push_express_mock: ContractMock, pushes: Pushes) -> None:
    """The group of that name is archived, and no other."""
    for name in ("floor 1", "floor 2"):
        push_express_mock.create({"app_ids": [1], "name": name, "all_apps": False})
    assert pushes.close("floor 1")
    assert not pushes.close("floor 9")
    assert [one["archived"] for one in push_express_mock.items()] == [True, False]


def test_a_balancer_that_drops_a_call_is_tried_again(
    push_express_mock: ContractMock, pushes: Pushes
) -> None:
    """A 503 is not the end."""
    push_express_mock.answer_next(503, "listAppGroups")
    assert not pushes.close("floor 1")
    assert [one.status for one in push_express_mock.requests] == [503, 200]


def test_a_wrong_key_is_told(push_express_mock: ContractMock, pushes: Pushes) -> None:
    """401 becomes an exception."""
    push_express_mock.answer_next(401)
    with pytest.raises(requests.HTTPError, match="401"):
        pushes.close("floor 1")
