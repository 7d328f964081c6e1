package org.portafilter.examples;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.portafilter.data.ImageFile;
import org.portafilter.device.Device;
import org.portafilter.io.ModelFile;
import org.portafilter.nn.Network;
import org.portafilter.nn.Predictor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints, for each image, its class and the probability of every class. */
@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    description = "Classifies images with a saved model.")
final class Predict implements Callable<Integer> {
  @Option(
      names = "--model",
      required = true,
      paramLabel = "FILE",
      description = "A model written by train --save.")
  private Path model = Path.of("");

  @Parameters(
      arity = "1..*",
      paramLabel = "IMAGE",
      description = "PNG files of the size the model was trained on.")
  private List<Path> images = List.of();

  @Override
  public Integer call() {
    try (Network net = ModelFile.load(model, Device.cpu());
        Predictor predictor = net.session(1)) {
      for (Path image : images) {
        double[] probabilities = softmax(predictor.predict(ImageFile.read(image, net.input())));
        int best = 0;
        StringBuilder line = new StringBuilder();
        for (int c = 0; c < probabilities.length; c++) {
          best = probabilities[c] > probabilities[best] ? c : best;
          line.append(String.format(Locale.ROOT, " %d:%.4f", c, probabilities[c]));
        }
        System.out.println(image + ": class " + best + "  probabilities" + line);
      }
    }
    return 0;
  }

  private static double[] softmax(float[] logits) {
    double most = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      most = Math.max(most, logit);
    }
    double[] probabilities = new double[logits.length];
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      probabilities[i] = Math.exp(logits[i] - most);
      sum += probabilities[i];
    }
    for (int i = 0; i < logits.length; i++) {
      probabilities[i] /= sum;
    }
    return probabilities;
  }
}
