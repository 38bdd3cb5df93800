"""HTTP for every door of the collector: listening, and request bodies read and unpacked within bounds."""
