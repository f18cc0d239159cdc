"""What a reader gets: text as a terminal shows it, bounded, and HTML as Markdown. Nothing here does I/O."""
