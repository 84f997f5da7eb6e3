"""Transcripts: what an identity provider sends, step by step, and what it has to be answered.

Rules:

- a step is sent as it is written, and nothing is added to it but what the sender adds;
- ``{name}`` stands for what an earlier step kept, in targets, in headers and in texts;
- of an answer, what is expected has to be there; what else is there is no matter, except that a
  list has as many elements as are expected.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from dataclasses import fields
from pathlib import Path
from typing import Any
from typing import Self
from typing import TypeVar
from urllib.parse import quote

from flask_scim_teams.simulator.difference import MISSING
from flask_scim_teams.simulator.difference import at
from flask_scim_teams.simulator.difference import difference
from flask_scim_teams.simulator.exchange import Answer
from flask_scim_teams.simulator.exchange import Request
from flask_scim_teams.simulator.exchange import Send

_FOLDER = Path(__file__).with_name("transcripts")
_NAME = re.compile(r"\{([a-z][a-z0-9_]*)\}", re.ASCII)
_T = TypeVar("_T")
#: How much of a body a failure shows, in characters.
_SHOWN = 2000


class StepFailed(AssertionError):
    """An answer was not what the identity provider needs.

    :param transcript: name of the transcript.
    :param number: number of the step, from 1.
    :param fact: what the provider does there.
    """

    def __init__(
        self, transcript: str, number: int, fact: str, request: Request, answer: Answer, why: str
    ) -> None:
        self.transcript = transcript
        self.number = number
        self.fact = fact
        super().__init__(
            f"{transcript}, step {number}: {fact}\n"
            f"  sent: {request.method} {request.target} {_shown(request.body or b'')}\n"
            f"  answered: {answer.status} {_shown(answer.body)}\n"
            f"  {why}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a step sends.

    :param target: path and query below the base URL, as on the wire.
    :param headers: beside the transcript's, or in their place; ``None`` for one that is left out.
    :param body: the JSON.
    :param raw: the body where it is no JSON.
    :param echo: name of a kept resource which is sent back, with the attributes of ``body`` in it.
    """

    method: str
    target: str
    headers: Mapping[str, str | None] = field(default_factory=dict)
    body: Any = None
    raw: str | None = None
    echo: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a step has to be answered.

    :param status: the code, or those that are accepted.
    :param headers: values of headers; parameters after a ``;`` are no matter.
    :param body: the part of the JSON that has to be there.
    :param absent: paths at which the JSON has nothing.
    """

    status: int | Sequence[int]
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = MISSING
    absent: Sequence[str | Sequence[str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request and its answer.

    :param fact: what the provider does, in one sentence.
    :param keep: names for parts of the answer, by dotted path or list of names; ``[]`` is all.
    :param differs: what the provider's own test wants instead of what is expected here, and why
        it does not get that.
    """

    fact: str
    send: Sent
    expect: Expected
    differs: str = ""
    keep: Mapping[str, str | Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What one provider sends, in order.

    :param name: name of the file, without its ending.
    :param provider: key of the provider, such as ``entra``.
    :param sources: where what it sends is public.
    :param headers: sent with every step, ``Content-Type`` where there is a body; ``None`` for one
        that is not to be there, whatever the sender would add.
    :param answers: headers of every answer that has a body.
    :param alone: whether it counts what there is: it is for a server, or a tenant of one, where
        nobody else has users or teams.
    """

    name: str
    provider: str
    title: str
    sources: Sequence[str]
    headers: Mapping[str, str | None]
    steps: Sequence[Step]
    answers: Mapping[str, str] = field(default_factory=dict)
    alone: bool = False

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a file.

        :raises ValueError: if it is not of the form of a transcript, saying where.
        """
        found = json.loads(path.read_text(encoding="utf-8"))
        steps: list[Step] = []
        kept: set[str] = set()
        for number, one in enumerate(found.pop("steps", ()), 1):
            where = f"{path.name}, entry {number} of steps"
            times = one.pop("times", None)
            for turn in range(1, (times or 1) + 1):
                filled = _filled(one, {"n": str(turn)}, strict=False) if times else one
                steps.append(_step(filled, kept, where))
                kept |= steps[-1].keep.keys()
        if not steps:
            raise ValueError(f"{path.name} has no steps.")
        return _made(cls, {"name": path.stem, **found, "steps": tuple(steps)}, path.name)

    def __str__(self) -> str:
        return self.name


def transcripts() -> list[Transcript]:
    """Return the transcripts that come with the package, by name."""
    return [Transcript.load(path) for path in sorted(_FOLDER.glob("*.json"))]


def play(transcript: Transcript, send: Send) -> None:
    """Send all steps in order, and compare the answers.

    :param send: sends a request to the server and returns its answer.
    :raises StepFailed: at the first answer that is not as expected.
    """
    for _ in step_by_step(transcript, send):
        pass


def step_by_step(transcript: Transcript, send: Send) -> Iterator[Step]:
    """Send one step at a time, and yield it when its answer was as expected.

    :raises StepFailed: at the first answer that is not as expected.
    """
    kept: dict[str, Any] = {}
    for number, step in enumerate(transcript.steps, 1):
        request = _request(transcript, step.send, kept)
        answer = send(request)
        why = _mismatch(transcript, step.expect, answer, kept)
        if why is None:
            for name, path in step.keep.items():
                kept[name] = at(answer.json, path)
                if kept[name] is MISSING:
                    why = f"the answer has no {path!r}"
        if why is not None:
            raise StepFailed(transcript.name, number, step.fact, request, answer, why)
        yield step


def _request(transcript: Transcript, sent: Sent, kept: Mapping[str, Any]) -> Request:
    body = sent.body
    if sent.echo is not None:
        body = {**kept[sent.echo], **(body or {})}
    if sent.raw is not None:
        content: bytes | None = sent.raw.encode()
    elif body is not None:
        content = json.dumps(_filled(body, kept), ensure_ascii=False).encode()
    else:
        content = None
    headers = {
        name: value
        for name, value in transcript.headers.items()
        if content is not None or name.lower() != "content-type"
    }
    for name, value in sent.headers.items():
        headers = {old: held for old, held in headers.items() if old.lower() != name.lower()}
        headers[name] = value
    return Request(
        method=sent.method,
        target=_NAME.sub(lambda match: quote(str(kept[match[1]]), safe=""), sent.target),
        headers={
            name: str(_filled(value, kept)) for name, value in headers.items() if value is not None
        },
        body=content,
    )


def _mismatch(
    transcript: Transcript, expected: Expected, answer: Answer, kept: Mapping[str, Any]
) -> str | None:
    """Return what is wrong with an answer, if something is."""
    codes = [expected.status] if isinstance(expected.status, int) else expected.status
    if answer.status not in codes:
        return f"status: expected {' or '.join(map(str, codes))}, found {answer.status}"
    if answer.status == 204 and answer.body:
        return "body: expected none after 204"
    headers = {**(transcript.answers if answer.body else {}), **expected.headers}
    for name, value in headers.items():
        found = answer.headers.get(name.lower(), "")
        wanted = _filled(value, kept)
        if wanted not in (found, found.partition(";")[0].strip()):
            return f"header {name}: expected {wanted!r}, found {found!r}"
    if expected.body is MISSING and not expected.absent:
        return None
    document = answer.json
    for path in expected.absent:
        if at(document, path) is not MISSING:
            return f"{path}: expected nothing there, found {at(document, path)!r}"
    if expected.body is MISSING:
        return None
    return difference(_filled(expected.body, kept), document)


def _filled(value: Any, kept: Mapping[str, Any], *, strict: bool = True) -> Any:
    """Return the JSON with names replaced by what was kept.

    A text that is one name alone becomes what was kept, of whatever type.
    """
    if isinstance(value, dict):
        return {
            _filled(key, kept, strict=strict): _filled(item, kept, strict=strict)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_filled(item, kept, strict=strict) for item in value]
    if not isinstance(value, str):
        return value

    def known(match: re.Match[str]) -> str:
        return str(kept[match[1]]) if strict or match[1] in kept else match[0]

    alone = _NAME.fullmatch(value)
    if alone and (strict or alone[1] in kept):
        return kept[alone[1]]
    return _NAME.sub(known, value)


def _step(found: Mapping[str, Any], kept: set[str], where: str) -> Step:
    sent, expected = found.get("send", {}), found.get("expect", {})
    used = set(_NAME.findall(json.dumps([sent, expected], ensure_ascii=False)))
    used |= {sent["echo"]} if "echo" in sent else set()
    if not used <= kept:
        raise ValueError(f"{where}: no earlier step keeps {', '.join(sorted(used - kept))}.")
    parts = {
        **found,
        "send": _made(Sent, sent, where),
        "expect": _made(Expected, expected, where),
    }
    return _made(Step, parts, where)


def _made(kind: type[_T], found: Mapping[str, Any], where: str) -> _T:
    # A misspelt key would be an expectation that nothing can disappoint.
    unknown = found.keys() - {one.name for one in fields(kind)}  # type: ignore[arg-type]
    if unknown:
        raise ValueError(f"{where}: {kind.__name__} has no {', '.join(sorted(unknown))}.")
    try:
        return kind(**found)
    except TypeError as error:
        raise ValueError(f"{where}: {error}") from None


def _shown(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
