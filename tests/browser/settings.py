"""Eclipse as an operator runs it, but that a password costs next to nothing: hundreds of people sign up."""

from eclipse.settings import *  # noqa: F403

PASSWORD_HASHERS = ["tests.passwords.QuickArgon2"]
