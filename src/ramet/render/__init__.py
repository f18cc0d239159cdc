"""What a reader gets: outputs as bounded text, Markdown and pictures, HTML made harmless. Nothing here does I/O."""
