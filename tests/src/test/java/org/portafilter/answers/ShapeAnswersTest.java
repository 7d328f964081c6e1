package org.portafilter.answers;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.portafilter.data.Dataset;
import org.portafilter.device.Device;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.AveragePool;
import org.portafilter.nn.Concat;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Layer;
import org.portafilter.nn.MaxPool;
import org.portafilter.nn.Network;
import org.portafilter.nn.Predictor;
import org.portafilter.nn.Residual;
import org.portafilter.nn.Sequential;
import org.portafilter.optim.Sgd;
import org.portafilter.shape.Shape;
import org.portafilter.shape.Window;
import org.portafilter.train.Trainer;

/** Shapes and labels that do not fit. */
@Tag("answer")
class ShapeAnswersTest {
  private static void build(Layer layer, Shape input) {
    Network.create(layer, input, Device.cpu(), 1).close();
  }

  @Test
  void wrongRank() {
    Answers.expect(
        "a dense layer on an image",
        () -> build(Sequential.of(Conv2d.of(4, 3), Dense.of(10)), Shape.of(1, 8, 8)),
        "dense1",
        "1x4x6x6",
        "Flatten");
    Answers.expect(
        "a convolution on a row of features",
        () -> build(Sequential.of(Conv2d.of(4, 3)), Shape.of(8)),
        "conv1",
        "N x C x H x W");
  }

  @Test
  void wrongChannels() {
    Layer stage = Sequential.of(Conv2d.of(6, 3), Conv2d.of(8, 3).withGroups(4));
    Answers.expect(
        "channels that groups do not divide",
        () -> build(Sequential.of().then("stage2", stage), Shape.of(3, 9, 9)),
        "stage2/conv2",
        "groups 4",
        "1x6x7x7");
    Answers.expect(
        "a residual sum of different channels",
        () -> build(Sequential.of(Residual.of(Conv2d.of(8, 1))), Shape.of(3, 4, 4)),
        "residual1/sum",
        "1x8x4x4",
        "1x3x4x4");
    Answers.expect(
        "joined branches of different sizes",
        () -> build(Sequential.of(Concat.of(Conv2d.of(2, 1), Conv2d.of(2, 3))), Shape.of(1, 5, 5)),
        "concat1/join",
        "axis 1");
  }

  @Test
  void noOutputLeft() {
    Answers.expect(
        "a kernel larger than its input",
        () -> build(Sequential.of(MaxPool.of(2), Conv2d.of(4, 5).withStride(2)), Shape.of(1, 8, 8)),
        "conv1",
        "1x1x4x4",
        "kernel",
        "padding");
  }

  @Test
  void poolsOverPaddingAlone() {
    Window padded = Window.of(2).withStride(2).withPadding(3);
    for (Layer pool :
        List.of(
            MaxPool.of(padded),
            AveragePool.of(padded),
            AveragePool.of(padded).withCountPadding(true))) {
      Answers.expect(
          "a pool with windows outside the image",
          () -> build(Sequential.of(Conv2d.of(4, 3), pool), Shape.of(1, 6, 7)),
          "pool1",
          "Pool",
          "padding alone",
          "2x2 stride 2 padding 3",
          "1x4x4x5",
          "row 0",
          "padding below 2 rows and 2 columns");
    }
    Answers.expect(
        "a pool whose last window lies right of the image",
        () ->
            build(
                Sequential.of(MaxPool.of(Window.of(2, 3).withPadding(0, 0, 0, 3))),
                Shape.of(1, 4, 4)),
        "pool1 (MaxPool)",
        "column 4",
        "padding below 2 rows and 3 columns");
    Answers.expect(
        "a dilated pool whose window steps over the image",
        () ->
            build(
                Sequential.of(
                    AveragePool.of(Window.of(2).withDilation(1, 4).withPadding(0, 2, 0, 2))),
                Shape.of(1, 2, 1)),
        "pool1 (AveragePool)",
        "column 0",
        "or less dilation");
  }

  @Test
  void labelsOutOfRange() {
    Dataset data = Dataset.of(new float[4], Shape.of(2), new int[] {0, 5});
    try (Network net = Network.create(Sequential.of(Dense.of(3)), Shape.of(2), Device.cpu(), 1);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Sgd.of(0.1))) {
      Answers.expect(
          "a label beyond the last class", () -> trainer.fit(data.batches(2), 1), "label 5", "3");
    }
    Answers.expect(
        "a negative label",
        () -> Dataset.of(new float[4], Shape.of(2), new int[] {0, -1}),
        "label -1",
        "image 1");
  }

  @Test
  void dataOfAnotherShape() {
    Dataset data = Dataset.of(new byte[2 * 12], Shape.of(1, 3, 4), new int[] {0, 1});
    Layer layer = Sequential.of(Flatten.of(), Dense.of(2));
    try (Network net = Network.create(layer, Shape.of(1, 4, 4), Device.cpu(), 1);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Sgd.of(0.1));
        Predictor predictor = net.session(1)) {
      Answers.expect(
          "images of another size", () -> trainer.fit(data.batches(2), 1), "1x4x4", "1x3x4");
      Answers.expect(
          "an array of another length", () -> predictor.predict(new float[12]), "16", "12");
    }
  }
}
