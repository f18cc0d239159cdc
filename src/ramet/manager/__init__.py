"""Many sessions: what they are made with, what they are called, how many there may be."""
