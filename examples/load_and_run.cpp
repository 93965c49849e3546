// Models from files: load one of any format, look at what it reads and answers, run it from several threads, save it in another format.

#include <upkeep/upkeep.hpp>

#include <cstdio>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace upkeep;

static void expect(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

// A file to begin with: y = softmax(x W).
static void write_model() {
  const Layer x = Input({.shape = {3}, .name = "x"});
  const Model model({x}, {Dense({.units = 2, .activation = "softmax", .name = "p"})(x)}, /*seed=*/1);
  model.save("model.keras");
}

int main() try {
  write_model();
  const Model model = Model::load("model.keras");

  for (const InputSignature& input : model.signature().inputs)
    std::printf("input %s %s\n", input.name.c_str(), to_string(input.dtype).c_str());
  for (const OutputSignature& output : model.signature().outputs) std::printf("output %s\n", output.name.c_str());
  std::printf("%s", model.summary().c_str());

  // run() is const, and any number of threads may call it at once.
  std::vector<Tensors> answers(4);
  {
    std::vector<std::jthread> threads;
    for (Tensors& answer : answers)
      threads.emplace_back([&] { answer = model.run({{"x", Tensor({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6})}}); });
  }
  expect(answers.front() == answers.back(), "all threads get the same answers");
  expect(answers.front().at("p").shape() == Shape{2, 2}, "two rows, two classes");

  model.save("model.onnx");
  expect(Model::load("model.onnx").run({{"x", Tensor({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6})}}) == answers.front(),
         "ONNX answers as Keras's file does");

  // An Error says what was wrong, where, and what would have been right.
  try {
    model.run({{"x", Tensor({2, 4}, std::vector<float>(8))}});
    expect(false, "a wrong shape is refused");
  } catch (const Error& error) {
    std::printf("refused: %s\n", error.what());
    expect(error.code() == ErrorCode::kInvalidArgument, "and says why");
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "load_and_run: %s\n", error.what());
  return 1;
}
