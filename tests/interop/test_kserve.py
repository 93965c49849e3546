"""What asks KServe's package, in a process of its own: its protocol buffers have the same names as those of Triton's gRPC client."""

import pathlib
import subprocess
import sys


def test_kserve_in_a_process_of_its_own():
    checks = pathlib.Path(__file__).parent / "kserve_checks.py"
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(checks)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
