"""CAN on synthetic classes and on digits: does it gain where the prior is what was trained on?"""
