package org.portafilter.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.portafilter.data.Batches;
import org.portafilter.data.Dataset;
import org.portafilter.data.HorizontalFlip;
import org.portafilter.data.RandomCrop;
import org.portafilter.device.Device;
import org.portafilter.io.ModelFile;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.metric.Accuracy;
import org.portafilter.nn.Network;
import org.portafilter.optim.Adam;
import org.portafilter.optim.ClipGlobalNorm;
import org.portafilter.optim.schedule.Cosine;
import org.portafilter.train.Checkpoints;
import org.portafilter.train.ProgressLine;
import org.portafilter.train.Resume;
import org.portafilter.train.Trainer;
import org.portafilter.view.CurvePlot;
import org.portafilter.zoo.Zoo;
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
  private static final int TESTED_AT_A_TIME = 256;

  @Parameters(
      index = "0",
      paramLabel = "NETWORK",
      completionCandidates = ZooNames.class,
      description = "One of ${COMPLETION-CANDIDATES}.")
  private String network = "";

  @Mixin private final TrainOptions options = new TrainOptions();

  @Override
  public Integer call() {
    options.check();
    Zoo zoo = Zoo.named(network);
    if (options.plot != null) {
      CurvePlot.requireDrawing();
    }
    Device device =
        options.threads == 0 ? Device.named(options.device) : Device.cpu(options.threads);
    TrainData data = TrainData.read(options, zoo.isForColour());
    var layers = zoo.layers(data.outputs());
    try (Network net =
            Network.create(layers, data.train().shape(), device, options.seed)
                .math(options.math())
                .tuning(options.tuning())
                .classes(data.classes())
                .image(data.images());
        Trainer trainer =
            Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(options.learningRate))) {
      train(net, trainer, data);
    }
    return 0;
  }

  private void train(Network net, Trainer trainer, TrainData data) {
    Batches batches = data.train().batches(options.batch);
    if (options.augment) {
      batches = batches.augmented(RandomCrop.of(4), HorizontalFlip.of());
    }
    trainer.seed(options.seed).callback(ProgressLine.to(System.err)).budget(options.memory);
    Dataset validation = data.validation();
    if (validation != null) {
      trainer.validation(validation.batches(TESTED_AT_A_TIME), Accuracy.of());
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
    save(net, trainer);
    double accuracy = trainer.evaluate(data.test().batches(TESTED_AT_A_TIME), Accuracy.of());
    System.out.println(Json.compact(summary(trainer, accuracy)));
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
    double loss = rows.isEmpty() ? Double.NaN : rows.get(rows.size() - 1).get("train_loss");
    json.add("train_loss", Json.number(loss));
    json.add("test_accuracy", Json.number(accuracy));
    json.addProperty("epochs", rows.size());
    json.add("seconds", Json.number(rows.stream().mapToDouble(r -> r.get("seconds")).sum()));
    json.add(
        "images_per_second",
        Json.number(
            rows.stream().mapToDouble(r -> r.get("images_per_second")).average().orElse(0)));
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
}
