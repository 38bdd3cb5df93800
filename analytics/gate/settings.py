"""What the gate takes for too dear, and how sure it must be.

Constants and one frozen class; out of range values raise ValueError naming the field.
"""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class GateSettings:
    """margin, tail_margin: a FAIL is at least this much dearer (typical and bill; costliest tenth), as a share.

    proof, bill_proof: a PASS rules out a rise of this share, typical and of the bill. fail_level, warn_level:
    chance of that verdict on an unchanged suite. min_cases: fewer cases cannot PASS. missing_cases,
    unpriced: larger shares make the sides not comparable.
    """

    margin: float = 0.10
    tail_margin: float = 0.25
    proof: float = 0.10
    bill_proof: float = 0.25
    fail_level: float = 0.01
    warn_level: float = 0.05
    min_cases: int = 20
    permutations: int = 1999
    missing_cases: float = 0.05
    unpriced: float = 0.01
    allow_other_models: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError for a value that makes no sense."""
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.endswith("level") and not 0 < value < 0.5:
                raise ValueError(f"{field.name} is {value}, must lie between 0 and 0.5")
            if value < 0:
                raise ValueError(f"{field.name} is {value}, must not be negative")
        if self.fail_level > self.warn_level:
            raise ValueError(f"fail_level {self.fail_level} is above warn_level {self.warn_level}")
        if self.permutations * self.fail_level < 2:
            raise ValueError(f"{self.permutations} permutations are too few for a level of {self.fail_level}")
