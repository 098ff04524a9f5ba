"""The one seed: of splits, training, draws and resamples wherever none is given, so that equal data give equal results."""

from __future__ import annotations

SEED = 20240501

__all__ = ["SEED"]
