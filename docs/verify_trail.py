#!/usr/bin/env python3
"""Check an exported trail without tsdesk: python3 verify_trail.py EXPORT [HEAD].

EXPORT is what `manage audit_export` wrote. HEAD is the hash of the last seal as it was written down elsewhere: with it
the check also proves that the export was not made up as a whole. How the lines are hashed stands in audit.md.
"""

import hashlib
import json
import sys
from pathlib import Path


def canonical(document):
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


def check(lines):
    """The number of seals and entries and the last hash. Raises ValueError at the first line that is wrong."""
    previous, seals, entries = "0" * 64, 0, 0
    for text in lines:
        seal = json.loads(text)
        if "seal" not in seal:
            raise ValueError(f"a seal was expected, not entry {seal.get('id')}")
        members = []
        for _ in range(seal["entries"]):
            entry = json.loads(next(lines, "{}"))
            if "id" not in entry:
                raise ValueError(f"seal {seal['seal']} lacks entries")
            members.append([entry["id"], hashlib.sha256(canonical(entry)).hexdigest()])
        sealed = hashlib.sha256(canonical({"previous": previous, "entries": members})).hexdigest()
        if seal["previous"] != previous or seal["hash"] != sealed:
            raise ValueError(f"seal {seal['seal']} does not match its entries or the seal before it")
        previous, seals, entries = sealed, seals + 1, entries + len(members)
    return seals, entries, previous


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    with Path(sys.argv[1]).open(encoding="utf-8", errors="surrogatepass") as export:
        try:
            seals, entries, head = check(iter(export))
        except ValueError as error:
            sys.exit(f"broken: {error}")
    if len(sys.argv) == 3 and sys.argv[2] != head:
        sys.exit(f"broken: the last seal is {head}, not {sys.argv[2]}")
    print(f"holds: {seals} seals, {entries} entries, head {head}")


if __name__ == "__main__":
    main()
