"""The command line: `yiju add|sources|remove|search|ask|eval|chat|serve|password|check|move|models|settings|schema`."""

from assistant.cli.interruption import interruptible


def main() -> None:
    """Run the command line: exit 0 when done, 1 with one clear line on stderr, 2 on wrong usage, 130 after Ctrl-C."""
    # All else is imported inside, so that Ctrl-C is met by us from the first moment on.
    with interruptible():
        from assistant.cli.app import run

        run()
