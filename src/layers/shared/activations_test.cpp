#include "layers/shared/activations.hpp"

#include "layers/testing.hpp"
#include "layers/view/graph_view.hpp"

namespace upkeep::layers {
namespace {

const Tensor kActivationsInput({2, 6}, std::vector<float>{-7, -3.5F, -1.2F, -0.5F, -0.1F, 0, 0.3F, 0.5F, 0.9F, 2.5F, 4, 7.5F});

Model model_of(const Json& setting) {
  Model model;
  Ops ops(model);
  ops.output(activate(ops, ops.input("x", DType::kFloat32, {"batch", 6}), setting), "y");
  return model;
}

struct Known {
  std::string setting;
  std::vector<float> y;
};

// Keras 3.15 on TensorFlow 2.21, keras.activations and keras.layers applied to kActivationsInput.
const std::vector<Known>& keras() {
  static const std::vector<Known> all = {
      {R"("linear")", {-7, -3.5F, -1.2F, -0.5F, -0.1F, 0, 0.3F, 0.5F, 0.9F, 2.5F, 4, 7.5F}},
      {R"("relu")", {0, 0, 0, 0, 0, 0, 0.3F, 0.5F, 0.9F, 2.5F, 4, 7.5F}},
      {R"("leaky_relu")", {-1.4F, -0.7F, -0.24F, -0.1F, -0.02F, 0, 0.3F, 0.5F, 0.9F, 2.5F, 4, 7.5F}},
      {R"("relu6")", {0, 0, 0, 0, 0, 0, 0.3F, 0.5F, 0.9F, 2.5F, 4, 6}},
      {R"("elu")", {-0.9990881F, -0.9698026F, -0.6988058F, -0.3934693F, -0.09516263F, 0, 0.3F, 0.5F, 0.9F, 2.5F, 4, 7.5F}},
      {R"("celu")", {-0.9990881F, -0.9698026F, -0.6988058F, -0.3934693F, -0.09516259F, 0, 0.3F, 0.5F, 0.9F, 2.5F, 4, 7.5F}},
      {R"("selu")",
       {-1.756496F, -1.705009F, -1.22857F, -0.6917582F, -0.1673054F, 0, 0.3152103F, 0.5253505F, 0.9456309F, 2.626753F, 4.202804F,
        7.880258F}},
      {R"("gelu")",
       {-8.958679e-12F, -0.0008142015F, -0.1380836F, -0.1542688F, -0.04601722F, 0, 0.1853734F, 0.3457312F, 0.7343459F, 2.484476F, 3.999873F,
        7.5F}},
      {R"("silu")",
       {-0.006377358F, -0.1025928F, -0.2777703F, -0.1887703F, -0.04750208F, 0, 0.1723327F, 0.3112297F, 0.6398545F, 2.310354F, 3.928055F,
        7.495854F}},
      {R"("swish")",
       {-0.006377358F, -0.1025928F, -0.2777703F, -0.1887703F, -0.04750208F, 0, 0.1723327F, 0.3112297F, 0.6398545F, 2.310354F, 3.928055F,
        7.495854F}},
      {R"("mish")",
       {-0.006380263F, -0.1040958F, -0.3088358F, -0.2207438F, -0.05678857F, 0, 0.2080014F, 0.3752452F, 0.7612059F, 2.471392F, 3.997412F,
        7.499996F}},
      {R"("softplus")",
       {0.0009114664F, 0.02975042F, 0.2632824F, 0.474077F, 0.6443967F, 0.6931472F, 0.8543552F, 0.9740769F, 1.241154F, 2.57889F, 4.01815F,
        7.500553F}},
      {R"("softsign")",
       {-0.875F, -0.7777778F, -0.5454546F, -0.3333333F, -0.09090909F, 0, 0.2307692F, 0.3333333F, 0.4736842F, 0.7142857F, 0.8F, 0.8823529F}},
      {R"("squareplus")",
       {0.1400549F, 0.2655644F, 0.5661904F, 0.7807764F, 0.9512492F, 1, 1.161187F, 1.280776F, 1.546586F, 2.850781F, 4.236068F, 7.631043F}},
      {R"("sparse_plus")", {0, 0, 0, 0.0625F, 0.2025F, 0.25F, 0.4225F, 0.5625F, 0.9025F, 2.5F, 4, 7.5F}},
      {R"("sparse_sigmoid")", {0, 0, 0, 0.25F, 0.45F, 0.5F, 0.65F, 0.75F, 0.95F, 1, 1, 1}},
      {R"("sigmoid")",
       {0.0009110512F, 0.02931223F, 0.2314752F, 0.3775407F, 0.4750208F, 0.5F, 0.5744424F, 0.6224594F, 0.7109495F, 0.9241418F, 0.9820138F,
        0.9994472F}},
      {R"("log_sigmoid")",
       {-7.000912F, -3.52975F, -1.463282F, -0.9740769F, -0.7443967F, -0.6931472F, -0.5543552F, -0.474077F, -0.3411539F, -0.07888974F,
        -0.01814993F, -0.0005529315F}},
      {R"("hard_sigmoid")", {0, 0, 0.3F, 0.4166667F, 0.4833333F, 0.5F, 0.55F, 0.5833333F, 0.65F, 0.9166667F, 1, 1}},
      {R"("hard_silu")", {-0, -0, -0.36F, -0.2083333F, -0.04833334F, 0, 0.165F, 0.2916667F, 0.585F, 2.291667F, 4, 7.5F}},
      {R"("hard_swish")", {-0, -0, -0.36F, -0.2083333F, -0.04833334F, 0, 0.165F, 0.2916667F, 0.585F, 2.291667F, 4, 7.5F}},
      {R"("hard_tanh")", {-1, -1, -1, -0.5F, -0.1F, 0, 0.3F, 0.5F, 0.9F, 1, 1, 1}},
      {R"("hard_shrink")", {-7, -3.5F, -1.2F, 0, 0, 0, 0, 0, 0.9F, 2.5F, 4, 7.5F}},
      {R"("soft_shrink")", {-6.5F, -3, -0.7F, 0, 0, 0, 0, 0, 0.4F, 2, 3.5F, 7}},
      {R"("tanh")",
       {-0.9999983F, -0.9981779F, -0.8336547F, -0.4621171F, -0.099668F, 0, 0.2913126F, 0.4621171F, 0.7162979F, 0.9866143F, 0.9993293F,
        0.9999993F}},
      {R"("tanh_shrink")",
       {-6.000002F, -2.501822F, -0.3663453F, -0.03788286F, -0.0003319979F, 0, 0.008687377F, 0.03788286F, 0.1837021F, 1.513386F, 3.000671F,
        6.500001F}},
      {R"("exponential")",
       {0.000911882F, 0.03019738F, 0.3011942F, 0.6065307F, 0.9048374F, 1, 1.349859F, 1.648721F, 2.459603F, 12.18249F, 54.59815F,
        1808.042F}},
      {R"("softmax")",
       {0.0003206706F, 0.01061915F, 0.1059174F, 0.2132914F, 0.3181933F, 0.351658F, 0.0007179027F, 0.0008768482F, 0.001308104F, 0.006479081F,
        0.02903722F, 0.9615808F}},
      {R"("log_softmax")",
       {-8.045096F, -4.545096F, -2.245096F, -1.545096F, -1.145096F, -1.045096F, -7.239176F, -7.039176F, -6.639176F, -5.039176F, -3.539177F,
        -0.03917666F}},
      {R"("sparsemax")", {0, 0, 0, 0.06666666F, 0.4666667F, 0.5666667F, 0, 0, 0, 0, 0, 1}},
      {R"("glu")", {-2.642785F, -1.662573F, -0.6F, 0.2772426F, 0.4910069F, 0.8995025F}},
      {R"({"class_name": "relu", "config": {"negative_slope": 0.25}})",
       {-1.75F, -0.875F, -0.3F, -0.125F, -0.025F, 0, 0.3F, 0.5F, 0.9F, 2.5F, 4, 7.5F}},
      {R"({"class_name": "relu", "config": {"max_value": 3.0}})", {0, 0, 0, 0, 0, 0, 0.3F, 0.5F, 0.9F, 2.5F, 3, 3}},
      {R"({"class_name": "relu", "config": {"max_value": 3.0, "negative_slope": 0.25}})",
       {-1.75F, -0.875F, -0.3F, -0.125F, -0.025F, 0, 0.3F, 0.5F, 0.9F, 2.5F, 3, 3}},
      {R"({"class_name": "relu", "config": {"threshold": 0.75}})", {0, 0, 0, 0, 0, 0, 0, 0, 0.9F, 2.5F, 4, 7.5F}},
      {R"({"class_name": "relu", "config": {"threshold": 0.75, "negative_slope": 0.25, "max_value": 3.0}})",
       {-1.9375F, -1.0625F, -0.4875F, -0.3125F, -0.2125F, -0.1875F, -0.1125F, -0.0625F, 0.9F, 2.5F, 3, 3}},
      {R"({"class_name": "leaky_relu", "config": {"negative_slope": 0.05}})",
       {-0.35F, -0.175F, -0.06F, -0.025F, -0.005F, 0, 0.3F, 0.5F, 0.9F, 2.5F, 4, 7.5F}},
      {R"({"class_name": "elu", "config": {"alpha": 0.5}})",
       {-0.4995441F, -0.4849013F, -0.3494029F, -0.1967347F, -0.04758132F, 0, 0.3F, 0.5F, 0.9F, 2.5F, 4, 7.5F}},
      {R"({"class_name": "celu", "config": {"alpha": 0.5}})",
       {-0.4999996F, -0.4995441F, -0.454641F, -0.3160603F, -0.09063464F, 0, 0.3F, 0.5F, 0.9F, 2.5F, 4, 7.5F}},
      {R"({"class_name": "gelu", "config": {"approximate": true}})",
       {-0, -0.0006162524F, -0.1382972F, -0.154286F, -0.04601725F, 0, 0.1853709F, 0.345714F, 0.7342285F, 2.484916F, 3.99993F, 7.5F}},
      {R"({"class_name": "squareplus", "config": {"b": 1.0}})",
       {0.03553391F, 0.07002747F, 0.181025F, 0.309017F, 0.4524938F, 0.5F, 0.6720153F, 0.809017F, 1.122681F, 2.596291F, 4.061553F,
        7.533186F}},
      {R"({"class_name": "hard_shrink", "config": {"threshold": 1.0}})", {-7, -3.5F, -1.2F, 0, 0, 0, 0, 0, 0, 2.5F, 4, 7.5F}},
      {R"({"class_name": "soft_shrink", "config": {"threshold": 1.0}})", {-6, -2.5F, -0.2F, 0, 0, 0, 0, 0, 0, 1.5F, 3, 6.5F}},
      {R"({"class_name": "softmax", "config": {"axis": 0}})",
       {0.0006750826F, 0.01798621F, 0.1090968F, 0.04742588F, 0.0163025F, 0.0005527786F, 0.9993249F, 0.9820138F, 0.8909032F, 0.9525741F,
        0.9836975F, 0.9994472F}},
      {R"({"class_name": "glu", "config": {"axis": 0}})", {-4.021098F, -2.178608F, -0.8531394F, -0.4620709F, -0.09820138F, 0}},
      {R"({"class_name": "threshold", "config": {"threshold": 0.4, "default_value": -2.0}})",
       {-2, -2, -2, -2, -2, -2, -2, 0.5F, 0.9F, 2.5F, 4, 7.5F}},
      {R"({"class_name": "LeakyReLU", "config": {}})", {-2.1F, -1.05F, -0.36F, -0.15F, -0.03F, 0, 0.3F, 0.5F, 0.9F, 2.5F, 4, 7.5F}},
      {R"({"class_name": "ReLU", "config": {"max_value": 2.0, "negative_slope": 0.1, "threshold": 0.2}})",
       {-0.72F, -0.37F, -0.14F, -0.07F, -0.03F, -0.02F, 0.3F, 0.5F, 0.9F, 2, 2, 2}},
      {R"({"class_name": "ELU", "config": {}})",
       {-0.9990881F, -0.9698026F, -0.6988058F, -0.3934693F, -0.09516263F, 0, 0.3F, 0.5F, 0.9F, 2.5F, 4, 7.5F}},
      {R"({"class_name": "Softmax", "config": {}})",
       {0.0003206706F, 0.01061915F, 0.1059174F, 0.2132914F, 0.3181933F, 0.351658F, 0.0007179027F, 0.0008768482F, 0.001308104F, 0.006479081F,
        0.02903722F, 0.9615808F}},
  };
  return all;
}

TEST(Activations, GiveKerasValues) {
  for (const Known& known : keras()) {
    SCOPED_TRACE(known.setting);
    const Model model = model_of(parse_json(known.setting));
    verify(model);
    EXPECT_THAT(values(run(model, kActivationsInput)), Near(known.y));
  }
}

TEST(Activations, AreAllComparedWithKeras) {
  std::set<std::string> compared;
  for (const Known& known : keras()) compared.insert(read_activation(parse_json(known.setting)).name);
  EXPECT_THAT(activation_names(), testing::UnorderedElementsAreArray(compared));
}

TEST(Activations, AreStandardOperators) {
  for (const Known& known : keras()) {
    const Model model = model_of(parse_json(known.setting));
    EXPECT_EQ(model.opsets.size(), 1U);
    for (const Node& node : model.graph.nodes) EXPECT_EQ(node.domain, "");
  }
}

TEST(Activations, StayFiniteWhereTheExponentialOverflows) {
  const Tensor far({2, 2}, std::vector<float>{-1e4F, 1e4F, -1e4F, 1e4F});
  for (const char* name :
       {"elu", "celu", "selu", "silu", "softplus", "sigmoid", "log_sigmoid", "mish", "softmax", "log_softmax", "tanh", "gelu"}) {
    Model model;
    Ops ops(model);
    ops.output(activate(ops, ops.input("x", DType::kFloat32, {"batch", 2}), Json(name)), "y");
    for (const float value : values(run(model, far))) EXPECT_TRUE(std::isfinite(value)) << name;
  }
}

TEST(Activations, AreReadFromEachOfTheForms) {
  const Activation expected{"leaky_relu", {{"negative_slope", 0.1}}};
  EXPECT_EQ(read_activation("leaky_relu:negative_slope=0.1"), expected);
  EXPECT_EQ(read_activation({{"class_name", "leaky_relu"}, {"config", {{"negative_slope", 0.1}}}}), expected);
  EXPECT_EQ(read_activation({{"module", "keras.layers"},
                             {"class_name", "LeakyReLU"},
                             {"config", {{"name", "leaky_re_lu_1"}, {"trainable", true}, {"dtype", "float32"}, {"negative_slope", 0.1}}},
                             {"registered_name", nullptr}}),
            expected);
  EXPECT_EQ(read_activation({{"class_name", "LeakyReLU"}, {"config", {{"name", "leaky_re_lu_1"}, {"alpha", 0.1}}}}), expected);
  EXPECT_EQ(read_activation({{"module", "builtins"}, {"class_name", "function"}, {"config", "relu"}, {"registered_name", "function"}}),
            read_activation("relu"));
  EXPECT_EQ(read_activation(nullptr).name, "linear");
  EXPECT_EQ(read_activation("swish").name, "silu");
}

TEST(Activations, AreWrittenShort) {
  for (const std::string& name : activation_names()) {
    if (name == "threshold") continue;  // has no defaults
    EXPECT_EQ(activation_setting(read_activation(name)), Json(name));
  }
  const Json long_form = {{"class_name", "elu"}, {"config", {{"alpha", 0.5}}}};
  EXPECT_EQ(activation_setting(read_activation(long_form)), long_form);
}

TEST(Activations, SayWhatWouldHaveBeenRight) {
  EXPECT_EQ(message_of([] { read_activation("rellu"); }).substr(0, 62),
            "unknown activation \"rellu\" (did you mean \"relu\"? known: linear");
  EXPECT_EQ(message_of([] { read_activation("elu:beta=1"); }), "activation \"elu\": unknown parameter \"beta\" (known: alpha)");
  EXPECT_EQ(message_of([] { read_activation("elu:alpha=much"); }), "elu.alpha: expected a number, got \"much\"");
  EXPECT_EQ(message_of([] { read_activation("threshold:threshold=1"); }), "activation \"threshold\" needs a \"default_value\"");
  EXPECT_EQ(message_of([] { read_activation(7); }),
            "expected NAME, NAME:SETTING=VALUE,... or {\"class_name\": NAME, \"config\": {...}}, got 7");
}

TEST(Activations, HalveOnlyEvenAxes) {
  const auto build = [](std::int64_t size) {
    Model model;
    Ops ops(model);
    activate(ops, ops.input("x", DType::kFloat32, {"batch", size}), Json("glu"));
  };
  EXPECT_EQ(message_of([&] { build(4); }), "no error");
  EXPECT_EQ(message_of([&] { build(3); }), "glu halves axis -1, and 3 is odd (use an even size)");
}

// --- recognition ---------------------------------------------------------------------------------------------------

TEST(ActivationPatterns, FindEveryActivationThatWeBuild) {
  for (const Known& known : keras()) {
    SCOPED_TRACE(known.setting);
    const Activation activation = read_activation(parse_json(known.setting));
    const Model model = model_of(parse_json(known.setting));
    const bool composed_with_parameters = model.graph.nodes.size() > 1 && !activation_setting(activation).is_string();
    const bool same_as_another = activation == read_activation("relu:negative_slope=0.25");
    const bool of_one_size = activation.name == "sparsemax";  // its operators hold the size of the axis
    if (activation.name == "linear" || composed_with_parameters || same_as_another || of_one_size) continue;
    const auto found = recognise_activation(GraphView(model), 0);
    ASSERT_TRUE(found);
    EXPECT_EQ(activation_setting(found->activation), activation_setting(activation));
    EXPECT_EQ(found->nodes.size(), model.graph.nodes.size());
    EXPECT_EQ(found->input, "x");
    EXPECT_EQ(found->output, "y");
  }
}

std::string activation_in(const std::string& body) {
  const Model model = model_from_text("<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 6] x) => (float[N, 6] y) " + body);
  const auto found = recognise_activation(GraphView(model), 0);
  if (!found) return "none";
  EXPECT_EQ(found->output, "y");
  return activation_setting(found->activation).dump();
}

TEST(ActivationPatterns, KnowHowExportersWriteThem) {
  EXPECT_EQ(activation_in("{ s = Sigmoid(x) y = Mul(s, x) }"), "\"silu\"");
  EXPECT_EQ(activation_in("{ p = Softplus(x) t = Tanh(p) y = Mul(x, t) }"), "\"mish\"");
  EXPECT_EQ(activation_in("{ r = Constant<value_float = 1.4142135>() d = Div(x, r) e = Erf(d) o = Constant<value_float = 1.0>() a = Add(e, "
                          "o) m = Mul(x, a) h = "
                          "Constant<value_float = 0.5>() y = Mul(m, h) }") == "none",
            true);  // node 0 is a constant
  EXPECT_EQ(activation_in("<float root = {1.4142135}, float one = {1}, float half = {0.5}> { d = Div(x, root) e = Erf(d) a = Add(e, one) m "
                          "= Mul(x, a) y = Mul(m, half) }"),
            "\"gelu\"");
  EXPECT_EQ(activation_in("<float root = {0.70710677}, float one = {1}, float half = {0.5}> { d = Mul(x, root) h = Mul(half, x) e = Erf(d) "
                          "a = Add(one, e) y = Mul(h, a) }"),
            "\"gelu\"");
  EXPECT_EQ(activation_in("<float root = {1.4142135}, float one = {1}, float half = {0.5}> { d = Div(x, root) e = Erf(d) a = Add(e, one) h "
                          "= Mul(half, a) y = Mul(x, h) }"),
            "\"gelu\"");
  EXPECT_EQ(activation_in("<float low = {0}, float high = {4}> { y = Clip(x, low, high) }"),
            R"({"class_name":"relu","config":{"max_value":4.0}})");
  EXPECT_EQ(activation_in("{ y = HardSigmoid(x) }"), R"({"class_name":"hard_sigmoid","config":{"slope":0.2}})");
  EXPECT_EQ(activation_in("{ y = LeakyRelu(x) }"), R"({"class_name":"leaky_relu","config":{"negative_slope":0.01}})");
  EXPECT_EQ(activation_in("{ y = Softmax <axis = 1> (x) }"), "\"softmax\"");
}

TEST(ActivationPatterns, LeaveAloneWhatMeansSomethingElse) {
  EXPECT_EQ(activation_in("<float low = {-2}, float high = {3}> { y = Clip(x, low, high) }"), "none");
  EXPECT_EQ(activation_in("{ y = Selu <alpha = 1.0> (x) }"), "none");
  EXPECT_EQ(activation_in("{ y = Sin(x) }"), "none");
  EXPECT_EQ(activation_in("<float root = {1.5}, float one = {1}, float half = {0.5}> { d = Div(x, root) e = Erf(d) a = Add(e, one) m = "
                          "Mul(x, a) y = Mul(m, half) }"),
            "none");
}

TEST(ActivationPatterns, DoNotSwallowAValueThatSomebodyElseReads) {
  const Model model = model_from_text(
      "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 6] x) => (float[N, 6] y, float[N, 6] z) { s = Sigmoid(x) y = Mul(x, s) z = "
      "Neg(s) }");
  const auto found = recognise_activation(GraphView(model), 0);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->activation.name, "sigmoid");
}

}  // namespace
}  // namespace upkeep::layers
