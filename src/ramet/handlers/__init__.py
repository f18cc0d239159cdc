"""Ways to reach an interpreter. `base` says what a handler is; the others are one way each."""
