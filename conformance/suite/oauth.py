"""The client credentials grant of OAuth 2 (RFC 6749, 4.4): tokens for a program of its own."""

from __future__ import annotations

import base64
import json
import ssl
from dataclasses import dataclass
from urllib.parse import quote_plus, urlencode

import httpx

from conformance.suite.token_source import IssuedToken, TokenUnavailableError
from conformance.suite.transport import BoundedTransport, find_environment_proxy

MAX_RESPONSE_BYTES = 64 * 1024
MAX_DESCRIPTION = 200  # characters of what the token endpoint says of an error


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentialsGrant:
    """How to get a token for a client.

    `scope` holds scopes with spaces between them; without it, the endpoint chooses. `timeout` is in
    seconds for one exchange, `ca_file` names certificates to trust.
    """

    token_url: str
    client_id: str
    client_secret: str
    scope: str | None = None
    ca_file: str | None = None
    timeout: float = 10.0

    def fetch_token(self, only_scope: str | None = None) -> IssuedToken:
        """Return a new token, with one scope only if that is named.

        Raises TokenUnavailableError with what the endpoint said.
        """
        form = {"grant_type": "client_credentials"}
        if only_scope or self.scope:
            form["scope"] = only_scope or self.scope or ""
        request = httpx.Request(
            "POST",
            self.token_url,
            headers={
                "Accept": "application/json",
                "Authorization": f"Basic {self._encode_client()}",
                "Content-Type": "application/x-www-form-urlencoded",
                "User-Agent": "conformance",
            },
            content=urlencode(form).encode(),
        )
        context = (
            ssl.create_default_context(cafile=self.ca_file)
            if self.ca_file
            else httpx.create_ssl_context(trust_env=False)
        )
        transport = BoundedTransport(context, 1, proxy=find_environment_proxy(self.token_url))
        try:
            response = transport.send(request, self.timeout, MAX_RESPONSE_BYTES)
        except (httpx.HTTPError, ssl.SSLError) as error:
            raise TokenUnavailableError(
                f"no token: {self.token_url} does not answer: {error}"
            ) from error
        finally:
            transport.close()
        return self._parse_response(response.status, response.body, only_scope)

    def _encode_client(self) -> str:
        """Return the client's id and secret for basic authentication (RFC 6749, 2.3.1)."""
        pair = f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret)}"
        return base64.b64encode(pair.encode()).decode()

    def _parse_response(self, status: int, body: bytes, only_scope: str | None) -> IssuedToken:
        """Return the token of a response (RFC 6749, 5.1 and 5.2)."""
        try:
            node = json.loads(body)
        except ValueError:
            node = None
        if not isinstance(node, dict):
            raise TokenUnavailableError(
                f"no token: {self.token_url} answered {status} without a JSON object"
            )
        if status != 200 or not isinstance(node.get("access_token"), str):
            texts = [str(node[key]) for key in ("error", "error_description") if node.get(key)]
            reason = ": ".join(texts) or "no access_token"
            raise TokenUnavailableError(
                f"no token: {self.token_url} answered {status}: {reason[:MAX_DESCRIPTION]}"
            )
        token, lifetime = node["access_token"], node.get("expires_in")
        if str(node.get("token_type", "bearer")).lower() != "bearer":
            raise TokenUnavailableError(
                f"no token: {self.token_url} issues tokens of the type"
                f" {str(node['token_type'])[:MAX_DESCRIPTION]}, not bearer tokens"
            )
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise TokenUnavailableError(
                f"no token: {self.token_url} issued one that no header can carry"
            )
        granted = str(node.get("scope", only_scope) or "").split()
        if only_scope is not None and granted != [only_scope]:
            raise TokenUnavailableError(
                f"no token: {self.token_url} issued one for {' '.join(granted)[:MAX_DESCRIPTION]}"
                f" instead of {only_scope} only"
            )
        if isinstance(lifetime, bool) or not isinstance(lifetime, int | float):
            lifetime = None
        return IssuedToken(secret=token, lifetime=lifetime)
