"""Every number of the course that comes from the model, against the model."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from lessons.markdown import Claim, ContentError
from lessons.markdown.claims import Number, measured
from simulator.replications import interval, replicate

WORKERS = 2  # the kernel runs outside of Python's lock


def check_claims(claims: Iterable[Claim], each: Callable[[int], None] = lambda done: None) -> list[ContentError]:
    """The numbers that the simulator does not give, with what it gives instead; `each` hears of progress."""
    errors: list[ContentError] = []
    with ThreadPoolExecutor(WORKERS) as pool:
        for done, found in enumerate(pool.map(check_claim, claims), 1):
            errors += found
            each(done)
    return errors


def check_claim(claim: Claim) -> list[ContentError]:
    """Run a claim's experiment on its seeds; a mistake for each number that it does not give.

    The mean over the seeds must lie within `within_percent` (or half of the last digit that is printed) of the
    number, and the half width of its 95 % confidence interval must be smaller than that: else it says nothing.
    """
    options = claim.options
    runs = replicate(claim.experiment, options.seeds, options.duration, options.warm_up)
    errors = []
    for number in claim.numbers:
        values = [measured(run, number.measure) for run in runs]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            message = f"{claim.id}: {len(values) - len(known)} of {len(values)} runs have no {number.measure}"
        else:
            message = _against(number, *interval(known), options.within_percent)
        if message:
            errors.append(ContentError(claim.file, number.line, f"claim {claim.id}, {number.measure}: {message}"))
    return errors


def _against(number: Number, mean: float, half: float, within_percent: float) -> str:
    """What is wrong with a number, given the measured mean and half the width of its interval; empty if nothing."""
    room = max(abs(number.value) * within_percent / 100, number.half_digit)
    if abs(mean - number.value) > room + 1e-12:
        return f"expected {mean:.4g} ± {half:.2g} as measured, found {number.text!r} ({number.value:.4g} ± {room:.2g})"
    if half > room:
        return f"expected more or longer runs: measured {mean:.4g} ± {half:.2g}, and the text leaves ± {room:.2g}"
    return ""
