"""What a fusion will need: memory and seconds with bounds, and how the coefficients are learnt from measurements."""

from __future__ import annotations

from advisor.forecast.accuracy import Accuracy, accuracy
from advisor.forecast.calibration import BUDGET_S, LEAST_S, Calibration, CalibrationView
from advisor.forecast.fit import fitted
from advisor.forecast.model import Coefficients, Forecast, Source, predict
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
    "fitted",
    "predict",
    "shipped",
]
