package org.portafilter.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.data.DrawnDigits;
import org.portafilter.data.Split;
import org.portafilter.device.Device;
import org.portafilter.device.MathMode;
import org.portafilter.device.OverflowException;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Layer;
import org.portafilter.nn.MaxPool;
import org.portafilter.nn.Network;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Sequential;
import org.portafilter.optim.ClipGlobalNorm;
import org.portafilter.optim.Sgd;
import org.portafilter.plan.Plan;
import org.portafilter.plan.Session;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.train.Callback;
import org.portafilter.train.Checkpoints;
import org.portafilter.train.Step;
import org.portafilter.train.Trainer;
import org.portafilter.train.TrainingGraph;

/** Training in half precision: what overflows is left out, and the scale goes down and up. */
@Tag("cuda")
class LossScaleOnCudaTest {
  private static final Split DIGITS = DrawnDigits.split(64, 16, 1);

  /** Inputs this large make the first gradients overflow where the scale is as it begins. */
  private static Layer loud() {
    return Sequential.of(
        Rescale.of(1 / 8.0), Conv2d.of(4, 3), Relu.of(), MaxPool.of(4), Flatten.of(), Dense.of(10));
  }

  private static Network network() {
    return Network.create(loud(), DIGITS.train().shape(), Device.cuda(), 1).math(MathMode.FLOAT16);
  }

  private static Trainer trainer(Network net) {
    return Trainer.of(net, SoftmaxCrossEntropy.of(), Sgd.of(1e-3).withMomentum(0.9))
        .clipping(ClipGlobalNorm.of(5))
        .seed(1);
  }

  private static Map<String, double[]> values(Network net) {
    Map<String, double[]> values = new LinkedHashMap<>();
    net.state().entries().forEach((path, tensor) -> values.put(path, tensor.doubles()));
    return values;
  }

  private static void assertSame(Map<String, double[]> expected, Map<String, double[]> got) {
    expected.forEach((path, v) -> assertArrayEquals(v, got.get(path), path));
  }

  private static Session session(Network net, Sgd sgd) {
    Map<String, ValueType> leaves = net.leaves(4, DType.UINT8);
    leaves.put(TrainingGraph.LABELS, new ValueType(Shape.of(4), DType.INT32));
    var graph = TrainingGraph.training(net, SoftmaxCrossEntropy.of(), sgd);
    Session session =
        Session.open(Plan.compile(graph, net.device(), net.spec(leaves)), net.state());
    for (int i = 0; i < 4; i++) {
      session.view(Network.INPUT).put(784 * i, DIGITS.train().image(i));
      session.view(TrainingGraph.LABELS).putInt(4 * i, i);
    }
    session.learningRate(1e-4);
    return session;
  }

  @Test
  void anOverflowChangesNothingAndASmallerScaleGoesOn() {
    try (Network net = network();
        Session session = session(net, Sgd.of(1e-4))) {
      Map<String, double[]> before = values(net);
      session.lossScale(0x1p30);
      for (int run = 0; run < 3; run++) {
        OverflowException e = assertThrows(OverflowException.class, session::run);
        assertTrue(e.getMessage().contains("unscale/"), e.getMessage());
        assertSame(before, values(net));
      }
      assertEquals(0, net.state().step());
      session.lossScale(1);
      session.run();
      assertEquals(1, net.state().step());
    }
  }

  /** Powers of two change no bit of what neither overflows nor underflows. */
  @Test
  void theScaleIsNotInTheUpdates() {
    List<Map<String, double[]>> after = new ArrayList<>();
    for (double scale : new double[] {1, 4}) {
      try (Network net = network();
          Session session = session(net, Sgd.of(1e-4))) {
        session.lossScale(scale);
        session.run();
        after.add(values(net));
      }
    }
    after.get(0).forEach((path, v) -> assertArrayEquals(v, after.get(1).get(path), 1e-6, path));
  }

  @Test
  void trainingLeavesOutWhatOverflowsAndLearns() {
    List<Double> losses = new ArrayList<>();
    try (Network net = network();
        Trainer trainer =
            trainer(net)
                .callback(
                    new Callback() {
                      @Override
                      public void step(Step step) {
                        losses.add(step.stepLoss());
                      }
                    })) {
      trainer.fit(DIGITS.train().batches(8), 6);
      assertEquals(48, losses.size());
      long steps = net.state().step();
      assertTrue(steps > 30 && steps < 48, steps + " steps were not left out");
      assertTrue(losses.stream().allMatch(Double::isFinite), losses.toString());
      double first = losses.subList(0, 8).stream().mapToDouble(d -> d).sum();
      double last = losses.subList(40, 48).stream().mapToDouble(d -> d).sum();
      assertTrue(last < first / 2, losses.toString());
    }
  }

  @Test
  void aResumedTrainingGoesOnWithTheSameScale(@TempDir Path folder) {
    Map<String, double[]> straight;
    try (Network net = network();
        Trainer trainer = trainer(net)) {
      trainer.fit(DIGITS.train().batches(8), 2);
      straight = values(net);
    }
    try (Network net = network();
        Trainer trainer = trainer(net).checkpoints(Checkpoints.in(folder))) {
      trainer.fit(DIGITS.train().batches(8), 1);
    }
    try (Network net = network();
        Trainer trainer = trainer(net)) {
      assertTrue(trainer.resume(folder, DIGITS.train().batches(8)));
      trainer.fit(DIGITS.train().batches(8), 2);
      assertSame(straight, values(net));
    }
  }

  /** Small weights and large images: sums over the pixels leave half's range by themselves. */
  @Test
  void whatOverflowsWithoutAScaleEndsTheTraining() {
    Layer loudest = Sequential.of(Rescale.of(100), Conv2d.of(4, 3), Flatten.of(), Dense.of(10));
    try (Network net =
            Network.create(loudest, DIGITS.train().shape(), Device.cuda(), 1)
                .math(MathMode.FLOAT16);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Sgd.of(0))) {
      net.state()
          .entries()
          .forEach(
              (path, tensor) -> {
                double[] values = tensor.doubles();
                for (int i = 0; i < values.length; i++) {
                  values[i] = tensor.shape().rank() == 4 ? 1e-3 : i * 10L / values.length - 5;
                }
                tensor.write(values);
              });
      PortafilterException e =
          assertThrows(
              PortafilterException.class, () -> trainer.fit(DIGITS.train().batches(8), 20));
      assertTrue(e.getMessage().contains("no smaller loss scale helps"), e.getMessage());
      assertEquals(0, net.state().step());
    }
  }
}
