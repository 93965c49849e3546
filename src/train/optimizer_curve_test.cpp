// Losses of real Keras, 15 epochs of 4 batches: Keras 3.15 on TensorFlow 2.21, model.fit(x, y, epochs=15, batch_size=32, shuffle=False)
// from the same weights, with every optimiser and every schedule of its vocabulary. ScheduleFreeAdamW is not among them, because on
// TensorFlow it is another formula (see schedulefreeadamw.cpp).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "train/testing.hpp"

namespace upkeep {

namespace {

History fit_curve(const std::string& optimizer, const std::string& schedule = "") {
  Problem given = problem();
  FitOptions options{.epochs = 15, .shuffle = false, .show_progress = false};
  if (!schedule.empty()) options.schedule = parse_named(schedule);
  return Trainer(std::move(given.model), compile(optimizer, "mse", {})).fit(given.data, options);
}

}  // namespace

TEST(OptimizerCurve, EqualsKerasForAdagrad) {
  EXPECT_THAT(fit_curve("adagrad:learning_rate=0.1").series("loss"),
              equal_curve({0.759076715, 0.64597261, 0.571524918, 0.521752059, 0.474059075, 0.434641182, 0.394485563, 0.357874632,
                           0.318747908, 0.284000158, 0.252422243, 0.223702922, 0.195177943, 0.172551587, 0.149479434}));
}

TEST(OptimizerCurve, EqualsKerasForRmsProp) {
  EXPECT_THAT(fit_curve("rmsprop:learning_rate=0.01,momentum=0.5,centered=true").series("loss"),
              equal_curve({0.725537181, 0.548419833, 0.455333412, 0.392928123, 0.335540861, 0.266566664, 0.203499109, 0.138946578,
                           0.0928596705, 0.0670694038, 0.0512667708, 0.0416553728, 0.0358266532, 0.0329754837, 0.0301807839}));
}

TEST(OptimizerCurve, EqualsKerasForAdadelta) {
  EXPECT_THAT(fit_curve("adadelta:learning_rate=10").series("loss"),
              equal_curve({0.777069986, 0.674783111, 0.615673602, 0.562807262, 0.513789415, 0.466032207, 0.410727888, 0.346366286,
                           0.283096015, 0.225251019, 0.18018043, 0.14653933, 0.125053838, 0.107261926, 0.0975747481}));
}

TEST(OptimizerCurve, EqualsKerasForAdamax) {
  EXPECT_THAT(fit_curve("adamax:learning_rate=0.02").series("loss"),
              equal_curve({0.764809012, 0.642991126, 0.594857097, 0.558423817, 0.525970995, 0.496264756, 0.469664067, 0.443658859,
                           0.417069018, 0.38913852, 0.359107137, 0.329055488, 0.29999876, 0.272791147, 0.248315245}));
}

TEST(OptimizerCurve, EqualsKerasForNadam) {
  EXPECT_THAT(fit_curve("nadam:learning_rate=0.01").series("loss"),
              equal_curve({0.792044401, 0.717951834, 0.672919393, 0.633813679, 0.596146107, 0.559303761, 0.523298502, 0.488191187,
                           0.453797579, 0.419152707, 0.382839501, 0.34446618, 0.306006402, 0.2676332, 0.23067987}));
}

TEST(OptimizerCurve, EqualsKerasForFtrl) {
  EXPECT_THAT(fit_curve("ftrl:learning_rate=0.2,l1_regularization_strength=0.01").series("loss"),
              equal_curve({0.743270934, 0.708799839, 0.660813451, 0.580596149, 0.503134906, 0.435605824, 0.376392126, 0.343733549,
                           0.30760172, 0.275105715, 0.239036992, 0.210557804, 0.186498836, 0.163072303, 0.145100847}));
}

TEST(OptimizerCurve, EqualsKerasForLion) {
  EXPECT_THAT(fit_curve("lion:learning_rate=0.003").series("loss"),
              equal_curve({0.817386448, 0.7782287, 0.742281556, 0.710905135, 0.68418318, 0.660219967, 0.640217185, 0.621171057, 0.603002071,
                           0.585688531, 0.569489658, 0.554897666, 0.54098177, 0.527558923, 0.515109301}));
}

TEST(OptimizerCurve, EqualsKerasForLamb) {
  EXPECT_THAT(fit_curve("lamb:learning_rate=0.02").series("loss"),
              equal_curve({0.801642478, 0.726682484, 0.669900537, 0.621464014, 0.577330768, 0.536478341, 0.49657464, 0.455561817,
                           0.411869198, 0.363911331, 0.312198818, 0.258534133, 0.205507472, 0.161092713, 0.12524499}));
}

TEST(OptimizerCurve, EqualsKerasForAdafactor) {
  EXPECT_THAT(fit_curve("adafactor:learning_rate=0.05").series("loss"),
              equal_curve({0.792161345, 0.690382838, 0.623513103, 0.56435889, 0.506243229, 0.449403793, 0.390475392, 0.335980952,
                           0.27783516, 0.227054849, 0.183140755, 0.149931043, 0.125058934, 0.10462416, 0.0911518112}));
}

TEST(OptimizerCurve, EqualsKerasForMuon) {
  EXPECT_THAT(fit_curve("muon:learning_rate=0.05").series("loss"),
              equal_curve({0.774100125, 0.674703956, 0.598916948, 0.549619794, 0.506645679, 0.468883246, 0.432092786, 0.387852967,
                           0.337232053, 0.291926086, 0.249710292, 0.208493426, 0.168523565, 0.132394522, 0.105080433}));
}

TEST(OptimizerCurve, EqualsKerasForAveraging) {
  EXPECT_THAT(fit_curve("adam:learning_rate=0.01,use_ema=true,ema_momentum=0.8,ema_overwrite_frequency=5").series("loss"),
              equal_curve({0.791768968, 0.725082994, 0.689855099, 0.656254888, 0.639103532, 0.624569118, 0.600852489, 0.578795552,
                           0.557031512, 0.542482376, 0.528731823, 0.505755246, 0.486320883, 0.465353042, 0.451742589}));
}

TEST(OptimizerCurve, EqualsKerasForAccumulation) {
  EXPECT_THAT(fit_curve("adam:learning_rate=0.02,gradient_accumulation_steps=3,clipnorm=1").series("loss"),
              equal_curve({0.825403273, 0.727759778, 0.667899549, 0.62477392, 0.590049863, 0.560234666, 0.529667974, 0.502882898,
                           0.476469278, 0.450391173, 0.428616285, 0.406692863, 0.379353881, 0.345871389, 0.31769821}));
}

TEST(ScheduleCurve, EqualsKerasForInverseTimeDecay) {
  EXPECT_THAT(fit_curve("adam:learning_rate=0.02", "inverse-time-decay:decay_steps=10,decay_rate=0.5").series("loss"),
              equal_curve({0.762803197, 0.622971296, 0.570116758, 0.528319955, 0.492868811, 0.462890893, 0.435330927, 0.408645809,
                           0.382287621, 0.356741458, 0.332101464, 0.308886826, 0.288270414, 0.269338012, 0.252042174}));
}

TEST(ScheduleCurve, EqualsKerasForPolynomialDecay) {
  EXPECT_THAT(
      fit_curve("adam:learning_rate=0.02", "polynomial-decay:decay_steps=25,end_learning_rate=0.001,power=2,cycle=true").series("loss"),
      equal_curve({0.763286769, 0.629447997, 0.585551023, 0.56086731, 0.546037138, 0.53807205, 0.533496082, 0.519934535, 0.506431997,
                   0.496855348, 0.489967763, 0.484992743, 0.481112629, 0.474304646, 0.465731353}));
}

TEST(ScheduleCurve, EqualsKerasForPiecewiseConstantDecay) {
  EXPECT_THAT(fit_curve("adam:learning_rate=0.02", "piecewise-constant-decay:boundaries=[10,30],values=[0.02,0.01,0.002]").series("loss"),
              equal_curve({0.761952221, 0.614026606, 0.55316627, 0.51128763, 0.482572794, 0.454742134, 0.425112695, 0.392789692, 0.37264365,
                           0.365686953, 0.358619153, 0.351535976, 0.344421208, 0.337263256, 0.330145597}));
}

TEST(ScheduleCurve, EqualsKerasForCosineDecayWithWarmUp) {
  EXPECT_THAT(fit_curve("adam:learning_rate=0.02",
                        "cosine-decay:initial_learning_rate=0.001,decay_steps=40,alpha=0.1,warmup_target=0.02,warmup_steps=10")
                  .series("loss"),
              equal_curve({0.822162569, 0.754292905, 0.664348841, 0.593133807, 0.5363397, 0.492646933, 0.463308036, 0.437833339,
                           0.412751287, 0.393105626, 0.379582316, 0.371129215, 0.365550429, 0.360861748, 0.356318742}));
}

TEST(ScheduleCurve, EqualsKerasForCosineDecayRestarts) {
  EXPECT_THAT(fit_curve("adam:learning_rate=0.02", "cosine-decay-restarts:first_decay_steps=8,m_mul=0.8").series("loss"),
              equal_curve({0.762724698, 0.637061357, 0.607506216, 0.556883574, 0.52388072, 0.509825528, 0.497326016, 0.457864583,
                           0.421987802, 0.389440507, 0.363299519, 0.345454246, 0.335611522, 0.331991613, 0.320862859}));
}

TEST(ScheduleCurve, EqualsKerasForExponentialDecay) {
  EXPECT_THAT(fit_curve("adam:learning_rate=0.02", "exponential-decay:decay_steps=10,decay_rate=0.7,staircase=true").series("loss"),
              equal_curve({0.761952221, 0.614026606, 0.553367257, 0.510036051, 0.471639186, 0.436804891, 0.407275558, 0.374872923,
                           0.348941892, 0.325165749, 0.303605705, 0.287469774, 0.271736175, 0.260002911, 0.249876887}));
}

}  // namespace upkeep
