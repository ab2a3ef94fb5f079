import pytest

from assistant.errors import AssistantError
from assistant.passwords import NOBODY, check_password, hash_password, is_hash
from tests.rated import ANN_HASH, ANN_PASSWORD


def test_a_password_is_known_again_and_no_other_is():
    assert check_password(ANN_PASSWORD, ANN_HASH)
    assert not check_password(ANN_PASSWORD.upper(), ANN_HASH)


def test_a_hash_holds_its_salt_so_that_no_two_are_alike():
    hashed = hash_password(ANN_PASSWORD)

    assert is_hash(hashed)
    assert hashed != ANN_HASH


@pytest.mark.parametrize("password", ["", "short", "x" * 201])
def test_a_password_too_short_or_too_long_is_refused(password):
    with pytest.raises(AssistantError, match="choose 12 to 200"):
        hash_password(password)


@pytest.mark.parametrize("text", ["", "secret", "scrypt:1:1:1:x:y", f"{ANN_HASH}x", f" {ANN_HASH}"])
def test_what_is_no_hash_is_told_apart(text):
    assert not is_hash(text)


def test_nobodys_hash_has_the_form_of_one():
    assert is_hash(NOBODY)
