package org.portafilter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.data.ImageFile;
import org.portafilter.device.Device;
import org.portafilter.io.ModelFile;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Layer;
import org.portafilter.nn.LogSoftmax;
import org.portafilter.nn.Network;
import org.portafilter.nn.Predictor;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Sequential;
import org.portafilter.nn.Sigmoid;
import org.portafilter.nn.Softmax;
import org.portafilter.shape.Shape;

/** What {@code predict} calls probabilities is what the model gives, whatever it ends in. */
@Tag("unit")
class ProbabilitiesTest {
  private static final Shape INPUT = Shape.of(1, 2, 2);
  private static final byte[] PIXELS = {10, -56, 90, 0};

  private static Sequential scores() {
    return Sequential.of(Rescale.of(1 / 255.0), Flatten.of(), Dense.of(3));
  }

  static Stream<Arguments> ends() {
    Sequential scores = scores();
    return Stream.of(
        Arguments.of("scores", scores, true),
        Arguments.of("logarithms", Sequential.of(scores, LogSoftmax.of()), true),
        Arguments.of("a softmax", Sequential.of(scores, Softmax.of()), false),
        Arguments.of("a sigmoid", Sequential.of(scores, Sigmoid.of()), false));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ends")
  void probabilitiesAreNotTakenTwice(
      String what, Layer layers, boolean softmax, @TempDir Path folder) {
    Path model = folder.resolve("model.safetensors");
    Path image = folder.resolve("image.png");
    ImageFile.write(image, PIXELS, INPUT);
    float[] given;
    try (Network net = Network.create(layers, INPUT, Device.cpu(), 3);
        Predictor predictor = net.session(1)) {
      given = predictor.predict(PIXELS);
      ModelFile.save(net, model);
    }
    CommandRun run = CommandRun.of("predict", "--model", model, image);
    assertEquals(0, run.code(), run.err());
    JsonObject shares = run.json().getAsJsonObject("probabilities");
    double sum = 0;
    for (float value : given) {
      sum += softmax ? Math.exp(value) : 1;
    }
    for (int i = 0; i < given.length; i++) {
      double expected = softmax ? Math.exp(given[i]) / sum : given[i];
      assertEquals(expected, shares.get("" + i).getAsDouble(), 1e-6, what);
    }
  }
}
