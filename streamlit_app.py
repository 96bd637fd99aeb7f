"""Fusewise in the browser: `streamlit run streamlit_app.py`.

Streamlit runs this file in two ways. The server imports it once, and takes `app`, whose lifespan starts the worker
before anybody opens a page. Every session then runs it as `__main__`, and gets the frame: language, menu, page.
"""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from fusion import config
from fusion.errors import FusionError
from fusion.signing import Signer
from pages.parts import keeping, pressing
from pages.parts.batch import download
from pages.parts.components import banner, cards
from pages.parts.frame import frame
from pages.parts.i18n import language
from pages.parts.programs import mounted
from pages.parts.server import admission_setup, login, visitor
from pages.parts.services import services, visitor_limits
from pages.parts.session import uploads

HERE = Path(__file__).parent  # which need not be the folder that the app was started in

if __name__ == "__main__":
    st.set_page_config(
        page_title="Fusewise",
        page_icon=str(HERE / "pages/parts/icon.svg"),
        layout="wide",
        initial_sidebar_state=230,
    )
    logo = "logo_dark.svg" if st.context.theme.type == "dark" else "logo.svg"
    st.logo(str(HERE / "pages/parts" / logo), size="large", icon_image=str(HERE / "pages/parts/icon.svg"))
    with st.sidebar:
        say = language.choose_language()
        login.leave(say)
        frame(say)

    # A page that is built is one more st.Page here; a folder of pages/ is a section of the menu.
    menu = {
        say("menu.studio"): [
            st.Page(
                "pages/studio/fuse.py",
                title=say("menu.fuse"),
                icon=":material/face_retouching_natural:",
                help=say("menu.fuse.help"),
                default=True,
            ),
            st.Page(
                "pages/studio/batch.py",
                title=say("menu.batch"),
                icon=":material/stacks:",
                help=say("menu.batch.help"),
            ),
            st.Page(
                "pages/studio/history.py",
                title=say("menu.history"),
                icon=":material/history:",
                help=say("menu.history.help"),
            ),
        ],
        say("menu.machine"): [
            st.Page(
                "pages/machine/gpu.py",
                title=say("menu.gpu" if services.has_card() else "menu.gpu.none"),
                icon=":material/memory:",
                help=say("menu.gpu.help"),
            ),
            st.Page(
                "pages/machine/diagnostics.py",
                title=say("menu.diagnostics"),
                icon=":material/troubleshoot:",
                help=say("menu.diagnostics.help"),
            ),
        ],
    }
    page = st.navigation(menu)
    pressing.leave()
    uploads.begin()
    try:
        services.serve_late()
        services.jobs()
        banner.banner()
        if login.is_wanted():
            login.card(say)
        else:
            keeping.begin()
            try:
                page.run()
            finally:
                keeping.end()
    except FusionError as error:  # of what every page needs, such as the database
        cards.error(say, error)
    uploads.end()
else:
    # Until it meets this call, Streamlit takes pages/ for its menu, and tells the first visitor that /history is none.
    st.navigation([st.Page("pages/studio/fuse.py")])
    try:
        guard = admission_setup.middleware()
        Signer.check(config.load())
    except FusionError as error:  # better no app than an open one, or one that signs nothing where it is asked to
        print(f"{error.message} {error.remedy}", file=sys.stderr)
        sys.exit(2)
    app = st.App(
        __file__,
        lifespan=services.lifespan,
        # The guard of the door first: nothing passes it by.
        middleware=[guard, Middleware(visitor_limits.Gate), Middleware(visitor.Visitors)],
        routes=[*download.routes(), *mounted.routes()],
    )
