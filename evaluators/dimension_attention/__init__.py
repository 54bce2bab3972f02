"""How large an attention head do N positions need: by training, and by the rank of its scores?"""
