package org.portafilter.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.data.Dataset;
import org.portafilter.device.Leaks;
import org.portafilter.io.ModelFile;
import org.portafilter.io.Safetensors;
import org.portafilter.loss.MeanSquaredError;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.metric.Accuracy;
import org.portafilter.optim.Sgd;
import org.portafilter.plan.Session;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.testkit.TestDevice;
import org.portafilter.train.Evaluator;
import org.portafilter.train.Trainer;
import org.portafilter.zoo.CifarResNet;
import org.portafilter.zoo.ConvPattern;
import org.portafilter.zoo.LeNet;
import org.portafilter.zoo.SmallInception;

/** Inputs are taken in the type they are given in, at every door. */
@Tag("layer")
class InputTypeTest {
  private static final int IMAGES = 6;

  @TempDir Path folder;

  static Stream<Arguments> networks() {
    Layer standardised =
        Sequential.of(
            Standardise.of(new double[] {120, 110, 100}, new double[] {60, 61, 62}),
            Conv2d.of(4, 3),
            Relu.of(),
            Flatten.of(),
            Dense.of(10));
    Layer reshaped = Sequential.of(Reshape.of(0, -1), Rescale.of(1 / 255.0, -0.5), Dense.of(10));
    Layer nested =
        Sequential.of(
            Sequential.of(),
            Residual.of(Rescale.of(1 / 99.0), Rescale.of(1 / 77.0)),
            Flatten.of(),
            Dense.of(10));
    return Stream.of(
        Arguments.of("standardise", standardised, Shape.of(3, 8, 8)),
        Arguments.of("reshape, rescale", reshaped, Shape.of(3, 4, 4)),
        Arguments.of("two rescales", nested, Shape.of(2, 4, 4)),
        Arguments.of("lenet", LeNet.of(10), Shape.of(1, 28, 28)),
        Arguments.of("resnet8", CifarResNet.of(8, 10), Shape.of(3, 16, 16)),
        Arguments.of("inception", SmallInception.of(10), Shape.of(3, 16, 16)),
        Arguments.of("pattern", ConvPattern.of(10), Shape.of(3, 8, 8)));
  }

  private static byte[] bytes(Shape image, int count) {
    byte[] bytes = new byte[Math.toIntExact(count * image.count())];
    new Random(3).nextBytes(bytes);
    return bytes;
  }

  private static float[] floats(byte[] bytes) {
    float[] floats = new float[bytes.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = bytes[i] & 255;
    }
    return floats;
  }

  private static Dataset data(boolean floats, Shape image) {
    byte[] bytes = bytes(image, IMAGES);
    int[] labels = {0, 1, 2, 3, 4, 5};
    return floats ? Dataset.of(floats(bytes), image, labels) : Dataset.of(bytes, image, labels);
  }

