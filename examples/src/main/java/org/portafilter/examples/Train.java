package org.portafilter.examples;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.portafilter.data.Batches;
import org.portafilter.data.DrawnDigits;
import org.portafilter.data.Idx;
import org.portafilter.data.Split;
import org.portafilter.device.Device;
import org.portafilter.io.ModelFile;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.metric.Accuracy;
import org.portafilter.nn.Network;
import org.portafilter.optim.Adam;
import org.portafilter.optim.schedule.Cosine;
import org.portafilter.shape.PortafilterException;
import org.portafilter.train.Checkpoints;
import org.portafilter.train.ProgressLine;
import org.portafilter.train.Trainer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Trains a network on IDX files or on drawn digits, tests it, and saves what was asked for. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    description = "Trains a network; the last line on standard output is a JSON object.")
final class Train implements Callable<Integer> {
  private static final int DRAWN_TRAIN = 20_000;
  private static final int DRAWN_TEST = 5_000;

  @Parameters(index = "0", paramLabel = "NETWORK", description = "lenet or resnet20")
  private String network = "";

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Folder with MNIST-like IDX files; drawn digits if absent.")
  private @Nullable Path data;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "5",
      description = "Passes over the data (${DEFAULT-VALUE}).")
  private int epochs;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "64",
      description = "Images per step (${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--lr",
      paramLabel = "X",
      defaultValue = "0.001",
      description = "Learning rate of Adam (${DEFAULT-VALUE}).")
  private double learningRate;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "42",
      description = "Decides everything random (${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--threads",
      paramLabel = "T",
      defaultValue = "0",
      description = "Threads; 0 for one per core.")
  private int threads;

  @Option(names = "--save", paramLabel = "FILE", description = "Where the model goes.")
  private @Nullable Path save;

  @Option(names = "--history", paramLabel = "FILE.json", description = "Where the history goes.")
  private @Nullable Path historyFile;

  @Option(
      names = "--checkpoint",
      paramLabel = "DIR",
      description = "Folder for a checkpoint after every epoch.")
  private @Nullable Path checkpoint;

  @Option(
      names = "--checkpoint-steps",
      paramLabel = "N",
      defaultValue = "0",
      description = "Also a checkpoint every N steps; 0 for none.")
  private int checkpointSteps;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      defaultValue = "cosine",
      description =
          "Learning rate over the run: cosine (down to 0) or constant (${DEFAULT-VALUE}).")
  private String schedule = "cosine";

  @Option(
      names = "--resume",
      description = "Continue from the checkpoint folder's latest checkpoint.")
  private boolean resume;

  @Override
  public Integer call() throws IOException {
    requireRange("--epochs", epochs, 1, 100_000);
    requireRange("--batch", batch, 1, 1 << 20);
    requireRange("--threads", threads, 0, 1024);
    requireRange("--checkpoint-steps", checkpointSteps, 0, Integer.MAX_VALUE);
    if (!(learningRate > 0) || Double.isInfinite(learningRate)) {
      throw new PortafilterException("--lr must be above 0, got " + learningRate);
    }
    if (!schedule.equals("cosine") && !schedule.equals("constant")) {
      throw new PortafilterException("--schedule must be cosine or constant, got " + schedule);
    }
    if (resume && checkpoint == null) {
      throw new PortafilterException("--resume needs --checkpoint DIR, the folder to resume from");
    }
    requireFolder("--save", save);
    requireFolder("--history", historyFile);
    var layers = Models.of(network, 10);
    Split split = data == null ? DrawnDigits.split(DRAWN_TRAIN, DRAWN_TEST, seed) : Idx.mnist(data);
    Device device = threads == 0 ? Device.cpu() : Device.cpu(threads);
    try (Network net = Network.create(layers, split.train().shape(), device, seed);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(learningRate))) {
      train(net, trainer, split);
    }
    return 0;
  }

  private void train(Network net, Trainer trainer, Split split) throws IOException {
    Batches batches = split.train().batches(batch);
    trainer.seed(seed).callback(ProgressLine.to(System.err));
    if (schedule.equals("cosine")) {
      trainer.schedule(Cosine.of((long) epochs * batches.count()));
    }
    if (checkpoint != null) {
      trainer.checkpoints(Checkpoints.in(checkpoint).withEverySteps(checkpointSteps));
      if (resume && !trainer.resume(checkpoint, batches)) {
        System.err.println("no checkpoint in " + checkpoint + " yet; starting from the beginning");
      }
    }
    trainer.fit(batches, epochs);
    double accuracy = trainer.evaluate(split.test().batches(256), Accuracy.of());
    if (save != null) {
      ModelFile.save(net, save);
    }
    if (historyFile != null) {
      trainer.history().save(historyFile);
    }
    System.out.println(summary(trainer, accuracy));
  }

  private JsonObject summary(Trainer trainer, double accuracy) {
    List<Map<String, Double>> rows = trainer.history().epochs();
    JsonObject json = new JsonObject();
    json.addProperty("network", network);
    json.addProperty(
        "train_loss", rows.isEmpty() ? Double.NaN : rows.get(rows.size() - 1).get("train_loss"));
    json.addProperty("test_accuracy", accuracy);
    json.addProperty("epochs", rows.size());
    json.addProperty("seconds", rows.stream().mapToDouble(r -> r.get("seconds")).sum());
    json.addProperty(
        "images_per_second",
        rows.stream().mapToDouble(r -> r.get("images_per_second")).average().orElse(0));
    json.addProperty("peak_plan_bytes", trainer.peakPlanBytes());
    return json;
  }

  private static void requireRange(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new PortafilterException(
          option + " must be between " + least + " and " + most + ", got " + value);
    }
  }

  /** Fails before the training, not after it, when a result could not be written. */
  private static void requireFolder(String option, @Nullable Path file) {
    if (file != null) {
      Path folder = file.toAbsolutePath().getParent();
      if (folder == null || !Files.isDirectory(folder) || !Files.isWritable(folder)) {
        throw new PortafilterException(
            option + " " + file + ": the folder " + folder + " does not exist or is not writable");
      }
    }
  }
}
