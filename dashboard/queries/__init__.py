"""Where does a page get its rows? SQL in, data frames out; one file for each page."""
