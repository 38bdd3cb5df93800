"""Texts the sample agents work on, made from a seed: tickets, questions, files, house rules."""

from __future__ import annotations

import json
import random

from examples.wire.wording import prose

TOPICS = ("billing", "login", "delivery", "refund", "bug report")
_OPENINGS = (
    "I was charged twice for {thing}.",
    "I cannot get into my account since {thing} changed.",
    "Where is {thing}? It should have come last week.",
    "I want my money back for {thing}.",
    "{thing} shows an error whenever I open it.",
)
_THINGS = ("order 4711", "the yearly plan", "my second seat", "the export", "invoice 2207", "the mobile app")
_QUESTIONS = (
    "Which suppliers changed their terms for {thing} this year?",
    "What do customers expect of {thing}, and what do rivals offer?",
    "How did the market for {thing} develop in three regions?",
)
_SUBJECTS = ("cold storage", "heat pumps", "e-bikes", "payment terminals", "indoor farming", "drone surveys")


def house_rules(name: str, tokens: int) -> str:
    """The fixed first part of a prompt, about `tokens` tokens long."""
    return f"You are {name}. Follow the rules of the house.\n{prose(f'rules of {name}', tokens)}"


def ticket(seed: int, number: int) -> str:
    """What a customer wrote."""
    dice = random.Random(f"{seed}/ticket/{number}")
    opening = dice.choice(_OPENINGS).format(thing=dice.choice(_THINGS))
    return f"{opening} {prose(f'{seed}/ticket/{number}', dice.randrange(60, 400))}"


def articles(text: str, tokens: int = 1600) -> str:
    """Articles of the help centre that a search would find for `text`."""
    return prose(f"articles for {text}", tokens)


def question(seed: int, number: int) -> str:
    """What somebody wants researched."""
    dice = random.Random(f"{seed}/question/{number}")
    return dice.choice(_QUESTIONS).format(thing=dice.choice(_SUBJECTS)) + f" (request {number})"


def tool_output(name: str, arguments: str, tokens: int = 700) -> str:
    """What a tool gives back for these arguments."""
    dice = random.Random(f"{name}/{arguments}")
    return prose(f"{name}/{arguments}", dice.randrange(tokens // 3, tokens * 2))


def as_json(text: str) -> dict[str, object]:
    """The JSON object in `text`, or an empty one when it holds none."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
