"""How is one plan run carried out: prepared, evaluated, recorded, concluded?"""
