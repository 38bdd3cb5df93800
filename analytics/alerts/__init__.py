"""The rules that watch cost, each a pure function over measured rows."""
