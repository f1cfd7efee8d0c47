"""Modular arithmetic on large integers, for blind RSA alone: a typed face of gmpy2."""

from __future__ import annotations

import math

import gmpy2  # type: ignore[import-untyped]

SMALL_PRIMES: int = int(gmpy2.primorial(1000))
"""The product of all primes below 1000."""


def secret_power(number: int, exponent: int, modulus: int) -> int:
    """Return number^exponent mod an odd modulus, in a time independent of the operands (GMP's mpz_powm_sec)."""
    return int(gmpy2.powmod_sec(number, exponent, modulus))


def public_power(number: int, exponent: int, modulus: int) -> int:
    """Return number^exponent mod modulus, where nothing is secret."""
    return int(gmpy2.powmod(number, exponent, modulus))


def inverse(number: int, modulus: int) -> int:
    """Return the inverse of `number` (coprime to the modulus). Not constant-time: mask the number first."""
    return int(gmpy2.invert(number, modulus))


def coprime(left: int, right: int) -> bool:
    """Say whether the two share no factor. Not constant-time."""
    return int(gmpy2.gcd(left, right)) == 1


def is_square(number: int) -> bool:
    """Say whether `number` is the square of an integer."""
    return number >= 0 and math.isqrt(number) ** 2 == number
