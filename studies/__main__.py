"""``python -m studies`` is the ``waferflux`` command."""

from .cli import main

if __name__ == "__main__":
    main()
