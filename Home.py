"""CareSlot's entry, twice: as a script it draws the page that was asked for; imported by the server it is the app."""

if __name__ == "__main__":
    from core.ui.shell import run

    run()
else:
    from core.ui.server import make_app

    app = make_app(__file__)
