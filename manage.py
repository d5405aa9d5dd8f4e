#!/usr/bin/env python
"""Eclipse's command line, and the developer's door: debug mode is on unless the environment says otherwise."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eclipse.settings")
    os.environ.setdefault("DJANGO_DEBUG", "1")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # A forgotten setting is the operator's to mend: one line helps, a traceback hides it.
        sys.exit(f"Eclipse cannot start: {error}")
