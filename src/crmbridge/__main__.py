"""``python -m crmbridge`` is the ``crmbridge`` command."""

from crmbridge.cli.main import main

if __name__ == "__main__":
    main()
