import os

import pytest

from assistant.hardware import GB, Hardware, find_hardware, share_cores


def test_a_machine_without_a_gpu_is_a_processor():
    machine = Hardware(cores=2, memory=16 * GB)

    assert (machine.device, machine.name) == ("cpu", "2 CPU cores, 16 GB")


def test_a_machine_with_a_gpu_is_named_by_it():
    machine = Hardware(8, 64 * GB, gpu="A card", gpu_memory=24 * GB, bf16=True)

    assert (machine.device, machine.name) == ("cuda", "A card, 24 GB")


def test_this_machine_has_cores_and_memory():
    machine = find_hardware()

    assert machine.cores >= 1
    assert machine.memory > GB


@pytest.mark.parametrize(
    ("given", "spins"),
    [({}, "2000"), ({"GOMP_SPINCOUNT": "5"}, "5"), ({"OMP_WAIT_POLICY": "ACTIVE"}, None)],
    ids=["unset", "count given", "policy given"],
)
def test_waiting_threads_sleep_unless_the_person_said_otherwise(monkeypatch, given, spins):
    for name in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY"):
        monkeypatch.setenv(name, "")  # so that the test's end takes away what share_cores sets
        monkeypatch.delenv(name)
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    share_cores()

    assert os.environ.get("GOMP_SPINCOUNT") == spins
