"""The true label of passages from several fallible voters, none of whom is known to be right.

A. P. Dawid, A. M. Skene (1979), Maximum likelihood estimation of observer error-rates using the EM algorithm, Applied Statistics
28(1), 20-28.  Equations are numbered as there.  What a voter says may be more than the classes: that it abstains is an answer, too, as
a voter that can only ever say one thing tells something by saying nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class VoterEstimate:
    """``posterior`` is (passage, class), ``prior`` (class,), ``errors`` (voter, class, answer): how often a voter gives an answer to
    passages of a class; ``likelihood`` the log likelihood after each step."""

    posterior: Floats
    prior: Floats
    errors: Floats
    likelihood: tuple[float, ...]


def counts_of(votes: NDArray[np.int64], answers: int) -> Floats:
    """(passage, voter) numbers of answers → (passage, voter, answer) counts; −1 is a vote that was not taken and counts nothing."""
    found = np.zeros((*votes.shape, answers))
    passage, voter = np.nonzero(votes >= 0)
    found[passage, voter, votes[passage, voter]] = 1
    return found


def estimate(
    counts: Floats, classes: int, *, smoothing: float = 0.01, rounds: int = 100, tolerance: float = 1e-6
) -> VoterEstimate:
    """EM from the voters' shares.

    Args:
        counts: (passage, voter, answer): how often a voter gave an answer; the first ``classes`` answers are the classes.
        classes: how many these are.
        smoothing: added to every count of an answer, so that what was never seen is not impossible; 0 is the paper.
        rounds: at most so many steps.
        tolerance: stop when the log likelihood gains less, as a share of itself.

    Returns:
        The estimate; a passage for which no voter named a class begins with all classes alike.
    """
    named = counts[:, :, :classes].sum(axis=1)
    total = named.sum(axis=1, keepdims=True)
    posterior = np.where(total > 0, named / np.maximum(total, 1), 1 / classes)
    steps: list[float] = []
    prior, errors = _maximise(counts, posterior, smoothing)
    for _ in range(rounds):
        # (2.5): p(class) and the product of the errors to the power of the counts, in logarithms
        joint = np.log(np.maximum(prior, _TINY)) + np.einsum("ivl,vcl->ic", counts, np.log(np.maximum(errors, _TINY)))
        top = joint.max(axis=1, keepdims=True)
        scaled = np.exp(joint - top)
        posterior = scaled / scaled.sum(axis=1, keepdims=True)
        # (2.7)
        steps.append(float((top[:, 0] + np.log(scaled.sum(axis=1))).sum()))
        prior, errors = _maximise(counts, posterior, smoothing)
        if len(steps) > 1 and steps[-1] - steps[-2] < tolerance * abs(steps[-1]):
            break
    return VoterEstimate(posterior, prior, errors, tuple(steps))


def _maximise(counts: Floats, posterior: Floats, smoothing: float) -> tuple[Floats, Floats]:
    """(2.3) errors and (2.4) prior, given how probable each class is for each passage."""
    answers = np.einsum("ic,ivl->vcl", posterior, counts) + smoothing
    total = answers.sum(axis=2, keepdims=True)
    # a class that no passage has leaves nothing to say of how voters answer to it
    errors = np.divide(answers, total, out=np.full_like(answers, 1 / counts.shape[2]), where=total > 0)
    return posterior.mean(axis=0), errors
