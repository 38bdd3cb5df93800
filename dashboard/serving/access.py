"""The viewer of the running page, and what of the ledger is theirs.

In: the door's cookie or the login of the session. Out: Access; pages narrow themselves by it, and the ledger's client
refuses what cannot be narrowed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, ParamSpec, Protocol, TypeVar, cast

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.parts import price_choice
from dashboard.parts.words import plain
from dashboard.serving.door import ASK, LEAVE, access_of
from dashboard.serving.viewers import EVERYTHING, Access, Viewers

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
NOBODY: Final = Access("nobody", ("\x00no workload",), ("\x00no tenant",))
ALL: Final = Access("everybody")
_given: list[Viewers] = []


def use(viewers: Viewers | None) -> None:
    """Gives the process its viewers; None = everybody sees everything."""
    _given[:] = [viewers] if viewers else []


def current() -> Access:
    """Whoever the page is for. Outside a page (a test, a thread of ours) nothing is narrowed."""
    viewers = _given[0] if _given else None
    if viewers is None or viewers.is_open or get_script_run_ctx() is None:
        return ALL
    found = _by_token(viewers)
    if found is None and viewers.emails and st.user.is_logged_in:
        found = viewers.by_email(_address())
    return found or NOBODY


def _by_token(viewers: Viewers) -> Access | None:
    return access_of(dict(st.context.cookies), viewers, time.time())


def _address() -> str:
    """The address of the login; empty when its provider says that nobody has verified it."""
    if str(st.user.get("email_verified", True)).lower() == "false":
        return ""
    return str(st.user.get("email") or "")


def log_in() -> bool:
    """Whether the page may be shown; else what stands there instead has been drawn."""
    viewers = _given[0] if _given else None
    if viewers is None or viewers.is_open or current() is not NOBODY:
        return True
    st.title("SpanLedger", anchor=False)
    if not viewers.emails or viewers.oidc is None:
        st.error("This dashboard needs a token. Open it again and give one.", icon=":material/lock:")
    elif st.user.is_logged_in:
        st.error(_unknown(), icon=":material/lock:")
        st.button("Log out", on_click=st.logout)
    else:
        st.markdown("This dashboard asks who you are.")
        with st.container(horizontal=True):
            st.button("Log in", type="primary", on_click=st.login)
            if viewers.tokens:
                st.link_button("I have a token", ASK)
    return False


def _unknown() -> str:
    if _address():
        return "Your address is not among the viewers of this dashboard."
    return (
        "Your address is not verified by its provider."
        if st.user.get("email")
        else "Your login names no address."
    )


def way_out() -> None:
    """Under every page: whose view this is, and how to end it. Nothing where everybody sees everything."""
    viewers, found = (_given[0] if _given else None), current()
    if viewers is None or found is ALL or found is NOBODY or st.context.is_embedded:
        return
    with_token = _by_token(viewers) is not None
    who = "You look with the dashboard's token" if found.name == EVERYTHING else f"You look as {found.name}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(plain(who + (f", at {found.words} only." if found.is_narrow else ".")))
        if not with_token:
            st.button("Log out", on_click=st.logout, type="tertiary", icon=":material/logout:")
        else:
            st.html(f'<a href="{LEAVE}" target="_self">Log out</a>', width="content")


def narrowed(chosen: tuple[str, ...]) -> tuple[str, ...]:
    """The workloads that a page may show of those chosen; empty = all. A lock cannot be lifted by choosing."""
    mine = current().workloads
    if not mine:
        return chosen
    kept = tuple(name for name in chosen if name in mine)
    return kept or (mine if not chosen else NOBODY.workloads)


class Kept(Protocol[P, R_co]):
    """A function whose answers are kept; `clear` forgets them."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...

    def clear(self) -> None: ...


def kept(**how: Any) -> Callable[[Callable[P, R_co]], Kept[P, R_co]]:
    """`st.cache_data` whose answers are apart for viewers of different workloads or tenants, and by price choice."""

    def around(function: Callable[P, R_co]) -> Kept[P, R_co]:
        def scoped(scope: tuple[object, ...], *args: Any, **kwargs: Any) -> R_co:
            return function(*args, **kwargs)

        scoped.__qualname__, scoped.__module__ = function.__qualname__, function.__module__
        cached = st.cache_data(show_spinner=False, **how)(scoped)

        @wraps(function)
        def answer(*args: P.args, **kwargs: P.kwargs) -> R_co:
            scope = (current().workloads, current().tenants, price_choice.chosen())
            return cached(scope, *args, **kwargs)

        answer.clear = cached.clear  # type: ignore[attr-defined]  # as st.cache_data has it
        return cast("Kept[P, R_co]", answer)

    return around
