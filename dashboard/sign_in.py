"""Require sign-in where the secrets file configures it.

Streamlit speaks OpenID Connect to the provider; this module decides which users are admitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import safe_html
from dashboard.admission import admitted, allowed_of, name_of
from dashboard.language import t

NEEDED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")


def secrets() -> Mapping[str, Any]:
    """Return the contents of the secrets file; an empty mapping if there is none."""
    return st.secrets.to_dict() if st.secrets.load_if_toml_exists() else {}


def require_sign_in() -> None:
    """Stop the page for anyone who has not signed in or is not admitted.

    Without `[auth]` in the secrets file the pages are open to anyone who can reach them.
    """
    content = secrets()
    if "auth" not in content:
        return
    fault = faults(content)
    if fault:
        safe_html.heading(t("Sign-in"), t("Sign-in is required."))
        safe_html.note(
            "error", t("Sign-in is configured incorrectly, so nobody is admitted."), fault
        )
        st.stop()
    if not st.user.get("is_logged_in"):
        safe_html.heading(t("Sign in"), t("Sign-in is required."))
        safe_html.note("info", t("Only listed users can see these pages."))
        st.button(t("Sign in"), type="primary", icon=":material/login:", on_click=st.login)
        st.stop()
    user = st.user.to_dict()
    if not admitted(user, content["rankcheck"]["allowed"]):
        safe_html.heading(t("Sign in"), t("Sign-in is required."))
        safe_html.note(
            "error",
            safe_html.sentence(
                "You are signed in as {user}, who is not on the list of users of this dashboard.",
                user=safe_html.name(name_of(user)),
            ),
            t("Its operator can add you to `allowed` in the secrets file."),
        )
        st.button(t("Sign out"), icon=":material/logout:", on_click=st.logout)
        st.stop()
    with st.sidebar:
        safe_html.show(
            safe_html.tag(
                "p",
                safe_html.sentence("Signed in as {user}", user=safe_html.name(name_of(user))),
                css="rc-words",
            )
        )
        st.button(t("Sign out"), icon=":material/logout:", on_click=st.logout, key="sign-out")


def faults(content: Mapping[str, Any]) -> str:
    """Return a message on what the secrets file lacks; empty if it is complete."""
    auth = content["auth"]
    missing = [key for key in NEEDED if not isinstance(auth, Mapping) or not auth.get(key)]
    if missing:
        return t("[auth] in the secrets file must set {missing}.", missing=", ".join(missing))
    if len(str(auth["cookie_secret"])) < 32:
        return t(
            "cookie_secret in the secrets file must have at least 32 random characters, got"
            " {count}.",
            count=len(str(auth["cookie_secret"])),
        )
    if allowed_of(content) is None:
        return t(
            "The secrets file must have a list `allowed` under [rankcheck]: addresses,"
            " @domains, or * for every user of the provider."
        )
    try:
        import authlib  # type: ignore[import-untyped]  # noqa: F401 - only whether it is there
    except ImportError:
        return t("Sign-in needs the package Authlib: pip install 'rankcheck[login]'.")
    return ""
