"""A person at a session: a prompt on the one hand, and what happens in the session on the other."""
