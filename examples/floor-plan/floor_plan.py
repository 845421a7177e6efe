"""Keep one experience group for each floor, and archive the push groups of floors that are
closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import httpx
import requests

PAGE = 100


class Floors:
    """The floors of a building as Losant experience groups named `floor NUMBER`."""

    def __init__(self, application: str, token: str, url: str = "https://api.losant.com") -> None:
        self._groups = f"{url}/applications/{application}/experience/groups"
        self._http = httpx.Client(headers={"Authorization": f"Bearer {token}"})

    def names(self) -> Iterator[str]:
        """Yield the names of all floors in order, page by page."""
        page = 0
        while True:
            query = {
                "sortField": "name",
                "filterField": "name",
                "filter": "floor *",
                "page": page,
                "perPage": PAGE,
            }
            found = self._http.get(self._groups, params=query).raise_for_status().json()
            yield from (group["name"] for group in found["items"])
            page += 1
            if page * PAGE >= found["totalCount"]:
                return

    def ensure(self, numbers: Iterable[int]) -> list[str]:
        """Create the groups of floors that have none; return their names."""
        missing = sorted({f"floor {number:03}" for number in numbers} - set(self.names()))
        for name in missing:
            self._http.post(
                self._groups, json={"name": name, "groupTags": {"kind": "floor"}}
            ).raise_for_status()
        return missing


class Pushes:
    """The push groups of the same building; calls that a balancer dropped are tried again."""

    def __init__(
        self, key: str, url: str = "https://core.push.express/api/b/v2", tries: int = 3
    ) -> None:
        self._url, self._tries = url, tries
        self._http = requests.Session()
        self._http.headers["Authorization"] = f"Bearer {key}"

    def close(self, floor: str) -> bool:
        """Archive the group of a floor; tell whether there was one."""
        group = next(
            (
                one
                for one in self._call("GET", "/app/groups").json()["app_groups"]
                if one["name"] == floor
            ),
            None,
        )
        if group is not None:
            self._call("POST", f"/app/groups/{group['id']}/archive")
        return group is not None

    def _call(self, method: str, path: str) -> requests.Response:
        for _ in range(self._tries):
            response = self._http.request(method, self._url + path, timeout=10)
            if response.status_code < 500:
                break
        response.raise_for_status()
        return response
