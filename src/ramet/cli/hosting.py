"""The host: what it is doing, opening it to the network, ending it, and finding out what is wrong."""

from __future__ import annotations

import click

from ramet.cli.exits import FAILED
from ramet.cli.talk import ask, json_option, remark, show
from ramet.client.address import address
from ramet.errors import BrokenError
from ramet.places import Places


@click.command("status", short_help="Tell about the host.")
@json_option
def status_(as_json: bool) -> int:
    """Tell about the host process that keeps your sessions: its sessions, its socket, its log."""
    try:
        answer = ask("GET", f"/v1/host?view={'value' if as_json else 'told'}", start=False)
    except BrokenError:
        if as_json:
            raise
        click.echo(f"no host is running; `ramet run` starts one{_left()}")
        return FAILED
    return show(answer, "", as_json=as_json)


@click.command("serve", short_help="Let the host take requests over TCP.")
@click.option("--http", "address", metavar="ADDRESS:PORT", default="127.0.0.1:8421", show_default=True, help="Where.")
@click.option("--no-token", is_flag=True, help="Ask for no token; only at a loopback address.")
@click.option("--name", "names", multiple=True, help="A host name, besides addresses, under which it may be asked.")
@click.option("--certificate", type=click.Path(exists=True, resolve_path=True), help="A PEM file, for https.")
@click.option("--certificate-key", type=click.Path(exists=True, resolve_path=True), help="Its key, if in another file.")
@json_option
def serve_(
    address: str,
    no_token: bool,
    names: tuple[str, ...],
    certificate: str | None,
    certificate_key: str | None,
    as_json: bool,
) -> int:
    """Let the host take requests at a TCP address too, until it ends. The API is described in docs/api.md.

    Whoever has the token can do there what you can do here. `RAMET_HOST=http://ADDRESS:PORT` and `RAMET_TOKEN` make
    this command, and `ramet.connect()`, use it from elsewhere. Without https everything can be read on the way: do not
    cross a network with it.
    """
    body = {
        "address": address,
        "token": not no_token,
        "names": list(names),
        "certificate": certificate,
        "certificate_key": certificate_key,
    }
    answer = ask("POST", "/v1/host/listen", body)
    if as_json:
        return show(answer, "", as_json=True)
    click.echo(f"listening at {answer['answer']['address']}")
    if not no_token:
        click.echo(f"the token is in {Places.of_user().token}")
    return 0


@click.command("stop", short_help="End the host; its sessions stay.")
@click.option("--end-sessions", is_flag=True, help="End all sessions, too.")
def stop_(end_sessions: bool) -> int:
    """End the host. Its sessions go on without it, and so does the code that runs in them.

    The next command starts the next host, which has them again. So one changes to another version of ramet.
    """
    from ramet.client.starting import wait_for_end

    start = end_sessions and bool(_names())  # who ends sessions must have them
    try:
        stopped = ask("POST", "/v1/host/stop", {"end_sessions": end_sessions}, start=start)["answer"]
    except BrokenError:
        click.echo(f"no host is running{_left()}")
        return 0
    if address().path is not None:
        wait_for_end(stopped["pid"])
    names = ", ".join(stopped["sessions"])
    if not names:
        click.echo("the host has ended")
    elif end_sessions:
        click.echo(f"the host has ended, and with it: {names}")
    else:
        click.echo(f"the host has ended; these sessions go on without it, and the next command has them again: {names}")
        remark("`ramet stop --end-sessions` ends them, `ramet close NAME` one of them")
    return 0


@click.command("mcp", short_help="Give an agent sessions as tools.")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False))
def mcp_(folder: str | None) -> None:
    """Speak the Model Context Protocol on standard input and output; an agent's program starts this.

    The agent's sessions are those of these commands. They start in FOLDER, which is the present one if not given, and
    its `main` is that of the project there. They outlive the agent: another one that starts in the same folder finds
    them. At a host that has a TCP address, Streamable HTTP is at the path /mcp.

    \b
      claude mcp add ramet -- ramet mcp
      codex mcp add ramet -- ramet mcp
      gemini mcp add --scope user ramet ramet mcp
    """
    from ramet.client.pipe import main

    main(folder)


@click.command("doctor", short_help="Find out what is wrong.")
def doctor_() -> int:
    """Try what a session needs, one thing after the other, and say what to do about the first that does not work."""
    from ramet.cli.doctor import examine

    return examine()


def _names() -> list[str]:
    """The sessions that live in the home of this user; none if the host is somewhere else."""
    return Places.of_user().names() if address().path is not None else []


def _left() -> str:
    """What to say of sessions that no host looks after."""
    names = _names()
    return f"; these sessions go on without one: {', '.join(names)}" if names else ""
