"""Talking to a host: over the socket of this user, or over TCP."""
