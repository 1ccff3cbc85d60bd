"""For how long the state machine is run, and how."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings


def random_search(examples: int, steps: int) -> settings:
    """Look elsewhere each time."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def until_first_failure(examples: int, steps: int) -> settings:
    """Look in the same places each time, and at the first failure stop; nothing is made smaller."""
    return settings(
        random_search(examples, steps),
        derandomize=True,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        database=None,
    )
