"""``python -m gongkai``."""

from gongkai.commands.app import main

if __name__ == "__main__":
    main()
