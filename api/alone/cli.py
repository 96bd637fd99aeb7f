"""`python -m api`: serve the API alone. Exit codes: 0 it was ended, 1 it could not go on, 2 a setting is wrong."""

from __future__ import annotations

import socket
from typing import Annotated

import typer
import uvicorn

from api.alone.application import application
from api.alone.entrance import Rules
from api.server.origins import Names
from api.server.tokens import Access, Role, is_loopback
from fusion import refusal
from fusion.cli import command_line, streams
from fusion.errors import FusionError

PORT = 8502  # beside the pages, which have 8501
app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where it listens.")] = PORT,
    address: Annotated[str, typer.Option(help="Of this machine; 0.0.0.0 for every one.")] = "127.0.0.1",
    host: Annotated[
        list[str] | None, typer.Option("--allowed-host", help="A name that it goes by, as behind a proxy; again.")
    ] = None,
    origin: Annotated[
        list[str] | None, typer.Option("--allowed-origin", help="Another site whose pages may ask; again.")
    ] = None,
) -> int:
    """Serve the HTTP API, without the pages."""
    rules = Rules(Access.as_set(), Names(address, tuple(host or ()), tuple(origin or ())), port)
    made = application(rules, lambda: _announce(rules, address, port))
    server = uvicorn.Server(
        uvicorn.Config(
            made,
            host=address,
            port=port,
            log_level="warning",
            server_header=False,
            proxy_headers=False,  # who asks is whoever is connected: a proxy may be anybody's
            timeout_graceful_shutdown=5,
        )
    )
    _check(address, port)
    server.run()
    return 0 if server.started else 1


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return the exit code."""
    return command_line.run(app, arguments, "python -m fusion serve")


def _check(address: str, port: int) -> None:
    """
    Raises:
        typer.BadParameter: it cannot listen there: another does, or it is no address of this machine.
    """
    try:
        socket.create_server((address, port), family=_family(address)).close()
    except OSError as error:
        raise typer.BadParameter(f"--address {address} --port {port}: {error.strerror or error}") from error


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _announce(rules: Rules, address: str, port: int) -> None:
    """Prints where it is, and the token that lets people in where one is asked for."""
    host = "127.0.0.1" if address in ("", "0.0.0.0", "::") else address
    named = f"[{host}]" if ":" in host else host
    streams.report(f"Fusewise answers programs at http://{named}:{port}/v1; /docs says how.")
    access = rules.access
    if access.is_off:
        streams.report("It asks nobody for a token (FUSEWISE_TOKEN=off).")
    elif access.is_always_asked or not is_loopback(address):
        streams.report(f"The administrator's token: {access.token(Role.ADMINISTRATOR)}")
    if not access.is_off and rules.is_open:
        streams.report(f"The guests' token: {access.token(Role.GUEST)}")
    try:
        refusal.ready(is_served=rules.is_open)
    except FusionError as error:
        streams.complain(f"NOTHING CAN BE FUSED YET: {error.message} {error.remedy}")
