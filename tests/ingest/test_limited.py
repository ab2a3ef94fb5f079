import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingest.limited import LimitedWorker, ParseFailed, end_idle_children


def count_bytes(data, unit=1):
    return [len(data) // unit, os.getpid()]


def refuse(data):
    raise ValueError("line 3 holds no title")


def fall_over(data):
    return {}[data.decode()]


def die_at_once(data):
    os.abort()


def turn_for_ever(data):
    while True:
        pass


def sleep_for_ever(data):
    time.sleep(3600)


def balloon(data):
    return len(bytearray(700 * 1024 * 1024))


def talk(data):
    os.write(1, b"frames come through this")
    return data.decode()


def list_modules(data):
    return sorted(sys.modules)


def see_environment(data):
    return dict(os.environ)


def write_file(data):
    with open(data.decode(), "wb") as file:
        return file.write(b"something")


def return_much(data):
    return "a" * (33 * 1024 * 1024)


def keep_much(data):
    kept.append(bytearray(300 * 1024 * 1024))
    return len(kept)


kept: list[bytearray] = []


def test_one_child_serves_item_after_item_with_arguments():
    with LimitedWorker() as worker:
        replies = [worker.run(count_bytes, b"bread" * n, unit=5) for n in range(200)]

    assert [length for length, _ in replies] == list(range(200))
    assert len({pid for _, pid in replies}) == 1
    assert replies[0][1] != os.getpid()


def read_pid():
    with LimitedWorker() as worker:
        return worker.run(count_bytes, b"")[1]


def test_the_child_waits_for_the_next_worker():
    assert read_pid() == read_pid()


def test_two_workers_at_once_have_a_child_each():
    with LimitedWorker() as one, LimitedWorker() as other:
        assert one.run(count_bytes, b"")[1] != other.run(count_bytes, b"")[1]


def test_a_child_that_died_while_it_waited_is_replaced():
    first = read_pid()
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)

    assert read_pid() != first


def test_a_child_that_was_left_in_the_middle_of_an_item_is_never_asked_again():
    with pytest.raises(KeyboardInterrupt), LimitedWorker() as worker:  # noqa: PT012
        _, first = worker.run(count_bytes, b"")
        signal.signal(signal.SIGALRM, interrupt)
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        worker.run(sleep_for_ever, b"")

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with LimitedWorker() as worker:
        length, pid = worker.run(count_bytes, b"bread")

    assert length == 5
    assert pid != first


def interrupt(number, frame):
    raise KeyboardInterrupt


def test_no_child_outlives_the_program():
    program = (
        "from ingest.limited import LimitedWorker\n"
        "from tests.ingest.test_limited import count_bytes\n"
        "with LimitedWorker() as worker: print(worker.run(count_bytes, b'')[1])"
    )
    root = Path(__file__).parents[2]
    said = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True)
    pid = int(said.stdout)

    assert said.returncode == 0, said.stderr
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_refusal_of_the_parser_is_malformed_in_its_words_and_costs_no_child():
    with LimitedWorker() as worker:
        _, pid = worker.run(count_bytes, b"")
        with pytest.raises(ParseFailed, match="malformed: line 3 holds no title"):
            worker.run(refuse, b"")

        assert worker.run(count_bytes, b"")[1] == pid


@pytest.mark.parametrize(
    ("parse", "data", "failure"),
    [
        (fall_over, b"Root", "crashed: KeyError: 'Root'"),
        (die_at_once, b"", "crashed: ended the parser with SIGABRT"),
        (turn_for_ever, b"", "timed_out: took more than 2 seconds"),
        (sleep_for_ever, b"", "timed_out: took more than 2 seconds"),
        (balloon, b"", "too_much_memory: MemoryError"),
        (write_file, b"/tmp/masthead-test-never-written", "crashed: OSError: .*File too large"),
        (return_much, b"", "too_much_memory"),
    ],
)
def test_whatever_a_parser_does_the_next_item_is_read(parse, data, failure):
    max_seconds = 2 if failure.startswith("timed_out") else 30
    with (
        LimitedWorker(max_seconds=max_seconds) as worker,
        pytest.raises(ParseFailed, match=failure),
    ):
        worker.run(parse, data)

    with LimitedWorker() as worker:  # with time enough to start a child on a busy machine
        assert worker.run(count_bytes, b"bread")[0] == 5


def test_what_earlier_items_left_behind_is_not_held_against_the_next():
    with LimitedWorker() as worker:
        assert [worker.run(keep_much, b"") for _ in range(3)] == [1, 1, 1]


def test_what_a_parser_prints_does_not_disturb_the_answer():
    with LimitedWorker() as worker:
        assert worker.run(talk, "crumb ü".encode()) == "crumb ü"


def test_the_child_loads_no_model_library_and_sees_no_secret(monkeypatch):
    end_idle_children()
    monkeypatch.setenv("MASTHEAD_API_KEY", "canary")
    with LimitedWorker() as worker:
        modules = set(worker.run(list_modules, b""))
        environment = worker.run(see_environment, b"")

    assert not modules & {"torch", "transformers", "faiss", "numpy", "gradio"}
    assert "canary" not in environment.values()
