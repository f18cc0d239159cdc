"""Completion of commands, options and session names in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion", short_help="Let your shell complete commands and session names.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_(shell: str) -> int:
    """Print what makes SHELL complete commands, options and the names of sessions with Tab.

    \b
      eval "$(ramet completion bash)"        # in ~/.bashrc
      eval "$(ramet completion zsh)"         # in ~/.zshrc
      ramet completion fish | source         # in ~/.config/fish/config.fish
    """
    from ramet.cli.main import group

    completion = get_completion_class(shell)
    assert completion is not None
    click.echo(completion(group, {}, "ramet", "_RAMET_COMPLETE").source())
    return 0
