"""Where a request comes from, as far as it can be known."""

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The caller's address. X-Forwarded-For counts only behind our own proxy, and then only what that proxy wrote."""
    if settings.TRUST_PROXY:
        forwarded = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
        if _is_address(forwarded):
            return forwarded
    return str(request.META.get("REMOTE_ADDR", ""))


def lies_in(address: str, networks: list[str]) -> bool:
    """Whether the address lies in one of these networks. No networks at all means everywhere."""
    if not networks:
        return True
    return _is_address(address) and any(
        ip_address(address) in ip_network(network, strict=False) for network in networks
    )


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
