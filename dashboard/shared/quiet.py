"""Keep Streamlit quiet where there is no server."""

from __future__ import annotations

import logging

from streamlit.logger import set_log_level


def quiet() -> None:
    """Silence the warnings of Streamlit's caches, which say at every call that there is no page.

    To be called before the modules with caches are imported: they warn of it then, too.
    """
    set_log_level(logging.ERROR)
