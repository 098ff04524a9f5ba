"""The bundled sample corpus: synthetic narratives authored with their truth, written out in many layouts."""

from training.samples.build import build, load
from training.samples.narrative import SampleError

__all__ = ["SampleError", "build", "load"]
