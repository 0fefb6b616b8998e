"""`python -m assistant.cli` is `yiju`."""

from assistant.cli import main

main()
