#!/usr/bin/env python3
"""libssl binds to libcrypto's functions and not to the copy that Arrow's libparquet exports."""

import os
import subprocess
import sys

environment = dict(os.environ, LD_DEBUG="bindings", LD_BIND_NOW="1")
run = subprocess.run([sys.argv[1], "--version"], env=environment, capture_output=True, text=True)
assert run.returncode == 0, run.stderr[-2000:]
wrong = [line for line in run.stderr.splitlines() if "libparquet" in line.split(" to ")[-1] and ("libssl" in line.split(" to ")[0] or "libcrypto" in line.split(" to ")[0])]
print("\n".join(wrong[:10]) or "OpenSSL binds to itself")
sys.exit(1 if wrong else 0)
