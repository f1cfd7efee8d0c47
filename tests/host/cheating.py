"""A party that holds real deal keys and cheats with them: it changes dispatches as they leave and signs them again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from semper_host.commerce.dispatch import DISPATCH, EXCHANGE, Dispatch, Waiting, sign_dispatch
from semper_host.exchange import messages
from semper_host.exchange.labels import Label, label_of
from semper_host.exchange.primitives import Crypto
from semper_host.host import buyer_mail, mail_desk
from semper_host.model.encoding import encode
from semper_host.supporting.cryptographic import cose

Cheat = Callable[[Crypto, Dispatch], Dispatch]


@contextmanager
def cheater(patch: pytest.MonkeyPatch, side: str, step: str, number: int, cheat: Cheat) -> Iterator[threading.Event]:
    """Meanwhile `side` sends message `number` of `step` as `cheat` makes it. Gives an event that says when it did.

    Within another cheater, of the same side too, both cheat.
    """
    done = threading.Event()
    desk = mail_desk if side == "seller" else buyer_mail
    honest: Any = desk.DealMail

    class Mail(honest):  # type: ignore[misc]
        def _leaving(self, payload: bytes) -> bytes:
            crypto = self._live.business.plan.crypto
            waiting = Waiting.decode(payload)
            dispatch = Dispatch.decode(cose.open1(waiting.signed, DISPATCH, cose.signer_of(waiting.signed)))
            ours = dispatch.kind == EXCHANGE and dispatch.step == step  # other steps have other messages
            if not ours or messages.parse(dispatch.body).number != number:
                sent: bytes = super()._leaving(payload)
                return sent
            done.set()
            return sign_dispatch(crypto.sign, cheat(crypto, dispatch))

    with patch.context() as patched:
        patched.setattr(desk, "DealMail", Mail)
        yield done


def with_body(change: Callable[[bytes], bytes]) -> Cheat:
    """Change the exchange's message inside the dispatch."""
    return lambda crypto, dispatch: Dispatch(
        dispatch.deal, dispatch.step, dispatch.kind, change(dispatch.body), dispatch.head, dispatch.seen
    )


def with_fields(**changes: Any) -> Cheat:
    """Change fields of the dispatch itself."""

    def cheat(crypto: Crypto, dispatch: Dispatch) -> Dispatch:
        return Dispatch(**{**{name: getattr(dispatch, name) for name in dispatch.__struct_fields__}, **changes})

    return cheat


def with_label(change: Callable[[Label], Label]) -> Cheat:
    """Make message 1 anew under another label, properly signed."""

    def cheat(crypto: Crypto, dispatch: Dispatch) -> Dispatch:
        message = messages.parse(dispatch.body)
        label = change(Label.decode(message.label or b""))
        parts = messages.attachments_of(dispatch.body)
        anew = messages.make(crypto, 1, label_of(label), parts, preimage=encode(label))
        return with_body(lambda body: anew)(crypto, dispatch)

    return cheat


def with_attachments(change: Callable[[Crypto, tuple[bytes, ...]], tuple[bytes, ...]]) -> Cheat:
    """Make message 2, 3 or 4 anew with other attachments, properly signed."""

    def cheat(crypto: Crypto, dispatch: Dispatch) -> Dispatch:
        message = messages.parse(dispatch.body)
        signed = cose.open1(message.signed, messages.KINDS[message.number], cose.signer_of(message.signed))
        body = messages.Body.decode(signed)
        parts = change(crypto, messages.attachments_of(dispatch.body))
        anew = messages.make(crypto, message.number, body.label, parts, previous=body.previous)
        return with_body(lambda _: anew)(crypto, dispatch)

    return cheat
