from whitenoise.storage import CompressedManifestStaticFilesStorage


class ScreenStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed names for our script modules' imports too, so that a browser keeps every file until it changes.

    Only for static/js: Django's own switch would also rewrite what looks like an import in packages' bundles.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        (
            "js/*.js",
            ((r"""(?P<matched>(?P<lead>import(?: [^"';]+ from)?) "(?P<url>\./[\w.-]+\.js)")""", '%(lead)s "%(url)s"'),),
        ),
    )
