"""How is a checkpoint evaluated on the Chinese tasks of CLUE and FewCLUE?"""
