"""Four weeks that never happened: planned from a seed, told as spans, and added up beforehand."""
