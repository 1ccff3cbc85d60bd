"""How Hypothesis runs the state machine."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings


def random_search(examples: int, steps: int) -> settings:
    """Explore different interleavings in each run."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def until_first_failure(examples: int, steps: int) -> settings:
    """Explore the same interleavings in each run; stop at the first failure, unshrunk."""
    return settings(
        random_search(examples, steps),
        derandomize=True,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        database=None,
    )
