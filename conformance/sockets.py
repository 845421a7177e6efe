"""A port of this machine that accepts connections."""

from __future__ import annotations

import socket

from conformance.errors import Problem, UsageError


def bind_socket(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to an address, for asyncio to listen on; port 0 takes any free
    one. Raises UsageError when it cannot be had.
    """
    # asyncio turns Nagle's algorithm off only where the protocol is named: without it each answer
    # waits for a delayed acknowledgement
    listening_socket = socket.socket(
        socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
    )
    listening_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening_socket.bind((host, port))
    except (OSError, OverflowError) as error:
        listening_socket.close()
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            Problem(
                message=f"cannot listen on {host}:{port}: {reason}",
                hint="choose another port; 0 takes any free one",
            )
        ) from error
    return listening_socket


def format_address(listening_socket: socket.socket) -> str:
    """Return `HOST:PORT` as a URL has it."""
    host, port = listening_socket.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
