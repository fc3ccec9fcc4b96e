"""One call to a witness: its address, and what it is asked."""

from __future__ import annotations

from gateway.calling import SECONDS, CallError, Reach, Reply, may_be_called, parse_address, send

__all__ = ["CallError", "Reply", "may_be_called", "parse_address", "post"]


def post(url: str, body: bytes, *, ca_bundle: str, private: bool, seconds: float = SECONDS) -> Reply:
    """Send a checkpoint and take the answer; `private` allows addresses of one's own network.

    Raises:
        CallError: the address may not be called, the certificate is not trusted, or no answer came in time.
    """
    found = parse_address(url)
    address = type(found)(host=found.host, port=found.port, path=f"{found.path}/add-checkpoint")
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    reach = Reach(ca_bundle=ca_bundle, private=private)
    return send(address, reach, method="POST", body=body, headers=headers, seconds=seconds)
