"""Passwords are kept as bcrypt hashes only, and may be of any length."""

import base64
import hashlib
import threading

import bcrypt

_COST = 12

# A bcrypt takes a quarter of a second of a core; a flood of sign-ins must leave room for everybody else.
_HASHING = threading.BoundedSemaphore(2)


def _digest(password: str) -> bytes:
    # bcrypt reads 72 bytes at most and stops at a zero byte, so it is given a digest without either.
    return base64.b64encode(hashlib.sha256(password.encode()).digest())


def hash_password(password: str) -> str:
    """The bcrypt hash (cost 12) of the base64 of the SHA-256 of a password."""
    with _HASHING:
        return bcrypt.hashpw(_digest(password), bcrypt.gensalt(_COST)).decode("ascii")


def check_password(password: str, password_hash: str) -> bool:
    """Whether a password belongs to a hash; a hash that cannot be read belongs to none."""
    try:
        with _HASHING:
            return bcrypt.checkpw(_digest(password), password_hash.encode("ascii"))
    except ValueError:
        return False


# Checked where an email is unknown, so that the answer takes as long as for a known one.
DUMMY_HASH = "$2b$12$C6UzMDM.H6dfI/f/IKcEeO7ZbLTnKEhDZ0dPbJ4h1iQKC1KQXvm2e"
