"""Why nobody is signed in, in words for the person in front of the screen."""

from __future__ import annotations


class SignInRefused(Exception):
    """Nobody is signed in.

    A host's ``login_user`` raises it to refuse somebody in its own words.

    :param words: shown to the person.
    :param status: of the page.
    :param reason: for the log, where it says more than the person is told. Neither has anything
        in it that is secret.
    """

    def __init__(self, words: str, *, status: int = 403, reason: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.status = status
        self.reason = reason or words


class ProviderFault(SignInRefused):
    """The identity provider cannot be reached, or answers with what cannot be used."""

    def __init__(self, reason: str) -> None:
        words = "The identity provider did not answer as it should. Please try again later."
        super().__init__(words, status=502, reason=reason)


class UntrustedToken(SignInRefused):
    """What the identity provider is said to have signed cannot be trusted."""

    def __init__(self, reason: str) -> None:
        words = "What came from the identity provider cannot be trusted. Nobody was signed in."
        super().__init__(words, status=403, reason=reason)


class NotPending(SignInRefused):
    """The answer belongs to no sign-in that this browser began and has not finished."""

    def __init__(self) -> None:
        super().__init__(
            "This sign-in was not begun in this browser, is finished, or took too long. Please "
            "sign in once more.",
            status=400,
        )
