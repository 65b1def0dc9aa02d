"""Wordings: settings that are never edited, only followed by a newer wording. What guards two who write at once."""


class Overtaken(Exception):
    """Somebody published a newer wording since this one was begun; nothing was saved."""


def check_newest(newest: int, based_on: int | None) -> None:
    """Raise Overtaken unless ``based_on`` is the number of the newest wording; None is based on whatever there is.

    Called with the row of the setting locked, so that of two who publish at once the second is told.
    """
    if based_on is not None and based_on != newest:
        raise Overtaken(f"Wording {newest} has followed wording {based_on}.")
