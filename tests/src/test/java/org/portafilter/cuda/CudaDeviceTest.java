package org.portafilter.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.cuda.global.cudart;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.data.DrawnDigits;
import org.portafilter.data.Split;
import org.portafilter.device.Device;
import org.portafilter.device.MathMode;
import org.portafilter.device.Program;
import org.portafilter.device.Tuning;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.metric.Accuracy;
import org.portafilter.nn.Network;
import org.portafilter.nn.Predictor;
import org.portafilter.optim.Adam;
import org.portafilter.plan.Plan;
import org.portafilter.plan.Session;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.SmallNets;
import org.portafilter.train.Callback;
import org.portafilter.train.Step;
import org.portafilter.train.Trainer;
import org.portafilter.train.TrainingGraph;
import org.portafilter.zoo.LeNet;

/** What is the cuda device's own: whole steps as one graph, failures inside it, both devices. */
@Tag("cuda")
class CudaDeviceTest {
  /** What CUDA on the host counts, asked for as attributes of the GPU. */
  private static final int ALLOCATIONS = 100000;

  private static final int GRAPHS = 100001;
  private static final int CALLS = 100002;

  private final Device device = Device.cuda();

  private static int counter(int which) {
    int[] value = new int[1];
    cudart.cudaDeviceGetAttribute(value, which, 0);
    return value[0];
  }

  private static Session training(Network net, int batch) {
    Map<String, ValueType> moments = new LinkedHashMap<>();
    Adam adam = Adam.of(1e-3);
    net.trainable().forEach(p -> moments.putAll(adam.moments(p, net.state().get(p).type())));
    net.state().define(moments);
    Map<String, ValueType> leaves = net.leaves(batch, net.preferredInput());
    leaves.put(TrainingGraph.LABELS, new ValueType(Shape.of(batch), DType.INT32));
    Session session =
        Session.open(
            Plan.compile(
                TrainingGraph.training(net, SoftmaxCrossEntropy.of(), adam),
                net.device(),
                net.spec(leaves)),
            net.state());
    feed(session.view(Network.INPUT), net.preferredInput());
    return session;
  }

  private static void feed(ByteBuffer images, DType dtype) {
    double[] values = Draw.uniform("images", images.capacity() / dtype.bytes());
    for (int i = 0; i < values.length; i++) {
      if (dtype == DType.UINT8) {
        images.put(i, (byte) (127.5 * (1 + values[i])));
      } else {
        images.putFloat(4 * i, (float) values[i]);
      }
    }
  }

  @Test
  void aStepIsOneGraphThatAllocatesNothing() {
    SmallNets which = SmallNets.RESIDUAL;
    try (Network net = Network.create(which.layer(), which.input(), device, 3);
        Session session = training(net, 4)) {
      session.learningRate(1e-3);
      var loss = session.view(TrainingGraph.LOSS);
      session.run();
      session.run();
      assumeTrue(device.describe().contains("CUDA on the host"), "only the host counts calls");
      int allocations = counter(ALLOCATIONS);
      int graphs = counter(GRAPHS);
      int calls = counter(CALLS);
      float before = loss.getFloat(0);
      for (int i = 0; i < 5; i++) {
        session.run();
      }
      assertEquals(allocations, counter(ALLOCATIONS));
      assertEquals(graphs + 5, counter(GRAPHS));
      assertEquals(calls + 5, counter(CALLS), "a run is one launch");
      assertTrue(loss.getFloat(0) < before, "each replay trains: " + loss.getFloat(0));
    }
  }

  /** Every algorithm that gives the same bits at every run is offered; timing settles on one. */
  @Test
  void measuredConvolutionsAreChosenOnce(@TempDir Path cache) throws IOException {
    String before = System.getProperty("portafilter.cache");
    System.setProperty("portafilter.cache", cache.toString());
    SmallNets which = SmallNets.RESIDUAL;
    try (Network net =
        Network.create(which.layer(), which.input(), device, 3).tuning(Tuning.MEASURED)) {
      Map<String, String> first = net.plan(4).numericsIds();
      assertEquals(first, net.plan(4).numericsIds());
      try (Stream<Path> files = Files.list(cache.resolve("tuning"))) {
        String text = Files.readString(files.findFirst().orElseThrow());
        assertTrue(text.contains("cudnn FORWARD"), text);
      }
    } finally {
      if (before == null) {
        System.clearProperty("portafilter.cache");
      } else {
        System.setProperty("portafilter.cache", before);
      }
    }
  }

  static Stream<Arguments> narrowNets() {
    return Stream.of(SmallNets.values())
        .flatMap(
            net ->
                Stream.of(
                    Arguments.of(net, MathMode.BFLOAT16), Arguments.of(net, MathMode.FLOAT16)));
  }

  /** A step narrows images and weights and nothing that outlives it. */
  @ParameterizedTest
  @MethodSource("narrowNets")
  void narrowStepsStayNearStepsInSinglePrecision(SmallNets which, MathMode narrow) {
    List<Double> losses = new ArrayList<>();
    String name = narrow.name().toLowerCase(Locale.ROOT);
    for (MathMode math : List.of(MathMode.STRICT, narrow)) {
      try (Network net = Network.create(which.layer(), which.input(), device, 3).math(math);
          Session session = training(net, 4)) {
        assertEquals(
            math == narrow,
            session.plan().numericsIds().values().stream().anyMatch(id -> id.endsWith(" " + name)));
        net.state().entries().values().forEach(t -> assertFalse(t.dtype().isNarrow()));
        session.learningRate(1e-3);
        session.lossScale(math == MathMode.FLOAT16 ? 4096 : 1);
        for (int i = 0; i < 3; i++) {
          session.run();
          losses.add((double) session.view(TrainingGraph.LOSS).getFloat(0));
        }
      }
    }
    for (int i = 0; i < 3; i++) {
      double exact = losses.get(i);
      assertEquals(exact, losses.get(i + 3), 0.03 * exact + 1e-4, "loss of step " + i);
    }
    assertTrue(!losses.get(0).equals(losses.get(3)), "something was narrowed");
  }

