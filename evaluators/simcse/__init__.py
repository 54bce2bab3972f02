"""SimCSE: does training a checkpoint on its own dropout make its sentence vectors better?"""
