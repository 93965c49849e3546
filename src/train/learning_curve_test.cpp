// Learning curves of real Keras: Keras 3.15 on TensorFlow 2.21, model.fit(x, y, epochs=20, batch_size=32, shuffle=False) from the same
// weights. Losses agree to 1e-5; so do metrics, which are means over rows.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "train/testing.hpp"

namespace upkeep {

namespace {

constexpr auto kNoShuffle = [](FitOptions options = {}) {
  options.epochs = 20;
  options.shuffle = false;
  options.show_progress = false;
  return options;
};

History fit(Problem problem, const Compile& settings, const FitOptions& options = {}) {
  return Trainer(std::move(problem.model), settings).fit(problem.data, kNoShuffle(options));
}

}  // namespace

TEST(LearningCurve, EqualsKerasForSgd) {
  const History history = fit(problem(), compile("sgd:learning_rate=0.05"));
  EXPECT_THAT(history.series("loss"),
              equal_curve({0.81198746,  0.74500674,  0.711758196, 0.688112199, 0.668404341, 0.651006699, 0.63566345,
                           0.62113589,  0.607517719, 0.594234645, 0.58085531,  0.567908049, 0.554824889, 0.542626858,
                           0.530849278, 0.518531084, 0.50660044,  0.494662315, 0.48205322,  0.469848394}));
  EXPECT_THAT(history.series("mae"), equal_curve({0.762339413, 0.727426589, 0.711420238, 0.698636532, 0.687376559, 0.676751018, 0.666925132,
                                                  0.656951189, 0.647191465, 0.638396204, 0.629362941, 0.620467722, 0.611528218, 0.604038239,
                                                  0.597032726, 0.58889693,  0.581401229, 0.573670626, 0.565061688, 0.557209015}));
}

TEST(LearningCurve, EqualsKerasForMomentum) {
  const History history = fit(problem(), compile("sgd:learning_rate=0.02,momentum=0.9"));
  EXPECT_THAT(history.series("loss"),
              equal_curve({0.819950879, 0.729912102, 0.675778627, 0.634029269, 0.596952975, 0.573868811, 0.534684896,
                           0.482741922, 0.44257012,  0.405326605, 0.365169108, 0.322749227, 0.280057937, 0.240331188,
                           0.20115608,  0.167201862, 0.141125798, 0.121432431, 0.105225235, 0.0916580781}));
  EXPECT_THAT(history.series("mae"), equal_curve({0.765597165, 0.721891105, 0.687073231, 0.65831995,  0.63286674,  0.61279875,  0.591264188,
                                                  0.564427555, 0.538227081, 0.508962393, 0.48006314,  0.450411707, 0.417363167, 0.385579377,
                                                  0.351694912, 0.320613205, 0.295151085, 0.273677856, 0.25680843,  0.242812201}));
}

TEST(LearningCurve, EqualsKerasForNesterovMomentum) {
  const History history = fit(problem(), compile("sgd:learning_rate=0.02,momentum=0.9,nesterov=true"));
  EXPECT_THAT(history.series("loss"),
              equal_curve({0.814119101, 0.718395531, 0.666234374, 0.622563958, 0.588140965,  0.556968927, 0.51588124,
                           0.471728563, 0.430952847, 0.392077416, 0.35232389,  0.310326576,  0.266223192, 0.22472927,
                           0.187962309, 0.157675281, 0.133500621, 0.11428795,  0.0995265394, 0.0879340395}));
  EXPECT_THAT(history.series("mae"), equal_curve({0.763159692, 0.716017008, 0.68256861,  0.653139412, 0.62721467,  0.605672121, 0.582476437,
                                                  0.555899441, 0.527249098, 0.499010175, 0.471228689, 0.440392375, 0.406716853, 0.373329282,
                                                  0.341639966, 0.31305328,  0.288696796, 0.267719209, 0.251058847, 0.237621054}));
}

TEST(LearningCurve, EqualsKerasForAdamWithHeldOutRows) {
  const History history = fit(problem(), compile("adam:learning_rate=0.01"), {.validation_split = 0.2});
  EXPECT_THAT(history.series("loss"),
              equal_curve({0.788771272, 0.702832222, 0.652718842, 0.616493821, 0.586660087, 0.557909608, 0.52805239,
                           0.498635113, 0.470170677, 0.443373382, 0.41601935,  0.388782799, 0.362260312, 0.336141646,
                           0.311203301, 0.286359787, 0.261810243, 0.237930775, 0.214092329, 0.19196336}));
  EXPECT_THAT(history.series("mae"), equal_curve({0.756025255, 0.703322113, 0.67118299,  0.646396935, 0.625228882, 0.60482657,  0.585667551,
                                                  0.5677284,   0.55002892,  0.532359242, 0.512661278, 0.493455589, 0.473321915, 0.452295631,
                                                  0.429637581, 0.405762374, 0.381633222, 0.359363735, 0.337751895, 0.319838136}));
  EXPECT_THAT(history.series("val_loss"),
              equal_curve({0.776979804, 0.702013314, 0.651617706, 0.617205322, 0.591442943, 0.567748666, 0.545575976,
                           0.525432706, 0.506222367, 0.484944642, 0.460455894, 0.435207933, 0.409434795, 0.382723093,
                           0.355939925, 0.330972463, 0.307501614, 0.28371948,  0.25702852,  0.229703784}));
  EXPECT_THAT(history.series("val_mae"),
              equal_curve({0.731466532, 0.721411228, 0.711664975, 0.700791895, 0.688213825, 0.673615277, 0.657756686,
                           0.641184628, 0.623717189, 0.603313506, 0.579599798, 0.555482507, 0.531147361, 0.50588429,
                           0.479661763, 0.453732163, 0.428833008, 0.404103696, 0.377290398, 0.349003732}));
}

TEST(LearningCurve, EqualsKerasForAdamWWithPenalties) {
  const History history = fit(problem("activation: relu, kernel_regularizer: {class_name: L1L2, config: {l1: 0.001, l2: 0.01}}, "
                                      "bias_regularizer: {class_name: L2, config: {l2: 0.01}}",
                                      "kernel_regularizer: {class_name: L1L2, config: {l1: 0.001, l2: 0.01}}"),
                              compile("adamw:learning_rate=0.01,weight_decay=0.1"));
  EXPECT_THAT(history.series("loss"),
              equal_curve({0.910113096, 0.801519156, 0.742852926, 0.699943602, 0.66271919,  0.628150582, 0.598672509,
                           0.572742462, 0.548470914, 0.524356484, 0.500278175, 0.475987852, 0.450757951, 0.426260382,
                           0.402437776, 0.380605817, 0.35861057,  0.336192936, 0.314544767, 0.294456661}));
  EXPECT_THAT(history.series("mae"), equal_curve({0.752198637, 0.699322104, 0.670007706, 0.645823896, 0.623295009, 0.60300386,  0.584647536,
                                                  0.566999912, 0.547545671, 0.529219925, 0.510516644, 0.490970075, 0.470782965, 0.45276925,
                                                  0.434680641, 0.416581422, 0.398285866, 0.378964454, 0.359477013, 0.340485036}));
}

TEST(LearningCurve, EqualsKerasForPenaltiesOnActivities) {
  const History history =
      fit(problem("activation: relu, kernel_regularizer: l2, activity_regularizer: {class_name: L2, config: {l2: 0.01}}",
                  "kernel_regularizer: l2"),
          compile("sgd:learning_rate=0.02,momentum=0.9"), {.validation_split = 0.2});
  EXPECT_THAT(history.series("loss"),
              equal_curve({0.916343689, 0.862988651, 0.812307537, 0.779578209, 0.744723916, 0.701694965, 0.66078192,
                           0.626467586, 0.59392637,  0.560476422, 0.528253376, 0.497773945, 0.466750562, 0.437511265,
                           0.408456236, 0.380424529, 0.354285896, 0.330593556, 0.309478223, 0.289923459}));
  EXPECT_THAT(history.series("mae"), equal_curve({0.766414106, 0.733423114, 0.69737035,  0.673931539, 0.65091145,  0.628361046, 0.606796205,
                                                  0.588346362, 0.569577098, 0.549136758, 0.525881171, 0.500768363, 0.47690326,  0.457696825,
                                                  0.436764717, 0.413838297, 0.388618886, 0.362110913, 0.337951601, 0.318368495}));
  EXPECT_THAT(history.series("val_loss"),
              equal_curve({0.949313343, 0.859115422, 0.798106313, 0.756258726, 0.718061268, 0.6853441,   0.659016728,
                           0.636554301, 0.615014195, 0.593848586, 0.569944859, 0.541147172, 0.510150909, 0.478383929,
                           0.445988834, 0.415967524, 0.386001647, 0.357109338, 0.330514073, 0.306526423}));
  EXPECT_THAT(history.series("val_mae"),
              equal_curve({0.761151433, 0.749159992, 0.747796714, 0.736151755, 0.715199351, 0.690096676, 0.665880859,
                           0.646058202, 0.630169988, 0.614808381, 0.594620526, 0.567196488, 0.535809278, 0.503749192,
                           0.470983416, 0.440023422, 0.409660906, 0.379761755, 0.356701791, 0.333879888}));
}

TEST(LearningCurve, EqualsKerasForClippedGradients) {
  const History history = fit(problem(), compile("sgd:learning_rate=0.05,clipnorm=0.1"));
  EXPECT_THAT(history.series("loss"),
              equal_curve({0.823738992, 0.805635691, 0.790300667, 0.776945412, 0.765036404, 0.754089296, 0.743931293,
                           0.734409034, 0.725225627, 0.716374576, 0.707893968, 0.699737549, 0.691843808, 0.684301138,
                           0.677004039, 0.66995883,  0.663145602, 0.656528831, 0.649996102, 0.64367789}));
  EXPECT_THAT(history.series("mae"), equal_curve({0.767207265, 0.758099377, 0.749683559, 0.741901338, 0.734694242, 0.728662491, 0.723856688,
                                                  0.719568729, 0.715292752, 0.711015344, 0.706768394, 0.702581227, 0.698422015, 0.694318175,
                                                  0.69022882,  0.686124802, 0.682028413, 0.677863181, 0.673637569, 0.669418812}));
}

TEST(LearningCurve, EqualsKerasForOneTargetAndManyOutputs) {
  const History history = fit(problem("activation: relu", "", 3), compile("sgd:learning_rate=0.05"));
  EXPECT_THAT(history.series("loss"),
              equal_curve({0.753254414, 0.739349544, 0.729438961, 0.721652985, 0.714287639, 0.707507074, 0.700487614,
                           0.693963289, 0.687051713, 0.680123568, 0.672703564, 0.664472818, 0.656812668, 0.648083448,
                           0.639893949, 0.63244009,  0.622657001, 0.6150195,   0.606637537, 0.598980963}));
  EXPECT_THAT(history.series("mae"), equal_curve({0.698237538, 0.69233644,  0.688234866, 0.684618533, 0.680786967, 0.677303493, 0.67355454,
                                                  0.670052767, 0.666255951, 0.662460685, 0.658389986, 0.654137433, 0.650288165, 0.645960748,
                                                  0.641878307, 0.6380108,   0.632968128, 0.628786922, 0.624256849, 0.620167613}));
}

TEST(LearningCurve, EqualsKerasForExponentialDecay) {
  const History history =
      fit(problem(), compile("sgd:learning_rate=0.1"), {.schedule = parse_named("exponential-decay:decay_steps=10,decay_rate=0.9")});
  EXPECT_THAT(history.series("loss"),
              equal_curve({0.79758507,  0.709579766, 0.669853151, 0.639997005, 0.615214109, 0.594248891, 0.572785139,
                           0.553760052, 0.535458922, 0.518740296, 0.50199461,  0.486501426, 0.471444935, 0.456975162,
                           0.442630857, 0.429331869, 0.416360348, 0.402955711, 0.390974015, 0.379010797}));
  EXPECT_THAT(history.series("mae"), equal_curve({0.757326126, 0.710132301, 0.688459158, 0.669901192, 0.652767658, 0.638400853, 0.624127209,
                                                  0.611104548, 0.599378824, 0.589120507, 0.5778234,   0.567725003, 0.558116138, 0.548874855,
                                                  0.538746536, 0.52963376,  0.520662367, 0.510976672, 0.502866268, 0.494886011}));
}

TEST(LearningCurve, EqualsKerasForReduceOnPlateau) {
  const History history = fit(problem(), compile("sgd:learning_rate=0.1"),
                              {.schedule = parse_named("reduce-on-plateau:patience=1,factor=0.5,min_delta=0.01,monitor=loss")});
  EXPECT_THAT(history.series("loss"),
              equal_curve({0.797425687, 0.708700418, 0.667530298, 0.635603607, 0.607984543, 0.581729472, 0.555983782,
                           0.532275498, 0.50763005,  0.483874559, 0.459749341, 0.434706986, 0.409916639, 0.38490355,
                           0.359377623, 0.332292169, 0.30746755,  0.283116162, 0.259322345, 0.236045837}));
  EXPECT_THAT(history.series("mae"), equal_curve({0.757331669, 0.709667504, 0.687148035, 0.666968405, 0.647601783, 0.63043344,  0.612537205,
                                                  0.597859025, 0.581438661, 0.565899193, 0.550303876, 0.532518864, 0.515196323, 0.498384178,
                                                  0.480676532, 0.460055649, 0.441332817, 0.423250765, 0.404928446, 0.38582015}));
  EXPECT_THAT(history.series("learning_rate"),
              equal_curve({0.100000001, 0.100000001, 0.100000001, 0.100000001, 0.100000001, 0.100000001, 0.100000001,
                           0.100000001, 0.100000001, 0.100000001, 0.100000001, 0.100000001, 0.100000001, 0.100000001,
                           0.100000001, 0.100000001, 0.100000001, 0.100000001, 0.100000001, 0.100000001}));
}

TEST(LearningCurve, EqualsKerasForBinaryCrossentropy) {
  Problem two = problem("activation: tanh", "activation: sigmoid");
  std::vector<float> targets;
  for (const float y : two.data.targets.floats()) targets.push_back(y > 0 ? 1.0f : 0.0f);
  two.data.targets = Tensor({100, 1}, targets);
  const History history = fit(two, compile("adam:learning_rate=0.01", "binary_crossentropy", {"accuracy"}));
  EXPECT_THAT(history.series("loss"),
              equal_curve({0.714960814, 0.680712342, 0.659170389, 0.643214285, 0.631287098, 0.622209072, 0.615019619,
                           0.608984768, 0.603577077, 0.598437071, 0.593334317, 0.588129878, 0.582743406, 0.577124357,
                           0.571235836, 0.565048754, 0.558544576, 0.551719964, 0.544588864, 0.537181079}));
  EXPECT_THAT(history.series("accuracy"),
              equal_curve({0.469999999, 0.579999983, 0.649999976, 0.639999986, 0.649999976, 0.660000026, 0.670000017,
                           0.670000017, 0.670000017, 0.670000017, 0.680000007, 0.680000007, 0.670000017, 0.680000007,
                           0.689999998, 0.699999988, 0.709999979, 0.720000029, 0.730000019, 0.75}));
}

TEST(LearningCurve, EqualsKerasForSparseCategoricalCrossentropy) {
  Problem three = problem("activation: tanh", "activation: softmax", 3);
  std::vector<std::int64_t> classes;
  for (const float y : three.data.targets.floats()) classes.push_back((y > -0.3f ? 1 : 0) + (y > 0.3f ? 1 : 0));
  three.data.targets = Tensor({100, 1}, classes);
  const History history = fit(three, compile("adam:learning_rate=0.01", "sparse_categorical_crossentropy", {"accuracy"}));
  EXPECT_THAT(history.series("loss"),
              equal_curve({1.09857357,  1.04206467,  1.01498508,  0.993973315, 0.976651371, 0.962040424, 0.949610651,
                           0.938980281, 0.929789662, 0.92166537,  0.914236248, 0.90718025,  0.900269091, 0.893388987,
                           0.886528254, 0.879741848, 0.873108506, 0.866696715, 0.860543728, 0.85464853}));
  EXPECT_THAT(history.series("accuracy"),
              equal_curve({0.379999995, 0.50999999,  0.529999971, 0.550000012, 0.589999974, 0.620000005, 0.610000014,
                           0.569999993, 0.569999993, 0.589999974, 0.589999974, 0.600000024, 0.610000014, 0.610000014,
                           0.610000014, 0.600000024, 0.620000005, 0.629999995, 0.629999995, 0.629999995}));
}

}  // namespace upkeep
