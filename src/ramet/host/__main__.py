"""`python -m ramet.host` is a host, in the foreground."""

from ramet.host.process import main

main()
