"""Block bootstrap over days: how far results would differ with other weather. Used for offline scores and for coupled runs."""

from paramnet.resampling.blocks import Resampled, account, interval, lag_1_autocorrelation, parts_of, resample

__all__ = ["Resampled", "account", "interval", "lag_1_autocorrelation", "parts_of", "resample"]
