"""Ends at once with CODE, after a word on stderr."""

import os
import sys

print("port 1 is taken", file=sys.stderr)
sys.exit(int(os.environ["CODE"]))
