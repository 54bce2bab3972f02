"""Serve the dashboard: `rankcheck dashboard` runs this file with Streamlit."""

from __future__ import annotations

import streamlit as st
from starlette.middleware import Middleware

from dashboard.origin_guard import OriginGuard

app = st.App(
    "app.py",
    middleware=[Middleware(OriginGuard, origins=st.get_option("server.corsAllowedOrigins"))],
)
