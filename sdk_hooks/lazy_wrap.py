"""Runs a callback on chosen modules: at once where they are imported already, else when they are.

So wrapping a client never imports it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

from sdk_hooks.guard import shield

Callback = Callable[[ModuleType], None]


class ImportWatcher(MetaPathFinder):
    """A finder that finds nothing itself, but has `callback` run on each of `modules` once executed."""

    def __init__(self, modules: Collection[str], callback: Callback) -> None:
        self._modules = frozenset(modules)
        self._callback = callback
        self._looking_for: set[str] = set()

    def install(self) -> None:
        """Run the callback on what is imported, and watch for the rest."""
        for name in self._modules:
            if (module := sys.modules.get(name)) is not None:
                shield(self._callback, module)
        sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Stop watching."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec that the other finders give, its loader running the callback; None for other modules."""
        if fullname not in self._modules or fullname in self._looking_for:
            return None
        return shield(self._find, fullname)

    def _find(self, fullname: str) -> ModuleSpec | None:
        self._looking_for.add(fullname)
        try:
            spec = find_spec(fullname)
        finally:
            self._looking_for.discard(fullname)
        if spec is not None:
            self._hook(spec)
        return spec

    def _hook(self, spec: ModuleSpec) -> None:
        loader = spec.loader
        if loader is None:
            return
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            # Some loaders, such as that of a zip file, serve several modules.
            if module.__name__ in self._modules:
                shield(self._callback, module)

        # On the instance, so that the loader keeps its type and everything else that it can do.
        vars(loader)["exec_module"] = exec_module
