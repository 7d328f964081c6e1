package org.portafilter.answers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.portafilter.data.Batches;
import org.portafilter.data.Dataset;
import org.portafilter.data.DrawnDigits;
import org.portafilter.data.DrawnShapes;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.BatchNorm;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Network;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Sequential;
import org.portafilter.optim.Adam;
import org.portafilter.optim.Sgd;
import org.portafilter.shape.Shape;
import org.portafilter.testkit.TestDevice;
import org.portafilter.train.Trainer;
import org.portafilter.zoo.CifarResNet;
import org.portafilter.zoo.LeNet;

/** Losses that are not numbers, and memory that does not suffice. */
@Tag("answer")
class TrainingAnswersTest {
  private static final Sequential NET =
      Sequential.of(
          Conv2d.of(2, 3), BatchNorm.of(), Relu.of(), Conv2d.of(2, 3), Flatten.of(), Dense.of(2));

  private static Batches batches(float value) {
    float[] images = new float[4 * 36];
    for (int i = 0; i < images.length; i++) {
      images[i] = (i * 7919 % 13) / 13f;
    }
    images[50] = value;
    return Dataset.of(images, Shape.of(1, 6, 6), new int[] {0, 1, 0, 1}).batches(4);
  }

  private static Map<String, float[]> state(Network net) {
    Map<String, float[]> state = new HashMap<>();
    net.state().entries().forEach((path, tensor) -> state.put(path, tensor.floats()));
    return state;
  }

  @Test
  void badDataIsNamedAndTheStateStays() {
    try (Network net = Network.create(NET, Shape.of(1, 6, 6), TestDevice.get(), 1);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(0.1))) {
      trainer.fit(batches(0.5f), 1);
      Map<String, float[]> before = state(net);
      long step = net.state().step();
      Answers.expect(
          "a NaN in the data",
          () -> trainer.fit(batches(Float.NaN), 2),
          "step 2",
          "epoch 2",
          "the batch itself holds NaN",
          "clean the data");
      assertEquals(step, net.state().step());
      state(net)
          .forEach(
              (path, values) ->
                  assertArrayEquals(before.get(path), values, path + " is as before the step"));
    }
  }

  @Test
  void theFirstLayerIsNamed() {
    try (Network net = Network.create(NET, Shape.of(1, 6, 6), TestDevice.get(), 1);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Sgd.of(0.1))) {
      float[] huge = net.state().get("conv2/weights").floats();
      Arrays.fill(huge, 3e38f);
      net.state().get("conv2/weights").write(huge);
      Answers.expect(
          "weights that overflow",
          () -> trainer.fit(batches(0.5f), 1),
          "conv2 (Conv2d) is the first layer",
          "lower the learning rate");
    }
  }

  @Tag("cpu")
  @Test
  void aLearningRateTooHigh() {
    Batches digits = DrawnDigits.split(512, 1, 1).train().batches(32);
    try (Network net = Network.create(LeNet.of(10), Shape.of(1, 28, 28), TestDevice.get(), 1);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Sgd.of(1e6))) {
      Answers.expect(
          "a learning rate of a million",
          () -> trainer.fit(digits, 5),
          "learning rate 1000000.0",
          "lower the learning rate");
    }
  }

  @Tag("cpu")
  @Test
  void aBudgetTooSmall() {
    Batches shapes = DrawnShapes.split(256, 1, 1).train().batches(128);
    try (Network net =
        Network.create(CifarResNet.of(20, 10), Shape.of(3, 32, 32), TestDevice.get(), 1)) {
      String message;
      try (Trainer trainer = trainer(net, 50_000_000)) {
        message =
            Answers.expect(
                "a budget too small for the batch",
                () -> trainer.fit(shapes, 1),
                "batches of 128 images do not fit",
                "50,000,000",
                "stage1",
                "the largest that does is");
      }
      Matcher number = Pattern.compile("does is (\\d+)").matcher(message);
      assertTrue(number.find());
      int fits = Integer.parseInt(number.group(1));
      try (Trainer trainer = trainer(net, 50_000_000)) {
        trainer.fit(shapes.dataset().slice(0, 2 * fits).batches(fits), 1);
      }
      try (Trainer trainer = trainer(net, 1000)) {
        Answers.expect(
            "a budget too small for anything",
            () -> trainer.fit(shapes, 1),
            "not even a batch of 1 does");
      }
    }
  }

  private static Trainer trainer(Network net, long budget) {
    return Trainer.of(net, SoftmaxCrossEntropy.of(), Sgd.of(0.1)).budget(budget);
  }
}
