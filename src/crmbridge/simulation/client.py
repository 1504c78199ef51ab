"""Talks to a simulator the plain way, for tests and demos that play people and other software."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import requests

_TIMEOUT_SECONDS = 120


class SimulatorClient:
    """One connection pool to one simulator, as the bearer of ``token`` (if any).

    Answers are ``requests.Response`` objects whatever their status. Proxies and netrc files
    of the environment are ignored. ``ca_file`` names the authority to trust for https.
    """

    def __init__(
        self, base_url: str, token: str | None = None, *, ca_file: str | None = None
    ) -> None:
        self.base_url = base_url
        self._session = requests.Session()
        self._session.trust_env = False
        if ca_file:
            self._session.verify = ca_file
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        data: str | bytes | None = None,
    ) -> requests.Response:
        """One request; ``body`` is sent as JSON, ``data`` as it is."""
        return self._session.request(
            method,
            self.base_url + path,
            json=body,
            params=params,
            headers=headers,
            data=data,
            timeout=_TIMEOUT_SECONDS,
        )

    def get(self, path: str, **params: Any) -> requests.Response:
        """GET with query parameters."""
        return self.call("GET", path, params=params)

    def post(self, path: str, body: Any = None) -> requests.Response:
        """POST of a JSON body."""
        return self.call("POST", path, body)

    def sim(self, path: str, body: Any = None, *, method: str = "POST") -> Any:
        """The JSON answer of an admin route under ``/__sim__/``; raises if it refuses."""
        answer = self.call(method, f"/__sim__/{path}", body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def close(self) -> None:
        """Close the pool."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
