"""The settings of a sensor keep their names on the way into compiled code."""

from __future__ import annotations

import numpy as np

from app.synthetic.sensor_models import KINDS, SENSOR, SensorModel, sample_sensor, sensor_record


def test_a_record_has_every_setting_under_its_own_name(rng):
    for kind in KINDS:
        model = sample_sensor(rng, kind)
        record = sensor_record(model)
        assert record.dtype == SENSOR
        assert set(SENSOR.names) == set(vars(model))
        for name, value in vars(model).items():
            np.testing.assert_allclose(record[name], value, rtol=1e-6)


def test_counts_are_whole_numbers_and_amounts_are_not():
    whole = {name for name in SENSOR.names if SENSOR[name].kind == "i"}
    assert whole == {"holes", "smooth", "fatten"}
    assert sensor_record(SensorModel())["ripple_px"] == 12
