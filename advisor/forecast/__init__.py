"""What a fusion will need: memory and seconds with bounds, by coefficients that are learnt from measurements.

Pure but for `Calibration`, which runs fusions in a process of its own. `predict` makes a `Forecast` by `Coefficients`,
those `shipped` or those `fitted` to this machine; `accuracy` says how far forecasts were off.
"""

from __future__ import annotations

from advisor.forecast.backtest import Accuracy, accuracy
from advisor.forecast.calibration import BUDGET_S, LEAST_S, Calibration, CalibrationView
from advisor.forecast.fit import fitted
from advisor.forecast.model import Coefficients, Forecast, Source, predict
from advisor.forecast.saving_there import as_done
from advisor.forecast.shipped_coefficients import shipped

__all__ = [
    "BUDGET_S",
    "LEAST_S",
    "Accuracy",
    "Calibration",
    "CalibrationView",
    "Coefficients",
    "Forecast",
    "Source",
    "accuracy",
    "as_done",
    "fitted",
    "predict",
    "shipped",
]
