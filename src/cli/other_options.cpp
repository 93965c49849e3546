#include "cli/other_options.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/other_words.hpp"

namespace upkeep {

namespace {

struct Meaning {
  std::string_view words;   // in plain letters, with blanks between
  std::string_view option;  // that the command must have
  std::string_view advice;  // {} is the value
};

constexpr Meaning kMeanings[] = {
    {"lr learningrate learnrate eta stepsize", "--optimizer", "write --optimizer adam:learning_rate={}"},
    {"momentum", "--optimizer", "write --optimizer sgd:learning_rate=0.01,momentum={}"},
    {"weightdecay wd l2decay decay", "--optimizer", "write --optimizer adamw:weight_decay={}"},
    {"beta1", "--optimizer", "write --optimizer adam:beta_1={}"},
    {"beta2", "--optimizer", "write --optimizer adam:beta_2={}"},
    {"clip clipnorm gradclip gradientclip maxgradnorm clipgradnorm gradientclipval", "--optimizer",
     "write --optimizer adam:global_clipnorm={}"},
    {"ema useema", "--optimizer", "write --optimizer adam:use_ema=true"},
    {"opt optim", "--optimizer", "write --optimizer {}"},
    {"bs batch batchsize minibatch", "--batch-size", "write --batch-size {}"},
    {"epoch nepochs numepochs maxepochs numtrainepochs maxiter iterations niter nbepoch e", "--epochs", "write --epochs {}"},
    {"criterion objective lossfn lossfunction", "--loss", "write --loss {}"},
    {"metric evalmetric scoring score", "--metrics", "write --metrics {}"},
    {"valsplit validationsplit validationfraction valfraction validsplit valsize validationsize testsize holdout val valid valratio split",
     "--validation", "write --validation {}"},
    {"valdata validdata validationfile valfile validfile evaldata validationset valset validationdir valdir", "--validation-data",
     "write --validation-data {}"},
    {"test testdata testset testfile testdir", "--validation-data",
     "write --validation-data {0} to watch it while training; upkeep evaluate MODEL --data {0} measures a trained model"},
    {"train traindata trainfile traincsv trainset traindir dataset datapath datafile datadir csv file input inputfile inputs testdata test "
     "source d i",
     "--data", "write --data {}"},
    {"label labels y targetcolumn labelcolumn labelcol targetcol classcolumn targets response outcome", "--target", "write --target {}"},
    {"x feature featurecolumns columns cols usecols", "--features", "write --features {}"},
    {"drop dropcolumns exclude skip ignorecolumns", "--ignore", "write --ignore {}"},
    {"id idcolumn idcol passthrough keepcolumns", "--keep", "write --keep {}"},
    {"earlystopping earlystop patience earlystoppingpatience earlystoppingrounds niternochange", "--callbacks",
     "write --callbacks early-stopping:patience={},restore_best_weights=true"},
    {"callback", "--callbacks", "write --callbacks {}"},
    {"logdir tensorboard tb", "--callbacks", "write --callbacks tensorboard:log_dir={}"},
    {"csvlog log logfile", "--callbacks", "write --callbacks csv-logger:filename={}"},
    {"savebest savebestonly bestmodel", "--callbacks", "write --callbacks model-checkpoint:filepath=best.onnx,save_best_only=true"},
    {"scheduler lrscheduler lrschedule learningrateschedule", "--schedule", "write --schedule {}"},
    {"lrdecay reducelr reducelronplateau reduceonplateau", "--schedule", "write --schedule reduce-on-plateau"},
    {"warmup warmupsteps", "--schedule", "write --schedule linear-warmup:warmup_steps={}"},
    {"augmentation augmentations aug transforms transform", "--augment", "write --augment {}"},
    {"save saveto savepath savedir savemodel out o outputfile outputdir outputmodel modelout outfile exportto", "--output",
     "write --output {}"},
    {"randomstate randomseed manualseed rng", "--seed", "write --seed {}"},
    {"njobs jobs nproc numthreads nthreads cores cpus ncores j", "--threads", "write --threads {}"},
    {"workers numworkers", "--loader-threads", "write --loader-threads {}"},
    {"workers numworkers", "--threads", "write --threads {}"},
    {"gpu gpus device cuda", "--threads", "training and answering run on the processor's cores; --threads says on how many"},
    {"posweight scaleposweight classweights", "--class-weight", "write --class-weight CLASS=NUMBER, or balanced"},
    {"sampleweights weightcolumn weightscolumn", "--sample-weight", "write --sample-weight {}"},
    {"ckpt checkpointpath checkpointfile", "--checkpoint", "write --checkpoint {}"},
    {"resumefrom resumefromcheckpoint fromcheckpoint continue", "--resume", "write --checkpoint {} --resume"},
    {"initweights pretrained loadweights weightsfile", "--weights", "write --weights {}"},
    {"shuffle", "--no-shuffle", "rows are shuffled; --no-shuffle keeps their order"},
    {"verbose v debug progress", "--quiet", "progress is shown on a terminal; --quiet turns it off"},
    {"imgsize imagesize imgsz inputsize targetsize", "--data", "write --data FOLDER:height={0},width={0}"},
    {"sep separator delimiter", "--data", "write --data FILE:separator={}"},
    {"dropout", "--optimizer", "write a layer into the architecture: - dropout: {{rate: {}}}"},
    {"hidden hiddenlayers hiddenlayersizes hiddensize units neurons layers activation", "--optimizer",
     "write the layers into the architecture: - dense: {{units: 16, activation: relu}}"},
    {"normalize standardize scale", "--optimizer", "write a layer into the architecture: - normalization"},
    {"l1 l2 regularization reg", "--optimizer", "write it into a layer: - dense: {{units: 16, kernel_regularizer: \"l2:l2={}\"}}"},
    {"format outputformat to", "--as", "the ending of the file's name says the format; --as sets its options"},
    {"opset opsetversion targetopset", "--as", "write --as onnx:opset={}"},
    {"fp16 half float16", "--rewrite", "write --rewrite float16"},
    {"port p", "--http-port", "write --http-port {}"},
    {"host bind", "--address", "write --address {}"},
    {"modelrepository modelstore repository", "--registry", "write --registry {}"},
};

}  // namespace

std::optional<std::string> other_option(std::string_view option, std::string_view value, const std::vector<std::string>& known) {
  const std::string plain = plain_letters(option);
  const std::string_view shown = value.empty() ? "VALUE" : value;
  for (const Meaning& meaning : kMeanings)
    if (std::ranges::contains(known, meaning.option) && std::ranges::contains(split(meaning.words, ' '), plain))
      return upkeep::vformat(meaning.advice, std::make_format_args(shown));
  return std::nullopt;
}

}  // namespace upkeep
