"""What a reader gets: outputs as bounded text and Markdown, HTML made harmless. Nothing here does I/O."""
