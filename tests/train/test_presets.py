import pytest

from assistant.errors import ConfigError
from assistant.hardware import GB, Hardware
from assistant.settings import TrainSettings
from train.presets import choose_preset, choose_rate, load_presets

CPU = Hardware(cores=2, memory=16 * GB)


def gpu(gb):
    return Hardware(8, 64 * GB, gpu="a card", gpu_memory=int(gb * GB), bf16=True)


@pytest.mark.parametrize(
    ("hardware", "name"),
    [
        (CPU, "cpu"),
        (gpu(5.8), "gpu-6gb"),
        (gpu(15.7), "gpu-16gb"),
        (gpu(23.6), "gpu-24gb"),
        (gpu(79.2), "gpu-80gb"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_auto_takes_the_largest_preset_that_the_machine_holds(hardware, name):
    assert choose_preset(None, TrainSettings(), hardware).name == name


@pytest.mark.parametrize("preset", load_presets().values(), ids=lambda preset: preset.name)
def test_every_preset_is_a_whole_number_of_passes_a_step(preset):
    assert preset.rows_per_step == preset.count_micro_batches() * preset.rows_at_once
    assert choose_preset(preset.name, TrainSettings(), gpu(80)) == preset


def test_masthead_yaml_overrides_the_preset_and_the_command_line_names_it():
    settings = TrainSettings(preset="gpu-6gb", rank=4, learning_rate=5e-4, epochs=1)

    preset = choose_preset("cpu", settings, CPU)

    assert (preset.name, preset.rank, preset.alpha, preset.epochs) == ("cpu", 4, 8, 1)
    assert choose_rate(preset, 10) == 5e-4


def test_quantisation_can_be_asked_for_on_any_machine():
    assert choose_preset(None, TrainSettings(quantisation="nf4"), CPU).quantisation == "nf4"


@pytest.mark.parametrize(("n_parameters", "rate"), [(135_000_000, 1e-3), (7_000_000_000, 2e-4)])
def test_small_bases_learn_at_a_higher_rate(n_parameters, rate):
    assert choose_rate(load_presets()["cpu"], n_parameters) == rate


def test_an_unknown_preset_names_the_nearest():
    with pytest.raises(ConfigError, match="'gpu-16g' is not known; did you mean gpu-16gb"):
        choose_preset("gpu-16g", TrainSettings(), CPU)


def test_a_gpu_preset_without_a_gpu_is_refused():
    with pytest.raises(ConfigError, match="gpu-24gb needs a GPU and torch finds none"):
        choose_preset("gpu-24gb", TrainSettings(), CPU)
