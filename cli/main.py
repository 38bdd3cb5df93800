"""Entry of `spanledger`: parse, run one command, turn every outcome into an exit code.

In: the command line. Out: data on stdout, talk on stderr, an ExitCode.
Must never show a user a traceback, unless asked by --debug.
"""

import contextlib
import os
import sys
import traceback
from collections.abc import Sequence

from cli.errors import CommandError
from cli.exit_codes import ExitCode
from cli.parser import parse
from collector.errors import CollectorError
from collector.streams import open_closed_streams


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code and never raises."""
    given = sys.argv[1:] if argv is None else list(argv)
    open_closed_streams()
    try:
        arguments = parse(given)
        code = arguments.run(arguments)
        sys.stdout.flush()
        return int(code)
    except SystemExit as ended:  # argparse after --help
        return int(ended.code or 0)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:  # the reader of our output has seen enough, as in `| head`
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except CommandError as error:
        return _fail(error, error.code, given)
    except CollectorError as error:
        return _fail(error, ExitCode.USAGE, given)
    except OSError as error:
        if error.filename is None:
            return _internal(error, given)
        return _fail(f"{error.filename}: {error.strerror}", ExitCode.USAGE, given)
    except Exception as error:  # noqa: BLE001 - the outermost edge of the process
        return _internal(error, given)


def _internal(error: Exception, given: Sequence[str]) -> int:
    kind = type(error).__name__
    text = " ".join(str(error).split()) or "no message"
    return _fail(f"internal error, {kind}: {text} (--debug shows where)", ExitCode.INTERNAL, given)


def _fail(what: object, code: ExitCode, given: Sequence[str]) -> int:
    if "--debug" in given:
        traceback.print_exc(file=sys.stderr)
    for line in str(what).splitlines():
        print(f"spanledger: {line}", file=sys.stderr)
    return code
