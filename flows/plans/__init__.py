"""How is a plan read and checked?"""
