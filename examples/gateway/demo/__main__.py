"""Starts the gateway, provisions it, shows what came of it and goes on serving."""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from examples.gateway.demo import people
from examples.gateway.demo.narration import narrated
from examples.gateway.demo.narration import report
from examples.gateway.demo.server import DemoError
from examples.gateway.demo.server import Gateway
from examples.gateway.demo.server import running
from flask_scim_teams.simulator.channel import Unanswered
from flask_scim_teams.simulator.directory import Change
from flask_scim_teams.simulator.exchange import Request
from flask_scim_teams.simulator.exchange import Send
from flask_scim_teams.simulator.simulation import CannotStart
from flask_scim_teams.simulator.simulation import Simulation
from flask_scim_teams.simulator.urls import url_sender

TIMEOUT = 30.0  # seconds
CHAT = {"model": "echo-1", "messages": [{"role": "user", "content": "Is my account still good?"}]}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration and return the process's exit status."""
    parser = argparse.ArgumentParser(prog="python -m examples.gateway.demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after provisioning")
    parser.add_argument("--port", type=int, help="where the gateway listens (default: a free port)")
    options = parser.parse_args(arguments)
    if options.port is not None and not 0 < options.port < 65536:
        parser.error("a port is a number from 1 to 65535")
    serving = False
    try:
        with running(options.port) as gateway:
            token, key = provision(gateway)
            if options.once:
                return 0
            # Whoever reads the next lines may press Ctrl-C at once.
            serving = True
            print(
                "\nProvision it some more, as another provider does, from a second terminal:"
                f"\n  SCIM_TOKEN={token} \\"
                f"\n  {_python()} -m flask --app examples.gateway scim simulate okta \\"
                f"\n  --url {gateway.url}/scim/v2"
            )
            print(
                f"\nSee what was done: {gateway.url}/settings/scim/ - the operator's password is"
                f"\n  {gateway.command('admin', 'password')}"
                f"\nThe teams are at {gateway.url}/teams, behind the same password."
            )
            print(f"\nTry it: curl -H 'Authorization: Bearer {key}' {gateway.url}/v1/models")
            print(f"The gateway goes on serving at {gateway.url} - Ctrl-C ends it.")
            gateway.serve()
    except DemoError as error:
        print(f"\ndemo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
    return 0 if serving else 130


def provision(gateway: Gateway) -> tuple[str, str]:
    """Play a provisioning job against the gateway, then a day's changes.

    :returns: a SCIM token and an API key.
    """
    print(f"A gateway is running at {gateway.url}.\n")
    run(gateway, "scim", "connection", "create", "Entra", "--provider", "entra")
    token = run(gateway, "scim", "token", "create", "--label", "demo", "--connection", "Entra")
    print(
        f"\n  Tenant URL    {gateway.url}/scim/v2"
        f"\n  Secret Token  {token}\n"
        "\nNext: in your identity provider (Entra: Enterprise applications > your application >"
        "\nProvisioning) paste both and press Test Connection. A provider in the cloud needs an"
        "\naddress it can reach. Here a simulated Entra does it, in Entra's words.\n"
    )
    with url_sender(f"{gateway.url}/scim/v2", token, time_limit=TIMEOUT) as send:
        entra = Simulation("entra", narrated(send), people.PLAN, reading=send)
        print("Test Connection, for a user and a group that cannot be:")
        try:
            entra.start()
        except CannotStart as error:
            raise DemoError(str(error)) from None
        print("\nThe first synchronisation:")
        for change in people.PLAN.initial_changes:
            play(entra, change)
        return token, a_day(gateway, entra)


def a_day(gateway: Gateway, entra: Simulation) -> str:
    """Let the operator and the directory do what they do in a day; return an API key."""
    derek = people.DEREK.user_name
    print("\nThe operator gives a team its budget and a person a key:")
    run(gateway, "team", "budget", people.DATA.name, "250")
    key = run(gateway, "key", "create", derek, "--team", people.DATA.name)
    with url_sender(gateway.url, key, time_limit=TIMEOUT) as send:
        chat = json.dumps(CHAT).encode()
        headers = {"Content-Type": "application/json"}
        ask(send, "a chat", Request("POST", "/v1/chat/completions", headers, chat), 200)

        print("\nLater, in the directory:")
        play(entra, people.RENAMED)
        play(entra, people.CHIARA_LEAVES)
        play(entra, people.DEREK_DISABLED)
        models = Request("GET", "/v1/models", {})
        ask(send, "refused, his account is deactivated", models, 403)
        play(entra, people.DEREK_RESTORED)
        ask(send, "works again, he is still in his team", models, 200)

    if not (came_of_it := entra.report()).equal:
        raise DemoError("\n".join(["the gateway differs:", *came_of_it.differences]))
    print(
        f"\nRead back over SCIM, the gateway has what the directory has: {came_of_it.users} users "
        f"and {came_of_it.teams} teams.\n\nThe gateway's teams, from its own tables:\n"
    )
    print(gateway.command("team", "list"))
    return key


def play(entra: Simulation, change: Change) -> None:
    """Let a change happen.

    :raises DemoError: when the gateway refuses something of it.
    """
    entra.play(change)
    for refusal in entra.refusals:
        raise DemoError(str(refusal))


def ask(send: Send, what: str, request: Request, expected: int) -> None:
    """Send a request with Derek's key.

    :raises DemoError: when it is answered with another status.
    """
    started = time.perf_counter()
    try:
        answer = send(request)
    except Unanswered as error:
        raise DemoError(f"{request.method} {request.target} was not answered: {error}") from None
    report(f"Derek's key: {what}", str(answer.status), started)
    if answer.status != expected:
        raise DemoError(
            f"{request.method} {request.target} was answered {answer.status} instead of "
            f"{expected}: {answer.body.decode(errors='replace')[:1000]}"
        )


def run(gateway: Gateway, *arguments: str) -> str:
    """Run one of the gateway's commands, report it and return what it prints."""
    started = time.perf_counter()
    printed = gateway.command(*arguments)
    report(f"$ flask {shlex.join(arguments)}", "ok", started)
    return printed


def _python() -> str:
    """Return the interpreter as one types it from here."""
    path, here = Path(sys.executable), Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _end(_signal: int, _frame: object) -> None:
    # An orderly end: leaving the blocks above stops the gateway and removes its files.
    raise SystemExit(143)


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # typed as TextIO
    signal.signal(signal.SIGTERM, _end)
    # A shell has what it starts in the background ignore this one.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main())
