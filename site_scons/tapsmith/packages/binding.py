"""Which registry a name belongs to, as a project says under `bind` in tapsmith.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tapsmith.packages.lock import Entry
from tapsmith.probe import Probe


@dataclass(frozen=True)
class Bindings:
    """Names, or beginnings of names with a `*`, and the registry that each belongs to."""

    known: Mapping[str, str] = field(default_factory=dict)

    def registry_of(self, name: str) -> str | None:
        """Return the registry that a name is bound to: by itself, else by the longest beginning."""
        if name in self.known:
            return self.known[name]
        begun = [key for key in self.known if key.endswith("*") and name.startswith(key[:-1])]
        return self.known[max(begun, key=len)] if begun else None

    def allows(self, name: str, registry: str | None) -> bool:
        """Tell whether a name may come from a registry; None stands for what a need did not ask for."""
        return self.registry_of(name) in (None, registry)

    def allow_entry(self, entry: Entry, probe: Probe) -> bool:
        """Tell whether a name may come from where a lock has it; the tree and what needs name always may."""
        if entry.origin == "registry":
            return self.allows(entry.name, entry["registry"])
        is_asked = any(need.name == entry.name and need.origin for need in probe.needs)
        return entry.origin not in ("git", "path") or is_asked or self.allows(entry.name, None)
