"""Outputs as a reader gets them: bounded text and pictures. No I/O."""
