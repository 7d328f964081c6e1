package org.portafilter.cli;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.portafilter.data.Dataset;
import org.portafilter.data.Fit;
import org.portafilter.data.ImageSpec;
import org.portafilter.device.Device;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.metric.Accuracy;
import org.portafilter.nn.Network;
import org.portafilter.nn.Predictor;
import org.portafilter.shape.DType;
import org.portafilter.train.Evaluator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures a saved model on the test images of a folder. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    description = "Tests a saved model; the last line on standard output is a JSON object.")
final class Evaluate implements Callable<Integer> {
  private static final long DRAWN_SEED = 42;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "FILE",
      description = "A model written by train --save, or a checkpoint.")
  private Path model = Path.of("");

  @Option(names = "--data", paramLabel = "DIR", description = DataFolder.HELP)
  private @Nullable Path data;

  @Option(
      names = "--size",
      paramLabel = "N",
      description = "Height and width to read an image folder's images at; the model knows them.")
  private @Nullable Integer size;

  @Option(names = "--fit", paramLabel = "NAME", description = SavedModel.FIT_HELP)
  private @Nullable Fit fit;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "256",
      description = "Images at a time (${DEFAULT-VALUE}).")
  private int batch;

  @Option(names = "--device", paramLabel = "NAME", defaultValue = "cpu", description = "Where.")
  private String device = "cpu";

  @Option(
      names = "--confusion",
      description = "Print how often each class is taken for each other.")
  private boolean confusion;

  @Option(
      names = "--against",
      paramLabel = "NAME",
      description = "Another device: how many images both take for the same class.")
  private @Nullable String against;

  @Override
  public Integer call() {
    Check.requireRange("--batch", batch, 1, Check.MOST_BATCH);
    Device here = Device.named(device);
    Device there = against == null ? null : Device.named(against);
    try (Network net = SavedModel.load(model, here);
        Evaluator evaluator =
            Evaluator.of(net, SoftmaxCrossEntropy.of(), Accuracy.of(), Accuracy.top(2))) {
      Dataset test = test(net);
      if (confusion) {
        System.out.println(evaluator.confusion(test.batches(batch)).toText(net.classes()));
      }
      JsonObject json = new JsonObject();
      json.addProperty("images", test.size());
      for (Map.Entry<String, Double> value : evaluator.run(test.batches(batch)).entrySet()) {
        json.add(value.getKey(), Json.number(value.getValue()));
      }
      if (there != null) {
        json.add("agreement", Json.number(agreement(net, there, test)));
      }
      System.out.println(Json.compact(json));
    }
    return 0;
  }

  /** The share of images that this network and the same model elsewhere take for one class. */
  private double agreement(Network net, Device elsewhere, Dataset test) {
    int same = 0;
    try (Network other = SavedModel.load(model, elsewhere);
        Predictor here = net.session(1);
        Predictor there = other.session(1)) {
      for (int i = 0; i < test.size(); i++) {
        int taken = classOf(here, test, i);
        same += taken != Outputs.NONE && taken == classOf(there, test, i) ? 1 : 0;
      }
    }
    return (double) same / test.size();
  }

  private static int classOf(Predictor predictor, Dataset test, int index) {
    float[] values =
        test.dtype() == DType.UINT8
            ? predictor.predict(test.image(index))
            : predictor.predict(test.features(index));
    return new Outputs(values, false).largest();
  }

  private Dataset test(Network net) {
    ImageSpec spec = SavedModel.images(net, size, fit, Fit.CROP);
    NamedImages read =
        data == null
            ? DataFolder.drawn(net.input().dim(0) == 3, DRAWN_SEED).test()
            : DataFolder.readTest(data, spec.shape(), spec.fit());
    if (read.classes().isEmpty() != net.classes().isEmpty()) {
      System.err.println(
          "portafilter: "
              + (net.classes().isEmpty() ? model : read.where())
              + " does not name its classes; they are compared by number");
    }
    return read.as("the model's", net.classes(), spec.order());
  }
}
