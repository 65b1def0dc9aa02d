"""The demo: staff, and some three hundred cases with a past, so that whoever starts the desk finds it in the middle of a day.

``stories`` makes the cases up, from a seed and nothing else; ``loading`` plays them through the operations of the desk,
as told at the time they are said to have happened. Only on a loopback address: everybody knows the password.
"""
