"""How far the gate's token estimate is off, by kind of text, against tokenizers that are public.

In: nothing. Out: a table. Claude 3 and later and Gemini publish none, so for them nothing can be measured.
"""

from pathlib import Path

from analytics.gate.tokens import error_of, estimate
from benchmarks.gate_texts import DECLARATION, plain_texts
from benchmarks.table import print_table
from cli.gate.counters import counter_of, of_litellm

MODELS = {"o200k (GPT-4o and later)": "gpt-4o", "cl100k (GPT-4)": "gpt-4", "DeepSeek": "deepseek-chat"}


def main(arguments: list[str]) -> None:
    """Prints the table."""
    from tokenizers import Tokenizer

    folder = of_litellm()
    claude = Tokenizer.from_file(str((folder or Path()) / "anthropic_tokenizer.json"))
    counters = {name: counter_of(model).count for name, model in MODELS.items()}
    counters["Claude 2"] = lambda text: len(claude.encode(text, add_special_tokens=False).ids)
    rows = []
    for kind, text in {**plain_texts(), **DECLARATION}.items():
        guessed = estimate(text)
        rows.append(
            [kind, f"{len(text):,}", *(f"{guessed / count(text) - 1:+.0%}" for count in counters.values()),
             f"±{error_of(text):.0%}"]
        )  # fmt: skip
    print_table("Estimate against published tokenizers", ("text", "characters", *counters, "stated"), rows)
