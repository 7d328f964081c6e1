package org.portafilter.cli;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.portafilter.data.Fit;
import org.portafilter.device.MathMode;
import org.portafilter.device.Tuning;
import org.portafilter.train.EarlyStopping;
import picocli.CommandLine.Option;

/** The options of {@code train}, and their ranges. */
final class TrainOptions {
  @Option(names = "--data", paramLabel = "DIR", description = DataFolder.HELP)
  @Nullable Path data;

  @Option(
      names = "--size",
      paramLabel = "N",
      description = "Height and width to read an image folder's images at.")
  @Nullable Integer size;

  @Option(
      names = "--fit",
      paramLabel = "NAME",
      description =
          "What to do with an image folder's images of other sizes: crop (unless set), stretch or"
              + " exact (refuse).")
  @Nullable Fit fit;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "5",
      description = "Passes over the data (${DEFAULT-VALUE}).")
  int epochs;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "64",
      description = "Images per step (${DEFAULT-VALUE}).")
  int batch;

  @Option(
      names = "--lr",
      paramLabel = "X",
      defaultValue = "0.001",
      description = "Learning rate of Adam (${DEFAULT-VALUE}).")
  double learningRate;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      defaultValue = "cosine",
      description =
          "Learning rate over the run: cosine (down to 0) or constant (${DEFAULT-VALUE}).")
  String schedule = "cosine";

  @Option(
      names = "--clip-norm",
      paramLabel = "X",
      defaultValue = "0",
      description = "Most the gradients' common norm may be; 0 for no bound.")
  double clipNorm;

  @Option(
      names = "--augment",
      description = "Shift images by up to 4 pixels and flip every second.")
  boolean augment;

  @Option(
      names = "--validation",
      paramLabel = "SHARE",
      defaultValue = "0",
      description = "Share of the training images held out and measured after every epoch (0).")
  double validation;

  @Option(
      names = "--patience",
      paramLabel = "N",
      defaultValue = "0",
      description = "Stop when the validation loss has not fallen for N epochs; 0 for never.")
  int patience;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "42",
      description = "Decides everything random (${DEFAULT-VALUE}).")
  long seed;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      defaultValue = "cpu",
      description = "Where to compute (${DEFAULT-VALUE}).")
  String device = "cpu";

  @Option(
      names = "--threads",
      paramLabel = "T",
      defaultValue = "0",
      description = "Threads of the CPU; 0 for one per core.")
  int threads;

  @Option(
      names = "--memory",
      paramLabel = "BYTES",
      description = "Most memory a step may take besides the parameters.")
  long memory = Long.MAX_VALUE;

  @Option(names = "--save", paramLabel = "FILE", description = "Where the model goes.")
  @Nullable Path save;

  @Option(
      names = "--history",
      paramLabel = "FILE",
      description = "Where the history goes: .json or .csv.")
  @Nullable Path history;

  @Option(
      names = "--plot",
      paramLabel = "FILE.png",
      description = "Where a picture of the training curve goes.")
  @Nullable Path plot;

  @Option(
      names = "--checkpoint",
      paramLabel = "DIR",
      description = "Folder for a checkpoint after every epoch, and the best by validation.")
  @Nullable Path checkpoint;

  @Option(
      names = "--checkpoint-steps",
      paramLabel = "N",
      defaultValue = "0",
      description = "Also a checkpoint every N steps; 0 for none.")
  int checkpointSteps;

  @Option(
      names = "--checkpoint-last",
      paramLabel = "N",
      defaultValue = "0",
      description = "Also keep the checkpoints of the last N epochs; 0 for none.")
  int checkpointLast;

  @Option(
      names = "--strict",
      description = "Plain sums of products only: no Winograd convolutions, no TF32.")
  boolean strict;

  @Option(
      names = "--measured",
      description = "Kernels chosen by timing here, and remembered, not by the shipped table.")
  boolean measured;

  @Option(
      names = "--bfloat16",
      description = "Round images and weights to bfloat16 inside a step; on GPUs only.")
  boolean bfloat16;

  @Option(
      names = "--float16",
      description = "Round them to half precision, with scaled gradients; on GPUs only.")
  boolean float16;

  /** Who chooses the kernels. */
  Tuning tuning() {
    return measured ? Tuning.MEASURED : Tuning.SHIPPED;
  }

  /** Which rounding errors are allowed. */
  MathMode math() {
    if (strict) {
      return MathMode.STRICT;
    }
    return bfloat16 ? MathMode.BFLOAT16 : float16 ? MathMode.FLOAT16 : MathMode.FAST;
  }

  @Option(
      names = "--resume",
      description = "Continue from the checkpoint folder's latest checkpoint.")
  boolean resume;

  @Option(
      names = "--exact",
      description =
          "With --resume: refuse a checkpoint of another instruction set, build, device or choice"
              + " of kernels, instead of a warning.")
  boolean exact;

  @Option(
      names = "--keep-moments",
      description =
          "With --resume: allow another --lr or --schedule; the optimizer's moments go on.")
  boolean keepMoments;

  @Option(
      names = "--restore-best",
      description = "With --patience: end with the state of the epoch with the best loss.")
  boolean restoreBest;

  /** The early stopping asked for. */
  EarlyStopping stopping() {
    EarlyStopping stopping = EarlyStopping.of("validation_loss", patience);
    return restoreBest ? stopping.withRestoreBest() : stopping;
  }

  /** Fails before anything is read when an option cannot be. */
  void check() {
    Check.requireRange("--epochs", epochs, 1, 100_000);
    Check.requireRange("--batch", batch, 1, Check.MOST_BATCH);
    Check.require(
        Stream.of(strict, bfloat16, float16).filter(asked -> asked).count() <= 1,
        "--strict, --bfloat16 and --float16 contradict each other");
    Check.require(
        !(bfloat16 || float16) || !device.equals("cpu"),
        (bfloat16 ? "--bfloat16" : "--float16") + " is for GPUs, got --device " + device);
    Check.requireRange("--threads", threads, 0, 1024);
    Check.require(
        threads == 0 || device.equals("cpu"),
        "--threads is for the device cpu, got --device " + device);
    Check.requireRange("--checkpoint-steps", checkpointSteps, 0, Integer.MAX_VALUE);
    Check.requireRange("--checkpoint-last", checkpointLast, 0, Integer.MAX_VALUE);
    Check.requireRange("--patience", patience, 0, Integer.MAX_VALUE);
    if (size != null) {
      Check.requireRange("--size", size, 1, 4096);
    }
    Check.require(memory >= 1, "--memory must be at least 1, got " + memory);
    Check.require(
        learningRate > 0 && !Double.isInfinite(learningRate),
        "--lr must be above 0 and finite, got " + learningRate);
    Check.require(
        clipNorm >= 0 && !Double.isInfinite(clipNorm),
        "--clip-norm must be at least 0 and finite, got " + clipNorm);
    Check.require(
        validation >= 0 && validation < 1,
        "--validation must be at least 0 and below 1, got " + validation);
    Check.require(
        schedule.equals("cosine") || schedule.equals("constant"),
        "--schedule must be cosine or constant, got " + schedule);
    Check.require(
        !resume || checkpoint != null,
        "--resume needs --checkpoint DIR, the folder to resume from");
    Check.require(resume || !exact && !keepMoments, "--exact and --keep-moments are for --resume");
    Check.require(
        patience > 0 || !restoreBest, "--restore-best is for --patience N, for example 3");
    Check.require(
        checkpointSteps == 0 || checkpoint != null,
        "--checkpoint-steps " + checkpointSteps + " needs --checkpoint DIR, where they go");
    Check.require(
        checkpointLast == 0 || checkpoint != null,
        "--checkpoint-last " + checkpointLast + " needs --checkpoint DIR, where they go");
    Check.require(
        patience == 0 || validation > 0,
        "--patience watches the validation loss; add --validation SHARE, for example 0.1");
    checkOutputs();
  }

  private void checkOutputs() {
    OutputFile.require("--save", save);
    OutputFile.require("--history", history);
    OutputFile.require("--plot", plot);
    OutputFile.requireDifferent("--save", save, "--history", history);
    OutputFile.requireDifferent("--save", save, "--plot", plot);
    OutputFile.requireDifferent("--history", history, "--plot", plot);
    OutputFile.requireFolder("--checkpoint", checkpoint);
  }
}
