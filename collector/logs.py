"""What the collector says while it works: one line an event, on stderr, no secrets and no content of spans.

In: logging records. Out: `2026-11-20T09:00:00Z warning collector.otlp.writer insert failed: ...`.
"""

import logging
import sys
import time


class LineFormatter(logging.Formatter):
    """One line for one record, traceback included; time is UTC."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        text = record.getMessage()
        if record.exc_info:
            text += " | " + self.formatException(record.exc_info)
        text = " ".join(text.split("\n"))
        return (
            f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%SZ')} {record.levelname.lower()} {record.name} {text}"
        )


def log_to_stderr(level: int = logging.INFO) -> None:
    """Send this process's log to stderr, and other libraries' warnings with it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("collector").setLevel(level)
