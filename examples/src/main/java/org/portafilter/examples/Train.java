package org.portafilter.examples;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.portafilter.data.Batches;
import org.portafilter.data.Dataset;
import org.portafilter.data.HorizontalFlip;
import org.portafilter.data.RandomCrop;
import org.portafilter.data.Split;
import org.portafilter.device.Device;
import org.portafilter.io.ModelFile;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.metric.Accuracy;
import org.portafilter.nn.Network;
import org.portafilter.optim.Adam;
import org.portafilter.optim.ClipGlobalNorm;
import org.portafilter.optim.schedule.Cosine;
import org.portafilter.shape.PortafilterException;
import org.portafilter.train.Checkpoints;
import org.portafilter.train.ProgressLine;
import org.portafilter.train.Resume;
import org.portafilter.train.Trainer;
import org.portafilter.view.CurvePlot;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Trains a network, tests it, and saves what was asked for. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Trains a network; the last line on standard output is a JSON object.")
final class Train implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "NETWORK",
      description =
          "lenet, resnet20 (32, 44, 56, 110), inception, resnet18, resnet50, vgg16, googlenet or"
              + " mobilenet")
  private String network = "";

  @Mixin private final TrainOptions options = new TrainOptions();

  @Override
  public Integer call() {
    options.check();
    Models.of(network, 10);
    Split split = split();
    Device device =
        options.threads == 0 ? Device.named(options.device) : Device.cpu(options.threads);
    var layers = Models.of(network, split.train().classes());
    try (Network net =
            Network.create(layers, split.train().shape(), device, options.seed)
                .math(options.math())
                .tuning(options.tuning());
        Trainer trainer =
            Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(options.learningRate))) {
      train(net, trainer, split);
    }
    return 0;
  }

  private Split split() {
    Path folder = options.data;
    return folder == null
        ? DataFolder.drawn(Models.wantsColour(network), options.seed)
        : DataFolder.read(folder, options.size);
  }

  private void train(Network net, Trainer trainer, Split split) {
    Dataset all = split.train();
    int held = (int) (all.size() * options.validation);
    Batches batches = all.slice(0, all.size() - held).batches(options.batch);
    if (options.augment) {
      batches = batches.augmented(RandomCrop.of(4), HorizontalFlip.of());
    }
    trainer.seed(options.seed).callback(ProgressLine.to(System.err)).budget(options.memory);
    if (held > 0) {
      trainer.validation(all.slice(all.size() - held, all.size()).batches(256), Accuracy.of());
    }
    if (options.patience > 0) {
      trainer.callback(options.stopping());
    }
    if (options.clipNorm > 0) {
      trainer.clipping(ClipGlobalNorm.of(options.clipNorm));
    }
    if (options.schedule.equals("cosine")) {
      trainer.schedule(Cosine.of((long) options.epochs * batches.count()));
    }
    resume(trainer, batches);
    notes(trainer).forEach(System.err::println);
    long told = notes(trainer).count();
    trainer.fit(batches, options.epochs);
    notes(trainer).skip(told).forEach(System.err::println);
    double accuracy = trainer.evaluate(split.test().batches(256), Accuracy.of());
    save(net, trainer);
    System.out.println(summary(trainer, accuracy));
  }

  private void resume(Trainer trainer, Batches batches) {
    Path folder = options.checkpoint;
    if (folder == null) {
      return;
    }
    Checkpoints kept =
        Checkpoints.in(folder)
            .withEverySteps(options.checkpointSteps)
            .withLast(options.checkpointLast);
    trainer.checkpoints(options.validation > 0 ? kept.withBest("validation_accuracy") : kept);
    Resume how = new Resume(options.exact, options.keepMoments);
    if (options.resume && !trainer.resume(folder, batches, how)) {
      System.err.println("no checkpoint in " + folder + " yet; starting from the beginning");
    }
  }

  private void save(Network net, Trainer trainer) {
    if (options.save != null) {
      ModelFile.save(net, options.save);
    }
    if (options.history != null) {
      trainer.history().save(options.history);
    }
    if (options.plot != null) {
      CurvePlot.of(trainer.history(), network).save(options.plot);
    }
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
    JsonArray notes = new JsonArray();
    notes(trainer).forEach(notes::add);
    json.add("notes", notes);
    return json;
  }

  private static Stream<String> notes(Trainer trainer) {
    return trainer.history().notes().stream()
        .map(note -> "note on epoch " + note.epoch() + ": " + note.text());
  }

  /** Fails before the training, not after it, when a result could not be written. */
  static void requireFolder(String option, @Nullable Path file) {
    if (file != null) {
      Path folder = file.toAbsolutePath().getParent();
      if (folder == null || !Files.isDirectory(folder) || !Files.isWritable(folder)) {
        throw new PortafilterException(
            option + " " + file + ": the folder " + folder + " does not exist or is not writable");
      }
    }
  }
}
