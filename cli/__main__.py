"""`python -m cli` is `spanledger`."""

import sys

from cli.main import main

sys.exit(main())
