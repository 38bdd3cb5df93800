"""What a tool is asked, as a whole number: equal for equal arguments, telling nothing of them.

In: any value. Out: 63 bits. Raises what the value raises, and ValueError for one that holds itself.
"""

from __future__ import annotations

import hashlib
import json


def hash_of_arguments(arguments: object) -> int:
    """A number above 0, the same in every process; the order of keys does not matter.

    Text that is JSON counts as what it says, as models give arguments as text and agents as objects.
    """
    value = _read(arguments) if isinstance(arguments, (str, bytes, bytearray)) else arguments
    text = json.dumps(value, sort_keys=True, default=str, separators=(",", ":"), skipkeys=True)
    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1 or 1


def _read(text: str | bytes | bytearray) -> object:
    plain = text if isinstance(text, str) else bytes(text).decode("utf-8", "replace")
    try:
        return json.loads(plain)
    except (ValueError, RecursionError):
        return plain
