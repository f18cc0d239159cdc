"""The hands of an agent: sessions as tools of the Model Context Protocol."""
