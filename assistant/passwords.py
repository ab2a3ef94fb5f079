"""Editors' passwords as scrypt hashes, which is all that is ever written down of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

from assistant.errors import AssistantError

MIN_LENGTH = 12
MAX_LENGTH = 200
# OWASP's scrypt setting for 16 MB: log2(N) 14 with r 8 needs p 5; about 0.25 s a try.
_LOG_N, _R, _P = 14, 8, 5
_HASH = re.compile(r"scrypt:14:8:5:[A-Za-z0-9_-]{22}:[A-Za-z0-9_-]{43}")
# What an unknown name is checked against, so that it takes as long as a known one.
NOBODY = f"scrypt:14:8:5:{'A' * 22}:{'A' * 43}"


def hash_password(password: str) -> str:
    """Return scrypt:log2(N):r:p:salt:hash; AssistantError for a password that is too short."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise AssistantError(
            f"the password has {len(password)} characters; choose {MIN_LENGTH} to {MAX_LENGTH}"
        )
    salt = secrets.token_bytes(16)
    return f"scrypt:{_LOG_N}:{_R}:{_P}:{_text(salt)}:{_text(_derive(password, salt))}"


def check_password(password: str, hashed: str) -> bool:
    """Whether a password is the one that was hashed; takes as long either way."""
    *_, salt, expected = hashed.split(":")
    found = _derive(password[:MAX_LENGTH], base64.urlsafe_b64decode(f"{salt}=="))
    return hmac.compare_digest(_text(found), expected)


def is_hash(text: str) -> bool:
    """Whether a text is what `hash_password` returns."""
    return bool(_HASH.fullmatch(text))


def _derive(password: str, salt: bytes) -> bytes:
    secret = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(secret, salt=salt, n=2**_LOG_N, r=_R, p=_P, dklen=32)


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