  private static void train(Network net, boolean floats) {
    try (Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Sgd.of(1e-3))) {
      trainer.fit(data(floats, net.input()).batches(4), 1);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("networks")
  void trainedOnFloatsItPredictsFloats(String name, Layer layer, Shape image) {
    long before = Leaks.live();
    Path file = folder.resolve("model.safetensors");
    float[] thirds = floats(bytes(image, 2));
    for (int i = 0; i < thirds.length; i++) {
      thirds[i] /= 3;
    }
    try (Network net = Network.create(layer, image, TestDevice.get(), 1)) {
      train(net, true);
      assertEquals(DType.FLOAT32, net.preferredInput());
      ModelFile.save(net, file);
      try (Predictor predictor = net.session(2);
          Network again = ModelFile.load(file, TestDevice.get());
          Predictor second = again.session(2)) {
        float[] outputs = predictor.predict(thirds);
        assertArrayEquals(outputs, second.predict(thirds));
        assertEquals(DType.FLOAT32, second.session().plan().type(Network.INPUT).dtype());
        float[] whole = predictor.predict(floats(bytes(image, 2)));
        assertArrayEquals(whole, predictor.predict(bytes(image, 2)));
        assertTrue(!Arrays.equals(whole, outputs), "thirds are no whole numbers");
      }
      assertEquals("FLOAT32,UINT8", Safetensors.open(file).metadata().get(ModelFile.INPUTS_KEY));
    }
    assertEquals(before, Leaks.live(), "live buffers after close");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("networks")
  void trainedOnBytesItPredictsBoth(String name, Layer layer, Shape image) {
    long before = Leaks.live();
    Path file = folder.resolve("model.safetensors");
    byte[] bytes = bytes(image, 2);
    try (Network net = Network.create(layer, image, TestDevice.get(), 1)) {
      train(net, false);
      assertEquals(DType.UINT8, net.preferredInput());
      ModelFile.save(net, file);
      try (Predictor predictor = net.session(2);
          Network again = ModelFile.load(file, TestDevice.get());
          Predictor floats = again.session(2, DType.FLOAT32);
          Predictor given = new Predictor(Session.open(again.plan(2), again.state()))) {
        assertEquals(DType.UINT8, again.preferredInput());
        float[] outputs = predictor.predict(bytes);
        assertArrayEquals(outputs, predictor.predict(floats(bytes)));
        assertArrayEquals(outputs, predictor.predict(bytes), "and bytes again");
        assertArrayEquals(outputs, floats.predict(floats(bytes)));
        assertArrayEquals(outputs, floats.predict(bytes));
        assertArrayEquals(outputs, given.predict(bytes));
        says(() -> given.predict(floats(bytes)), "UINT8", "pass a byte[]", "Network.session");
      }
      assertEquals("UINT8,FLOAT32", Safetensors.open(file).metadata().get(ModelFile.INPUTS_KEY));
    }
    assertEquals(before, Leaks.live(), "live buffers after close");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("networks")
  void bothAreMeasuredAlike(String name, Layer layer, Shape image) {
    try (Network net = Network.create(layer, image, TestDevice.get(), 1);
        Evaluator evaluator = Evaluator.of(net, SoftmaxCrossEntropy.of(), Accuracy.of())) {
      train(net, false);
      assertEquals(
          evaluator.run(data(false, image).batches(4)),
          evaluator.run(data(true, image).batches(4)));
      assertEquals(DType.UINT8, net.preferredInput(), "measuring is no training");
    }
  }

  @Test
  void doublesAreTakenByNetworksThatComputeInThem() {
    Layer layer = Sequential.of(Rescale.of(1 / 255.0, -0.5), Flatten.of(), Dense.of(3));
    Shape image = Shape.of(1, 3, 3);
    byte[] bytes = bytes(image, 1);
    double[] doubles = new double[bytes.length];
    for (int i = 0; i < doubles.length; i++) {
      doubles[i] = bytes[i] & 255;
    }
    try (Network net = Network.create(layer, image, TestDevice.get(), 1, DType.FLOAT64);
        Network narrow = Network.create(layer, image, TestDevice.get(), 1);
        Predictor predictor = net.session(1);
        Predictor other = narrow.session(1)) {
      assertEquals(List.of(DType.UINT8, DType.FLOAT64), net.inputTypes());
      double[] outputs = predictor.predict(doubles);
      float[] rounded = new float[outputs.length];
      for (int i = 0; i < rounded.length; i++) {
        rounded[i] = (float) outputs[i];
      }
      assertArrayEquals(rounded, predictor.predict(floats(bytes)));
      assertArrayEquals(rounded, predictor.predict(bytes));
      doubles[0] += 1e-12;
      assertTrue(predictor.predict(doubles)[0] != outputs[0], "nothing is rounded to floats");
      says(() -> other.predict(doubles), "FLOAT32", "FLOAT64", "pass a float[]");
      says(() -> net.session(1, DType.FLOAT32), "[UINT8, FLOAT64]", "FLOAT32");
    }
  }

  /** What a network computes in is its own affair: floats are doubles, exactly. */
  @Test
  void networksOfDoublesTrainOnFloatsAndOnBytes() {
    Shape image = Shape.of(3, 8, 8);
    Layer layer = ConvPattern.of(10).withChannels(4);
    try (Network bytes = Network.create(layer, image, TestDevice.get(), 1, DType.FLOAT64);
        Network floats = Network.create(layer, image, TestDevice.get(), 1, DType.FLOAT64);
        Evaluator evaluator = Evaluator.of(floats, SoftmaxCrossEntropy.of())) {
      train(bytes, false);
      train(floats, true);
      assertEquals(DType.UINT8, bytes.preferredInput());
      assertEquals(DType.FLOAT64, floats.preferredInput());
      for (String path : bytes.trainable()) {
        assertArrayEquals(
            bytes.state().get(path).doubles(), floats.state().get(path).doubles(), path);
      }
      assertEquals(
          evaluator.run(data(false, image).batches(4)),
          evaluator.run(data(true, image).batches(4)));
    }
    Shape two = Shape.of(2);
    Dataset line =
        Dataset.of(new float[] {1, 0, 0, 1, 1, 1}, two, new float[] {1, 2, 3}, Shape.of(1));
    try (Network net = Network.create(Dense.of(1), two, TestDevice.get(), 1, DType.FLOAT64);
        Trainer trainer = Trainer.of(net, MeanSquaredError.of(), Sgd.of(0.2))) {
      trainer.fit(line.batches(2), 300);
      assertArrayEquals(new double[] {1, 2}, net.state().get("weights").doubles(), 1e-3);
    }
  }

  @Test
  void bytesAreFloatsWhereNothingReadsThem() {
    Shape image = Shape.of(2, 4, 4);
    try (Network net =
            Network.create(
                Sequential.of(Conv2d.of(2, 3), Flatten.of()), image, TestDevice.get(), 1);
        Predictor predictor = net.session(1)) {
      assertEquals(List.of(DType.FLOAT32), net.inputTypes());
      byte[] bytes = bytes(image, 1);
      assertArrayEquals(predictor.predict(floats(bytes)), predictor.predict(bytes));
      says(() -> net.preferredInput(DType.UINT8), "[FLOAT32]", "UINT8", "Rescale");
      says(() -> net.session(1, DType.FLOAT64), "[FLOAT32]", "FLOAT64");
      says(() -> net.plan(1, DType.INT32), "[FLOAT32]", "INT32");
    }
  }

  /** The shortcut passes on what the body reads: bytes would meet floats in the sum. */
  @Test
  void bytesThatReachAnythingElseAreNotTaken() {
    Shape image = Shape.of(2, 3, 3);
    List<Layer> mixed =
        List.of(
            Residual.of(Rescale.of(0.5)),
            Concat.of(Rescale.of(0.5), Sequential.of()),
            Sequential.of(Concat.of(Sequential.of(), Sequential.of()), Rescale.of(0.5)),
            Sequential.of(),
            Flatten.of());
    for (Layer layer : mixed) {
      try (Network net = Network.create(layer, image, TestDevice.get(), 1);
          Predictor predictor = net.session(1)) {
        assertEquals(List.of(DType.FLOAT32), net.inputTypes(), layer.toString());
        byte[] bytes = bytes(image, 1);
        assertArrayEquals(predictor.predict(floats(bytes)), predictor.predict(bytes));
      }
    }
    Layer joined = Sequential.of(mixed.get(2), Flatten.of(), Dense.of(10));
    try (Network net = Network.create(joined, image, TestDevice.get(), 1)) {
      says(() -> train(net, false), "FLOAT32", "UINT8", "put a Rescale before it");
    }
  }

  @Test
  void aCopyTakesWhatItsOriginalTakes() {
    try (Network net = Network.create(Rescale.of(0.5), Shape.of(1, 2, 2), TestDevice.get(), 1)) {
      net.preferredInput(DType.FLOAT32);
      try (Network copy = net.copy()) {
        assertEquals(DType.FLOAT32, copy.preferredInput());
      }
    }
  }

  @Test
  void filesThatSayNothingAreReadAndThoseThatLieAreNot() {
    Path file = folder.resolve("model.safetensors");
    try (Network net =
        Network.create(
            Sequential.of(Conv2d.of(2, 3), Flatten.of()), Shape.of(2, 4, 4), TestDevice.get(), 1)) {
      Map<String, String> metadata = new LinkedHashMap<>(ModelFile.metadata(net));
      metadata.remove(ModelFile.INPUTS_KEY);
      Safetensors.write(file, net.state().entries(), metadata);
      try (Network again = ModelFile.load(file, TestDevice.get())) {
        assertEquals(DType.FLOAT32, again.preferredInput());
      }
      for (String lie : List.of("UINT8", "", "nothing", "FLOAT64,UINT8")) {
        metadata.put(ModelFile.INPUTS_KEY, lie);
        Safetensors.write(file, net.state().entries(), metadata);
        says(() -> ModelFile.load(file, TestDevice.get()), file.toString(), "damaged");
      }
    }
  }

  private static void says(Executable what, String... words) {
    String message = assertThrows(PortafilterException.class, what).getMessage();
    for (String word : words) {
      assertTrue(message.contains(word), message);
    }
  }
}
