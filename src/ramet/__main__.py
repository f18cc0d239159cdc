"""`python -m ramet` is the command line."""

from ramet.cli.main import entry

entry()
