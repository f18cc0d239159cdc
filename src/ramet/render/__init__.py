"""What a reader gets: outputs, errors and values as bounded text. Nothing here does I/O."""
