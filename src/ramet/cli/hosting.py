"""The host: what it is doing, opening it to the network, ending it, and finding out what is wrong."""

from __future__ import annotations

import click

from ramet.cli.talk import ask, json_option, show
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
        click.echo("no host is running; `ramet run` starts one")
        return 1
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


@click.command("stop", short_help="End the host.")
@click.option("--all", "end_sessions", is_flag=True, help="And all sessions with it.")
def stop_(end_sessions: bool) -> int:
    """End the host. While there are sessions that is refused, unless they shall end too."""
    try:
        ask("POST", "/v1/host/stop", {"end_sessions": end_sessions}, start=False)
    except BrokenError:
        click.echo("no host is running")
        return 0
    click.echo("the host ends")
    return 0


@click.command("doctor", short_help="Find out what is wrong.")
def doctor_() -> int:
    """Try what a session needs, one thing after the other, and say what to do about the first that does not work."""
    from ramet.cli.doctor import examine

    return examine()
