"""Frozen values that cross module borders: cells, outputs, outcomes, frames and the table of session states."""
