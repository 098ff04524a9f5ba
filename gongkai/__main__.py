"""``gongkai`` and ``python -m gongkai``."""

from gongkai.commands.faults import guarded, press_once


def main() -> None:
    """Run the command line; Ctrl-C while its modules are loaded ends in no traceback either."""
    press_once()
    guarded(_load)
    from gongkai.commands.app import main as run

    run()


def _load() -> None:
    import gongkai.commands.app  # noqa: F401


if __name__ == "__main__":
    main()
