"""Looks at names and values that disturb nothing: variables, inspection, completion, short reprs."""
