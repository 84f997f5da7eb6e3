"""Texts that only this service can have written (itsdangerous), in one exact spelling."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from itsdangerous import BadSignature
from itsdangerous import Signer
from itsdangerous.encoding import base64_decode
from itsdangerous.encoding import base64_encode


class Seal:
    """Signs texts for one purpose.

    :param keys: signing keys, oldest first; the last one signs, all are accepted.
    :param salt: the purpose: what is signed for one is worth nothing for another.
    """

    def __init__(self, keys: Sequence[bytes], salt: bytes) -> None:
        self._signer = Signer(
            list(keys), salt=salt, key_derivation="hmac", digest_method=hashlib.sha256
        )

    def sign(self, text: str) -> str:
        """Return the text with a dot and its signature behind it."""
        return self._signer.sign(text).decode()

    def unsign(self, signed: str) -> str | None:
        """Return the text, or ``None`` if it was signed otherwise or elsewhere."""
        try:
            text = self._signer.unsign(signed).decode()
        except (BadSignature, UnicodeError):
            return None
        signature = signed.rpartition(".")[2]
        # base64 has spare bits at its end: of the texts that decode alike only one is ours.
        genuine = base64_encode(base64_decode(signature)).decode() == signature
        return text if genuine else None
