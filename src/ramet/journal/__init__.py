"""Everything that a session said, on disk: written before it is shown, read back as typed values."""
