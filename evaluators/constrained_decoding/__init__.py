"""How does a network answer with nothing but what a prefix tree allows?"""
