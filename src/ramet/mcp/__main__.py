"""`python -m ramet.mcp`: the server on standard input and output."""

from ramet.mcp.stdio import main

main()
