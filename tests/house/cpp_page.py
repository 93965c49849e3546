#!/usr/bin/env python3
"""The code in docs/cpp.md and README.md compiles against the public headers: `cpp_page.py COMPILER`."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEAD = """#include <upkeep/upkeep.hpp>
#include <cstdio>
using namespace upkeep;
extern Model model, small;  // what the pieces speak of
extern Data training, held_out;
"""


def program():
    text = HEAD
    for page in ("docs/cpp.md", "README.md"):
        for number, block in enumerate(re.findall(r"```cpp\n(.*?)```", (ROOT / page).read_text(), re.S)):
            block = re.sub(r"^(#include|using namespace).*\n", "", block, flags=re.M)
            block = block.replace("int main()", "")  # its braces stay
            text += f"void {page.partition('.')[0].replace('/', '_').lower()}_{number}() {{\n{block}}}\n"
    return text


compiled = subprocess.run([sys.argv[1], "-std=c++20", "-Wall", "-Wextra", "-Wno-unused", "-Werror", "-fsyntax-only", "-I", ROOT / "include",
                           "-x", "c++", "-"], input=program(), capture_output=True, text=True)
print(compiled.stderr or "the code of the pages compiles")
sys.exit(compiled.returncode)
