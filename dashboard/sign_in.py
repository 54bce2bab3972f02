"""Signing in, where the secrets file sets it up: who may see the pages.

Streamlit speaks OpenID Connect to the provider; who of its people may come in is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import safe_html

NEEDED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")


def secrets() -> Mapping[str, Any]:
    """Return what the secrets file says; nothing where there is none."""
    return st.secrets.to_dict() if st.secrets.load_if_toml_exists() else {}


def require_sign_in() -> None:
    """Let nobody past who has to sign in and has not, or may not come in.

    Without `[auth]` in the secrets file everybody who reaches the address may.
    """
    said = secrets()
    if "auth" not in said:
        return
    fault = faults(said)
    if fault:
        safe_html.heading("Sign-in", "Who may see this?")
        safe_html.note("error", "Sign-in is not set up right, so nobody is let in.", fault)
        st.stop()
    if not st.user.get("is_logged_in"):
        safe_html.heading("Sign in", "Who may see this?")
        safe_html.note("info", "These pages are for people who are known here.")
        st.button("Sign in", type="primary", icon=":material/login:", on_click=st.login)
        st.stop()
    who = st.user.to_dict()
    if not admitted(who, said["rankcheck"]["allowed"]):
        safe_html.heading("Sign in", "Who may see this?")
        safe_html.note(
            "error",
            safe_html.Html(
                safe_html.text("You are signed in as ")
                + safe_html.name(_name(who))
                + safe_html.text(", who is not on the list of this dashboard.")
            ),
            "Whoever runs it can add you, under `allowed` in the secrets file.",
        )
        st.button("Sign out", icon=":material/logout:", on_click=st.logout)
        st.stop()
    with st.sidebar:
        safe_html.show(
            safe_html.tag("p", "Signed in as ", safe_html.name(_name(who)), css="rc-words")
        )
        st.button("Sign out", icon=":material/logout:", on_click=st.logout, key="sign-out")


def faults(said: Mapping[str, Any]) -> str:
    """Return what is missing in the secrets file, in words; empty when nothing is."""
    auth = said["auth"]
    missing = [key for key in NEEDED if not isinstance(auth, Mapping) or not auth.get(key)]
    if missing:
        return f"[auth] in the secrets file has no {', '.join(missing)}."
    if len(str(auth["cookie_secret"])) < 32:
        return "cookie_secret in the secrets file is short: 32 random characters or more."
    ours = said.get("rankcheck")
    allowed = ours.get("allowed") if isinstance(ours, Mapping) else None
    if not isinstance(allowed, list) or not all(isinstance(entry, str) for entry in allowed):
        return (
            "The secrets file has no list `allowed` under [rankcheck]: addresses, or @domains; *"
            " for everybody whom the provider knows."
        )
    try:
        import authlib  # type: ignore[import-untyped]  # noqa: F401 - only whether it is there
    except ImportError:
        return "The package Authlib is not installed: pip install 'rankcheck[login]'."
    return ""


def admitted(who: Mapping[str, Any], allowed: Sequence[str]) -> bool:
    """Whether a person may come in.

    Args:
        who: The provider's claims; an address it calls unverified counts for nothing.
        allowed: Addresses, `@domain`, or `*`; in any case of letters.
    """
    if "*" in allowed:
        return True
    address = who.get("email")
    if not isinstance(address, str) or who.get("email_verified") is False:
        return False
    address = address.strip().lower()
    _, at, domain = address.rpartition("@")
    wanted = {entry.strip().lower() for entry in allowed}
    return bool(at) and (address in wanted or f"@{domain}" in wanted)


def _name(who: Mapping[str, Any]) -> str:
    return str(who.get("email") or who.get("name") or who.get("sub") or "somebody")
