"""The terms inside a commerce service's bundle: read, checked against what the bundle requests, bound to an offer."""

from __future__ import annotations

from semper_host.admission.admit import Admitted, Examined
from semper_host.admission.manifest import COMMERCE
from semper_host.commerce.binding import BoundTerms, bind
from semper_host.commerce.capabilities import needed_capabilities
from semper_host.commerce.check import prove
from semper_host.commerce.offers import Offer
from semper_host.commerce.terms import Terms, parse_terms
from semper_host.model.errors import AdmissionRefused, PeerDeviated
from semper_host.model.grants import Capability


def terms_of(service: Admitted | Examined) -> Terms:
    """Return the terms of a commerce service. Raises AdmissionRefused TERMS_INVALID."""
    declared = service.manifest.terms
    if declared is None:
        raise AdmissionRefused("TERMS_INVALID", f"cannot deal under {service.manifest.name}: it is no commerce service")
    return parse_terms(service.files[declared.flow])


def needed_by(examined: Examined) -> frozenset[Capability]:
    """Return what the bundle's terms make necessary, after proving them; nothing for what is no commerce service.

    This is what `admission.admit` takes as `needed`. Raises AdmissionRefused TERMS_INVALID.
    """
    if examined.manifest.kind != COMMERCE or examined.manifest.terms is None:
        return frozenset()
    terms = terms_of(examined)
    prove(terms)  # what they can cost and how long they can take is computed for those who are shown it
    return needed_capabilities(terms)


def bound_terms(offer: Offer, service: Admitted | Examined) -> BoundTerms:
    """Return the terms under the offer's parameters.

    Raises AdmissionRefused OFFER_PARAMETERS, PeerDeviated OFFER_INVALID where the offer names another service.
    """
    if (offer.service_id, offer.service) != (service.manifest.id, service.digest):
        raise PeerDeviated("OFFER_INVALID", "cannot deal: the offer names other terms than the bundle it brings")
    return bind(terms_of(service), {each.name: each.value for each in offer.parameters})
