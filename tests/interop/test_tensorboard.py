"""TensorBoard reads the event files that training writes."""

import pytest

from conftest import write_csv

pytest.importorskip("tensorboard")
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: E402


def test_tensorboard_reads_the_scalars(upkeep, linear_data, tmp_path):
    x, y = linear_data
    write_csv(tmp_path / "data.csv", x, y)
    (tmp_path / "net.yaml").write_text(f"layers:\n  - input: {{shape: [{x.shape[1]}]}}\n  - dense: {{units: 1}}\n")
    history = upkeep.json("train", tmp_path / "net.yaml", "--data", tmp_path / "data.csv", "--target", "y", "--loss", "mse", "--metrics", "mae",
                          "--validation", 0.2, "--epochs", 5, "--seed", 1, "--callbacks", f"tensorboard:log_dir={tmp_path / 'logs'}")["history"]
    for folder, prefix in (("train", ""), ("validation", "val_")):
        events = EventAccumulator(str(tmp_path / "logs" / folder))
        events.Reload()
        for name in ("loss", "mae"):
            scalars = events.Scalars(f"epoch_{name}")
            assert [scalar.step for scalar in scalars] == [0, 1, 2, 3, 4]
            assert [scalar.value for scalar in scalars] == pytest.approx(history[prefix + name], rel=1e-6)
