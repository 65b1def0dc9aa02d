"""Amounts are whole minor units and an ISO 4217 code; this says how many decimals a currency has."""

from decimal import Decimal

WITHOUT_DECIMALS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
WITH_THREE_DECIMALS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())


def decimals(currency: str) -> int:
    """How many decimals amounts in this currency have (ISO 4217)."""
    if currency in WITHOUT_DECIMALS:
        return 0
    return 3 if currency in WITH_THREE_DECIMALS else 2


def to_minor(amount: Decimal, currency: str) -> int:
    """An amount in major units as minor units. Raises ValueError when it has more decimals than the currency."""
    minor = amount.scaleb(decimals(currency))
    if minor != minor.to_integral_value():
        raise ValueError(f"{amount} has more decimals than {currency}.")
    return int(minor)
