"""What a reader gets: outputs and errors as bounded text, Markdown and pictures. Nothing here does I/O."""
