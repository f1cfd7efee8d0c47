"""A call that only the service can read, with an answer that only the caller can read and only the service can give.

The request is sealed to the service's certified sealing key (HPKE, RFC 9180) and binds the path and the caller's
one-time reply key. Inside travels a secret that the answer must be bound to: whoever could not open the request can't
answer it. Refusals travel inside the seal too. A request can be replayed: handlers must be idempotent.

A service may put a `hurdle` before a path: under load its answer is a cookie, with which the caller comes again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

from semper_host.model.encoding import Record, encode
from semper_host.model.errors import SemperError, Unavailable
from semper_host.supporting.communication.hurdle import Hurdle
from semper_host.supporting.communication.refusal import ErrorBody, body_of, refused
from semper_host.supporting.cryptographic.sealing import SealingKey, seal
from semper_host.supporting.cryptographic.secret import derive

_DOMAIN = "semper/sealed-call/1"
_TRIES = 3
"""How often a call is sent: once, with a cookie, and again where that came to another process of the service."""


class SealedRequest(Record, frozen=True):
    """What goes to the service: the key to seal the answer to (X25519, 32 bytes), and the sealed `Question`."""

    reply: bytes
    sealed: bytes


class Question(Record, frozen=True):
    """Inside a sealed request: the secret that the answer is bound to, the body, and a cookie that came before."""

    secret: bytes
    body: bytes
    cookie: bytes | None = None


class Answer(Record, frozen=True):
    """Inside a sealed answer: the body, or why not, or the cookie with which to come again."""

    body: bytes | None = None
    error: ErrorBody | None = None
    cookie: bytes | None = None


class Sender(Protocol):
    """Who carries bytes: `client.Client` is one."""

    def post(self, url: str, body: bytes) -> bytes:
        """Send `body` to `url` and return the answer."""


def call(client: Sender, url: str, service_sealing: bytes, body: bytes, entropy: bytes) -> bytes:
    """Send `body` sealed to the service at `url` and return its answer's body.

    `entropy` (32 bytes or more) makes the reply key and secret; never use it for another call. Raises Unavailable,
    RefusedByPeer, and PeerDeviated (SIG_INVALID) if the answer is not the service's.
    """
    cookie = None
    for number in range(_TRIES):
        secrets = derive(entropy, b"semper/sealed-call/try/%d" % number)
        answer = _called(client, url, service_sealing, body, cookie, secrets)
        cookie = answer.cookie
        if answer.error is not None:
            raise refused(answer.error)
        if cookie is None:
            return answer.body or b""
    raise Unavailable("OVERLOADED", "cannot reach the service: it keeps asking to come again; try later")


def _called(
    client: Sender, url: str, service_sealing: bytes, body: bytes, cookie: bytes | None, secrets: bytes
) -> Answer:
    path = urlsplit(url).path
    key = SealingKey.from_seed(derive(secrets, b"semper/sealed-call/reply"))
    question = Question(derive(secrets, b"semper/sealed-call/secret"), body, cookie)
    request = SealedRequest(key.public, seal(service_sealing, encode(question), _asking(path, key.public)))
    sealed = client.post(url, encode(request))
    return Answer.decode(key.open(sealed, _answering(path, request, question)))


def serve(
    sealing_key: SealingKey, path: str, handler: Callable[[bytes], bytes], hurdle: Hurdle | None = None
) -> Callable[[bytes], bytes]:
    """Return `handler` behind a seal, for the server's route `path`; its SemperErrors become sealed refusals.

    The returned handler raises MalformedEncoding and PeerDeviated (SIG_INVALID, SIG_KEY_WEAK) for what is no sealed
    request to this key and path.
    """

    def handle(data: bytes) -> bytes:
        request = SealedRequest.decode(data)
        question = Question.decode(sealing_key.open(request.sealed, _asking(path, request.reply)))
        try:
            if hurdle is None or hurdle.passes(question.body, question.cookie):
                answer = Answer(body=handler(question.body))
            else:
                answer = Answer(cookie=hurdle.cookie(question.body))
        except SemperError as error:
            answer = Answer(error=body_of(error))
        return seal(request.reply, encode(answer), _answering(path, request, question))

    return handle


def _asking(path: str, reply: bytes) -> bytes:
    return encode([_DOMAIN, "question", path, reply])


def _answering(path: str, request: SealedRequest, question: Question) -> bytes:
    return encode([_DOMAIN, "answer", path, hashlib.sha256(encode(request)).digest(), question.secret])
