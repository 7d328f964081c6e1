package org.portafilter.cli;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.portafilter.data.Fit;
import org.portafilter.data.ImageSpec;
import org.portafilter.device.Device;
import org.portafilter.nn.Network;
import org.portafilter.nn.Predictor;
import org.portafilter.shape.PortafilterException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints, for each image, its class and the probability of every class. */
@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    description = "Classifies images with a saved model: one JSON object a line for each image.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:every image has a class",
      "1:something failed",
      "2:wrong usage",
      "3:an output was NaN: that image's class is null"
    })
final class Predict implements Callable<Integer> {
  private static final int NOT_A_NUMBER = 3;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "FILE",
      description = "A model written by train --save, or a checkpoint.")
  private Path model = Path.of("");

  @Option(names = "--fit", paramLabel = "NAME", description = SavedModel.FIT_HELP)
  private @Nullable Fit fit;

  @Parameters(arity = "1..*", paramLabel = "IMAGE", description = "PNG, JPEG, GIF or BMP files.")
  private List<Path> images = List.of();

  @Override
  public Integer call() {
    int lost = 0;
    try (Network net = SavedModel.load(model, Device.cpu());
        Predictor predictor = net.session(1)) {
      if (net.output().rank() != 1) {
        throw new PortafilterException(
            model + ": predict needs one output per class, this model gives " + net.output());
      }
      ImageSpec spec = SavedModel.images(net, null, fit, Fit.EXACT);
      for (Path image : images) {
        float[] values = predictor.predict(spec.read(image));
        Outputs outputs = new Outputs(values, Outputs.areProbabilities(net));
        lost += outputs.largest() == Outputs.NONE ? 1 : 0;
        System.out.println(Json.spaced(answer(image, outputs, net.classes())));
      }
    }
    if (lost > 0) {
      System.err.println(
          "portafilter: the model's outputs are NaN for "
              + lost
              + " of "
              + images.size()
              + " images; they have no class");
    }
    return lost > 0 ? NOT_A_NUMBER : 0;
  }

  /** Classes by their names, or by their numbers where the model has no names. */
  private static JsonObject answer(Path image, Outputs outputs, List<String> names) {
    JsonObject json = new JsonObject();
    json.addProperty("image", image.toString());
    int largest = outputs.largest();
    if (largest == Outputs.NONE) {
      json.add("class", JsonNull.INSTANCE);
      json.addProperty("reason", "NaN");
      return json;
    }
    if (names.isEmpty()) {
      json.addProperty("class", largest);
    } else {
      json.addProperty("class", names.get(largest));
    }
    JsonObject shares = new JsonObject();
    double[] probabilities = outputs.probabilities();
    for (int i = 0; i < probabilities.length; i++) {
      String name = names.isEmpty() ? Integer.toString(i) : names.get(i);
      shares.add(name, Json.number(probabilities[i]));
    }
    json.add("probabilities", shares);
    return json;
  }
}
