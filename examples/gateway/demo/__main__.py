"""Starts the gateway, provisions it, shows what came of it and goes on serving."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import time
from collections.abc import Sequence

from examples.gateway.demo.client import Client
from examples.gateway.demo.client import report
from examples.gateway.demo.entra import Entra
from examples.gateway.demo.entra import Person
from examples.gateway.demo.server import DemoError
from examples.gateway.demo.server import Gateway
from examples.gateway.demo.server import running

ALICE = Person("Alice", "Ahmed", "Engineering")
BRUNO = Person("Bruno", "Costa", "Engineering")
CHIARA = Person("Chiara", "Conti", "Research")
DEREK = Person("Derek", "Dahl", "Research")
ELENA = Person("Elena", "Eriksen", "Support")
FARID = Person("Farid", "Farah", "Support")
PEOPLE = (ALICE, BRUNO, CHIARA, DEREK, ELENA, FARID)

TEAMS = {
    "Platform Engineering": (ALICE, BRUNO),
    "Data Science": (ALICE, CHIARA, DEREK),
    "Customer Support": (CHIARA, ELENA, FARID),
}

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
            key = provision(gateway)
            if options.once:
                return 0
            # Whoever reads the next lines may press Ctrl-C at once.
            serving = True
            print(f"\nTry it: curl -H 'Authorization: Bearer {key}' {gateway.url}/v1/models")
            print(f"The gateway goes on serving at {gateway.url} - Ctrl-C ends it.")
            gateway.serve()
    except DemoError as error:
        print(f"\ndemo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
    return 0 if serving else 130


def provision(gateway: Gateway) -> str:
    """Play a provisioning job against the gateway, then a day's changes; return an API key."""
    print(f"A gateway is running at {gateway.url}.\n")
    token = run(gateway, "scim", "token", "create", "--label", "demo")
    print(
        f"\n  Tenant URL    {gateway.url}/scim/v2"
        f"\n  Secret Token  {token}\n"
        "\nNext: in your identity provider (Entra: Enterprise applications > your application >"
        "\nProvisioning) paste both and press Test Connection. A provider in the cloud needs an"
        "\naddress it can reach. Here the demo plays the identity provider, in Entra's words:\n"
    )
    entra = Entra(Client(gateway.port, token, "application/scim+json"), "/scim/v2")
    entra.test_connection()
    users = {person: entra.create_user(person) for person in PEOPLE}
    teams = {
        name: entra.create_group(name, [users[member] for member in members])
        for name, members in TEAMS.items()
    }

    print("\nThe operator gives a team its budget and a person a key:")
    run(gateway, "team", "budget", "Data Science", "250")
    key = run(gateway, "key", "create", DEREK.user_name, "--team", "Data Science")
    developer = Client(gateway.port, key, "application/json")
    developer.send("Derek's key: a chat", "POST", "/v1/chat/completions", CHAT, expect=(200,))

    print("\nLater, in the directory:")
    entra.rename_group(teams["Customer Support"], "Customer Support", "Customer Success")
    entra.remove_member(teams["Customer Support"], "Customer Success", users[CHIARA], CHIARA)
    entra.set_active(users[DEREK], DEREK, False)
    developer.send(
        "Derek's key: refused, his account is deactivated", "GET", "/v1/models", expect=(403,)
    )
    entra.set_active(users[DEREK], DEREK, True)
    developer.send(
        "Derek's key: works again, he is still in his team", "GET", "/v1/models", expect=(200,)
    )

    print("\nThe gateway's teams, from its own tables:\n")
    print(gateway.command("team", "list"))
    return key


def run(gateway: Gateway, *arguments: str) -> str:
    """Run one of the gateway's commands, report it and return what it prints."""
    started = time.perf_counter()
    printed = gateway.command(*arguments)
    report(f"$ flask {shlex.join(arguments)}", "ok", started)
    return printed


def _end(_signal: int, _frame: object) -> None:
    # An orderly end: leaving the blocks above stops the gateway and removes its files.
    raise SystemExit(143)


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # typed as TextIO
    signal.signal(signal.SIGTERM, _end)
    # A shell has what it starts in the background ignore this one.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main())
