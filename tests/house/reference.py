#!/usr/bin/env python3
"""docs/reference.md is what the catalogs say: `reference.py UPKEEP` compares, `reference.py UPKEEP --write` writes it."""

import subprocess
import sys

import pages

said = subprocess.run([sys.argv[1], "catalog", "--markdown"], capture_output=True, text=True, check=True).stdout
pages.keep("reference.md", said, "reference.py")
