"""Ways of training: one file each, found by its name.

A file `r_drop.py` holds a frozen dataclass `Options` (the keys a plan may give, with defaults and
checks) and `make(options) -> Method`. A plan names it `r-drop`, or `{name: r-drop, alpha: 4}`.
"""

from __future__ import annotations
