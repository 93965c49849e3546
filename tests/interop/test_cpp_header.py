"""A model as a C++ header: compiled by hand with the strictest warnings, run without a heap, against ONNX Runtime's own Python."""

import shutil
import subprocess

import numpy as np
import onnxruntime
import pytest

from conftest import ROOT

DATA = ROOT / "tests" / "data" / "digits.csv"
COMPILERS = [name for name in ("g++-14", "g++", "clang++") if shutil.which(name)]
FLAGS = ["-std=c++20", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror", "-fno-exceptions", "-fno-rtti"]

NET = """
name: digits
layers:
  - input: {shape: [8, 8, 1], name: image}
  - rescaling: {scale: 0.0625}
  - conv2d: {filters: 16, kernel_size: 3, padding: same}
  - batch_normalization: {}
  - activation: {activation: relu}
  - max_pooling2d: {pool_size: 2}
  - conv2d: {filters: 32, kernel_size: 3, activation: relu}
  - flatten: {}
  - dense: {units: 10, activation: softmax, name: scores}
"""

# Answers rows from stdin; ends with 2 when anything was taken from the heap meanwhile.
MAIN = """
#include <cstdio>
#include <cstdlib>
#include <new>
#include "digits.hpp"
static long taken = 0;
void* operator new(std::size_t size) { ++taken; return std::malloc(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
extern "C" void* __libc_malloc(std::size_t);
extern "C" void* malloc(std::size_t size) { ++taken; return __libc_malloc(size); }
int main() {
  static digits::Model model;
  static std::array<float, digits::image_count> image;
  static std::array<float, digits::scores_count> scores;
  bool clean = true;
  while (std::fread(image.data(), sizeof(float), image.size(), stdin) == image.size()) {
    const long before = taken;
    model.predict(image, scores);
    clean = clean && taken == before;
    std::fwrite(scores.data(), sizeof(float), scores.size(), stdout);
  }
  return clean && taken > 0 ? 0 : 2;
}
"""


@pytest.fixture(scope="module")
def digits(upkeep, tmp_path_factory):
    folder = tmp_path_factory.mktemp("digits")
    (folder / "net.yaml").write_text(NET)
    upkeep("train", folder / "net.yaml", "--data", f"{DATA}:image_shape=8x8x1", "--target", "target", "--loss", "sparse_categorical_crossentropy",
           "--epochs", 3, "--seed", 1, "--threads", 1, "--output", folder / "digits.onnx")
    said = upkeep.json("convert", folder / "digits.onnx", folder / "digits.hpp")
    assert said["comparison"]["rows"] == 64 and said["comparison"]["largest_absolute"] < 1e-6
    (folder / "main.cpp").write_text(MAIN)
    return folder


@pytest.mark.parametrize("compiler", COMPILERS)
def test_the_digits_net_answers_as_onnx_runtime_and_takes_no_memory(digits, compiler):
    subprocess.run([compiler, *FLAGS, digits / "main.cpp", "-o", digits / "program"], check=True)
    rows = np.loadtxt(DATA, delimiter=",", skiprows=1, dtype=np.float32)[:, :-1].reshape(-1, 8, 8, 1)
    ran = subprocess.run([digits / "program"], input=rows.tobytes(), capture_output=True, check=True)
    ours = np.frombuffer(ran.stdout, np.float32).reshape(-1, 10)
    theirs = onnxruntime.InferenceSession(digits / "digits.onnx").run(None, {"image": rows})[0]
    assert len(ours) == 1797
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_without_a_compiler_it_says_so(upkeep, digits, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("CXX", raising=False)
    said = upkeep("convert", digits / "digits.onnx", digits / "again.hpp")
    assert "answers not compared" in said and "compiler" in said
    assert (digits / "again.hpp").read_text() == (digits / "digits.hpp").read_text()
