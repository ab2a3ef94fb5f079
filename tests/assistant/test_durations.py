import pytest

from assistant.durations import parse_duration
from assistant.errors import AssistantError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("4m", 240), ("1h30m", 5400), ("45", 45), (" 2M ", 120), ("0.5m", 30), ("0", 0)],
)
def test_a_duration_is_read_as_people_type_it(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "4 m", "-3s", "3d", "m", "1:30"])
def test_anything_else_is_shown_how_to_write_one(text):
    with pytest.raises(AssistantError, match="is not a duration; write 90s, 4m or 1h30m"):
        parse_duration(text)
