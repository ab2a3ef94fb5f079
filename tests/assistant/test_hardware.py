from assistant.hardware import GB, Hardware, find_hardware


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
