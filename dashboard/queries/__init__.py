"""What the pages ask the store: SQL in, data frames out; one file for each page."""
