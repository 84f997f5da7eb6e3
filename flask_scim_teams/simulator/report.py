"""A report as text."""

from __future__ import annotations

from collections.abc import Iterator

from flask_scim_teams.simulator.simulation import Report


def report_lines(report: Report) -> Iterator[str]:
    """Yield the lines of a report; the last one is the verdict."""
    yield f"{report.provider}: {sum(report.requests.values())} requests"
    for (method, status), number in sorted(
        report.requests.items(), key=lambda one: (one[0][0], one[0][1] or 0)
    ):
        yield f"  {method:<7}{'no answer' if status is None else status:<10}{number:>7}"
    if report.refusals:
        yield f"Refused ({len(report.refusals)}):"
        yield from (f"  {refusal}" for refusal in report.refusals)
    if report.differences:
        yield f"Different from the directory ({len(report.differences)}):"
        yield from (f"  {difference}" for difference in report.differences)
    there = _number(report.users, "user")
    if report.teams is not None:
        there += f" and {_number(report.teams, 'team')}"
    state = "equal" if report.equal else "DIFFERENT"
    refused = _number(len(report.refusals), "refusal")
    yield f"{'Passed' if report.passed else 'FAILED'}: state {state} ({there}), {refused}"


def _number(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