  @ParameterizedTest
  @EnumSource(names = {"BFLOAT16", "FLOAT16"})
  void theCpuRefusesToNarrow(MathMode math) {
    SmallNets which = SmallNets.CONVOLUTIONAL;
    try (Network net = Network.create(which.layer(), which.input(), Device.cpu(), 3).math(math)) {
      PortafilterException e = assertThrows(PortafilterException.class, () -> net.session(1));
      assertTrue(e.getMessage().contains(math.name()), e.getMessage());
    }
  }

  @Test
  void bothDevicesTrainAndPredictAlike() {
    Split digits = DrawnDigits.split(64, 32, 1);
    List<Double> here = losses(digits, Device.cpu(), null);
    List<float[]> predictions = new ArrayList<>();
    List<Double> there = losses(digits, device, predictions);
    for (int i = 0; i < here.size(); i++) {
      assertEquals(here.get(i), there.get(i), 1e-4, "loss of step " + i);
    }
    for (int i = 0; i < 2; i++) {
      assertArrayEquals(predictions.get(i), predictions.get(i + 2), 1e-4f, "image " + i);
    }
  }

  /** The losses of some steps; and what both devices then predict for two images. */
  private static List<Double> losses(Split digits, Device device, List<float[]> predictions) {
    List<Double> losses = new ArrayList<>();
    try (Network net =
            Network.create(LeNet.of(10), digits.train().shape(), device, 1).math(MathMode.STRICT);
        Trainer trainer =
            Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(1e-3))
                .seed(1)
                .callback(
                    new Callback() {
                      @Override
                      public void step(Step step) {
                        losses.add(step.stepLoss());
                      }
                    })) {
      trainer.fit(digits.train().batches(16), 1);
      if (predictions != null) {
        try (Network copy = Network.create(LeNet.of(10), digits.train().shape(), Device.cpu(), 2)) {
          net.state().entries().forEach((p, t) -> copyTo(copy, p, t.doubles()));
          for (Network each : List.of(net, copy)) {
            try (Predictor predictor = each.session(1)) {
              predictions.add(predictor.predict(digits.test().image(0)));
              predictions.add(predictor.predict(digits.test().image(1)));
            }
          }
        }
      }
    }
    return losses;
  }

  private static void copyTo(Network net, String path, double[] values) {
    if (net.state().entries().containsKey(path)) {
      net.state().get(path).write(values);
    }
  }

  @Test
  void aLabelOutOfRangeEndsTheStepBeforeAnythingChanges() {
    SmallNets which = SmallNets.CONVOLUTIONAL;
    try (Network net = Network.create(which.layer(), which.input(), device, 3);
        Session session = training(net, 4)) {
      session.learningRate(1e-3);
      session.run();
      session.run();
      Map<String, double[]> before = new HashMap<>();
      net.state().entries().forEach((p, t) -> before.put(p, t.doubles()));
      session.view(TrainingGraph.LABELS).putInt(4, 1000);
      for (int i = 0; i < 2; i++) {
        PortafilterException e = assertThrows(PortafilterException.class, session::run);
        assertTrue(e.getMessage().contains("a class label lies outside"), e.getMessage());
        net.state()
            .entries()
            .forEach((p, t) -> assertArrayEquals(before.get(p), t.doubles(), p + " is as before"));
      }
      session.view(TrainingGraph.LABELS).putInt(4, 1);
      session.run();
    }
  }

  /** What the host is too slow for, and proves nothing of. */
  @ParameterizedTest
  @EnumSource(MathMode.class)
  void leNetLearnsDrawnDigitsOnAGpu(MathMode math) {
    assumeTrue(
        !device.describe().contains("CUDA on the host"),
        "awaits a GPU: LeNet learns drawn digits in " + math);
    Split digits = DrawnDigits.split(10_000, 2_000, 42);
    try (Network net = Network.create(LeNet.of(10), digits.train().shape(), device, 42).math(math);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(1e-3))) {
      trainer.fit(digits.train().batches(64), 3);
      double accuracy = trainer.evaluate(digits.test().batches(250), Accuracy.of());
      System.out.println("lenet on drawn digits, " + math + ": " + accuracy);
      assertTrue(accuracy > 0.95, math + " reaches " + accuracy);
    }
  }

  @Test
  void commandsAreTimedByPath() {
    SmallNets which = SmallNets.CONVOLUTIONAL;
    try (Network net = Network.create(which.layer(), which.input(), device, 3);
        Session session = training(net, 4)) {
      session.time(true);
      session.run();
      List<Program.CommandTime> times = session.times();
      assertTrue(times.stream().anyMatch(t -> t.path().equals("conv1") && t.nanoseconds() > 0));
      assertEquals(1, times.stream().filter(t -> t.path().startsWith("update")).count());
      session.time(false);
      session.run();
      assertEquals(List.of(), session.times());
    }
  }

  @Test
  void tooLargeABufferNamesBothNumbers() {
    PortafilterException e =
        assertThrows(PortafilterException.class, () -> device.allocate(1L << 40));
    assertTrue(e.getMessage().contains("1,099,511,627,776"), e.getMessage());
  }
}
