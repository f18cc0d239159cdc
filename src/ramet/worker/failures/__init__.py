"""Errors as facts: the frames, the locals, and what may have been meant."""
