"""What a reader gets: outputs as bounded text and Markdown. Nothing here does I/O."""
