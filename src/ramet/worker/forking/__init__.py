"""Copies of the process: checkpoints, branches, and whether a fork is safe."""
