"""How much of a GPU do encoding, training and recall curves use?"""
