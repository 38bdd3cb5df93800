"""How many tokens a model's context window holds, from the price library's data.

In: a model name as seen. Out: tokens, or None where the library does not say. Never: a guess from a similar name.
"""

from functools import lru_cache

from genai_prices import data_snapshot


@lru_cache(maxsize=4096)
def context_window(model: str) -> int | None:
    """Tokens of the window, None when the model or its window is unknown."""
    if not model:
        return None
    try:
        _, found = data_snapshot.get_snapshot().find_provider_model(model, None, None, None)
    except LookupError:
        return None
    return found.context_window
