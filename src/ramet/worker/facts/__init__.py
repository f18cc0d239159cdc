"""What a shown value is, as facts for a reader who sees text only: charts and tables of any library."""
