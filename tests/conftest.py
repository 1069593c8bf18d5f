"""What all tests share: a time limit of Hypothesis measures the machine, not the code."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
