"""The two shells behind one interface, and how their results show."""
