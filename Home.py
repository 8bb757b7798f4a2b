"""CareSlot's entry, twice: as a script it draws the page that was asked for; imported by the server it is the app."""

if __name__ == "__main__":
    from core.ui.shell import run

    run()
else:
    import streamlit as st

    from core.ui import server

    server.begin()
    # Streamlit looks for this very call in the text of the file to know that there is an app.
    app = st.App(
        __file__,
        lifespan=server.lifespan,
        routes=server.ROUTES,
        middleware=server.MIDDLEWARE,
        on_script_error=server.on_script_error,
    )
