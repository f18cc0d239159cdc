"""One live session: its state, its queue of cells, and what comes of them."""
