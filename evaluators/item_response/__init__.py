"""What do the answers of many models say about the single examples?"""
