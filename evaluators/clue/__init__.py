"""Chinese language understanding: the tasks of CLUE and FewCLUE, trained and scored."""
