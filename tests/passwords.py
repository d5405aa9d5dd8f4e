"""Passwords for stories that are not about them."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """Argon2 without what makes guessing slow: a tenth of a second and a hundred megabytes each time."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
