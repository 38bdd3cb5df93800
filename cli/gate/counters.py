"""The best token counter there is for a model, without a network: its own tokenizer where a package ships it.

In: a model's name. Out: Counter. OpenAI's data come from tiktoken's cache or with litellm, DeepSeek's with litellm.
Claude 3 and later and Gemini have no public tokenizer: theirs are estimated.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from analytics.gate.tokens import ESTIMATE, Counter

DATA_URL = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"
FILES = {"o200k_harmony": "o200k_base"}
DEEPSEEK = "deepseek"
_CACHES = ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR")


@cache
def counter_of(model: str) -> Counter:
    """The model's own tokenizer, else the estimate. Never downloads."""
    name = model.lower().rsplit("/", 1)[-1]
    found = _deepseek() if DEEPSEEK in name else _openai(name)
    return found or ESTIMATE


def _openai(model: str) -> Counter | None:
    try:
        from tiktoken.model import encoding_name_for_model
    except ImportError:
        return None
    try:
        encoding = encoding_name_for_model(model)
    except KeyError:
        return None
    return _encoding(encoding)


@cache
def _encoding(name: str) -> Counter | None:
    file = hashlib.sha1(DATA_URL.format(FILES.get(name, name)).encode()).hexdigest()
    folder = next((place for place in _folders() if (place / file).is_file()), None)
    if folder is None:
        return None
    import tiktoken

    given = os.environ.get(_CACHES[0])
    os.environ[_CACHES[0]] = str(folder)
    try:
        encoding = tiktoken.get_encoding(name)
    finally:
        if given is None:
            del os.environ[_CACHES[0]]
        else:
            os.environ[_CACHES[0]] = given
    return _exact(name, lambda text: len(encoding.encode(text, disallowed_special=())))


@cache
def _deepseek() -> Counter | None:
    folder = of_litellm()
    file = folder / "deepseek_tokenizer.json" if folder else None
    if file is None or not file.is_file() or find_spec("tokenizers") is None:
        return None
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    return _exact("deepseek", lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids))


def _exact(name: str, count: Callable[[str], int]) -> Counter:
    return Counter(f"{name}, the model's own tokenizer", count, lambda text: 0.0)


def _folders() -> list[Path]:
    """Where tokenizer data may lie: the caches of tiktoken, then what litellm ships."""
    named = [Path(os.environ[name]) for name in _CACHES if os.environ.get(name)]
    usual = Path(tempfile.gettempdir()) / "data-gym-cache"
    shipped = of_litellm()
    return [*named, usual, *([shipped] if shipped else [])]


def of_litellm() -> Path | None:
    """litellm's folder of tokenizers; litellm itself takes seconds to import, and is not."""
    found = find_spec("litellm")
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0]) / "litellm_core_utils" / "tokenizers"
