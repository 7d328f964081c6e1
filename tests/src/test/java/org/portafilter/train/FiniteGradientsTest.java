package org.portafilter.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.data.Dataset;
import org.portafilter.device.NotFiniteException;
import org.portafilter.graph.Graph;
import org.portafilter.graph.Value;
import org.portafilter.loss.MeanSquaredError;
import org.portafilter.nn.BatchNorm;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Layer;
import org.portafilter.nn.Network;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Sequential;
import org.portafilter.optim.AdaDelta;
import org.portafilter.optim.AdaGrad;
import org.portafilter.optim.AdaMax;
import org.portafilter.optim.Adam;
import org.portafilter.optim.AdamW;
import org.portafilter.optim.ClipGlobalNorm;
import org.portafilter.optim.ClipNorm;
import org.portafilter.optim.ClipValue;
import org.portafilter.optim.Clipping;
import org.portafilter.optim.Lamb;
import org.portafilter.optim.Lion;
import org.portafilter.optim.NAdam;
import org.portafilter.optim.Optimizer;
import org.portafilter.optim.ParameterGroups;
import org.portafilter.optim.RmsProp;
import org.portafilter.optim.Sgd;
import org.portafilter.optim.WeightAverage;
import org.portafilter.plan.Plan;
import org.portafilter.plan.Session;
import org.portafilter.plan.Spec;
import org.portafilter.plan.State;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.TestDevice;
import org.portafilter.testkit.UpdateRun;

/**
 * A step whose loss is finite and one of whose gradients is not changes nothing and says whose it
 * was; a gradient that is large and fits moves its parameter.
 */
@Tag("curve")
class FiniteGradientsTest {
  static Stream<Optimizer> optimizers() {
    return Stream.of(
        Sgd.of(0.1),
        Sgd.of(0.1).withMomentum(0.9),
        Sgd.of(0.1).withMomentum(0.9).withNesterov(true),
        Adam.of(0.01),
        Adam.of(0.01).withAmsGrad(true),
        AdamW.of(0.01),
        NAdam.of(0.01),
        AdaGrad.of(0.1),
        RmsProp.of(0.01),
        RmsProp.of(0.01).withMomentum(0.9),
        AdaDelta.of(),
        AdaMax.of(0.01),
        Lion.of(0.01),
        Lamb.of(0.01),
        ParameterGroups.of(Sgd.of(0.1)).with("dense1", Adam.of(0.1)),
        WeightAverage.of(Sgd.of(0.1), 0.9));
  }

  private static List<@Nullable Clipping> clippings() {
    List<@Nullable Clipping> clippings = new ArrayList<>();
    clippings.add(null);
    clippings.add(ClipValue.of(1));
    clippings.add(ClipNorm.of(1));
    clippings.add(ClipGlobalNorm.of(1));
    clippings.add((graph, gradients) -> gradients);
    return clippings;
  }

  static Stream<Arguments> everyUpdate() {
    return optimizers()
        .flatMap(o -> clippings().stream().map(c -> Arguments.of(o, c)))
        .flatMap(
            a ->
                Stream.of(DType.FLOAT32, DType.FLOAT64)
                    .map(dtype -> Arguments.of(a.get()[0], a.get()[1], dtype)));
  }

  /**
   * A norm whose statistics move, then features of size {@code large}, and one number from them
   * with this weight.
   */
  private static Network network(DType dtype, int features, double large, double weight) {
    Layer layer = Sequential.of(BatchNorm.of(), Rescale.of(large), Dense.of(1));
    Network net = Network.create(layer, Shape.of(features), TestDevice.get(), 1, dtype);
    net.state().get("dense1/weights").write(weights(net, weight));
    return net;
  }

  private static double[] weights(Network net, double each) {
    double[] weights = new double[Math.toIntExact(net.input().count())];
    Arrays.fill(weights, each);
    return weights;
  }

  private static Dataset plusAndMinus() {
    return Dataset.of(new float[] {1, -1}, Shape.of(1), new float[] {0, 0}, Shape.of(1));
  }

  private static Trainer trainer(Network net, Optimizer optimizer, @Nullable Clipping clipping) {
    Trainer trainer = Trainer.of(net, MeanSquaredError.of(), optimizer);
    return clipping == null ? trainer : trainer.clipping(clipping);
  }

  /** A step over ones and over minus ones, both with target 0. */
  private static Session session(Network net, Optimizer optimizer, @Nullable Clipping clipping) {
    Graph graph =
        clipping == null
            ? TrainingGraph.training(net, MeanSquaredError.of(), optimizer)
            : TrainingGraph.training(net, MeanSquaredError.of(), optimizer, clipping);
    Map<String, ValueType> entries = new LinkedHashMap<>();
    net.trainable().forEach(p -> entries.putAll(optimizer.moments(p, net.state().get(p).type())));
    net.state().define(entries);
    ValueType pair = new ValueType(Shape.of(2, 1), net.working());
    Map<String, ValueType> leaves = net.leaves(2, net.working());
    leaves.put(TrainingGraph.LABELS, pair);
    Plan plan = Plan.compile(graph, net.device(), net.spec(leaves));
    Session session = Session.open(plan, net.state());
    ByteBuffer input = session.view(Network.INPUT);
    int features = Math.toIntExact(net.input().count());
    for (int i = 0; i < 2 * features; i++) {
      int x = i < features ? 1 : -1;
      if (net.working() == DType.FLOAT64) {
        input.putDouble(8 * i, x);
      } else {
        input.putFloat(4 * i, x);
      }
    }
    session.view(TrainingGraph.LABELS);
    session.learningRate(optimizer.learningRate());
    return session;
  }

  private static Map<String, double[]> state(Network net) {
    Map<String, double[]> state = new LinkedHashMap<>();
    net.state().entries().forEach((path, tensor) -> state.put(path, tensor.doubles()));
    return state;
  }

  private static void assertSame(Map<String, double[]> expected, Network net) {
    Map<String, double[]> got = state(net);
    assertEquals(expected.keySet(), got.keySet());
    expected.forEach((path, values) -> assertArrayEquals(values, got.get(path), path));
  }

  /** State after a finite step, so that moments and statistics are not all zeros. */
  private static Map<String, double[]> trained(
      DType dtype, Optimizer optimizer, @Nullable Clipping clipping) {
    try (Network net = network(dtype, 1, 1, 0.5);
        Session session = session(net, optimizer, clipping)) {
      session.run();
      assertEquals(1, net.state().step());
      return state(net);
    }
  }

  private static void begin(Network net, Map<String, double[]> trained, double weight) {
    trained.forEach((path, values) -> net.state().get(path).write(values));
    net.state().get("dense1/weights").write(weights(net, weight));
    net.state().step(1);
  }

  @ParameterizedTest
  @MethodSource("everyUpdate")
  void anInfiniteGradientChangesNothing(
      Optimizer optimizer, @Nullable Clipping clipping, DType dtype) {
    boolean single = dtype == DType.FLOAT32;
    Map<String, double[]> trained = trained(dtype, optimizer, clipping);
    try (Network net = network(dtype, 1, single ? 1e20 : 1e160, 1);
        Session session = session(net, optimizer, clipping)) {
      begin(net, trained, single ? 0.1 : 1e-10);
      Map<String, double[]> before = state(net);
      for (int run = 0; run < 3; run++) {
        var e = assertThrows(NotFiniteException.class, session::run);
        assertTrue(e.getMessage().startsWith("gradient/dense1/weights"), e.getMessage());
        assertSame(before, net);
        assertEquals(1, net.state().step());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void theTrainerSaysWhoseItWasAndWhatHelps(Optimizer optimizer) {
    for (Clipping clipping : clippings()) {
      Map<String, double[]> trained = trained(DType.FLOAT32, optimizer, clipping);
      try (Network net = network(DType.FLOAT32, 1, 1e20, 1);
          Trainer trainer = trainer(net, optimizer, clipping)) {
        begin(net, trained, 0.1);
        Map<String, double[]> before = state(net);
        var e =
            assertThrows(
                PortafilterException.class, () -> trainer.fit(plusAndMinus().batches(2), 1));
        for (String part :
            new String[] {
              "gradient of dense1/weights",
              "at step 2 (epoch 1, learning rate " + optimizer.learningRate() + ")",
              "dense1/MatMul",
              "rescale the data"
            }) {
          assertTrue(e.getMessage().contains(part), part + " is missing in: " + e.getMessage());
        }
        assertSame(before, net);
        assertEquals(1, net.state().step());
      }
    }
  }

  /** The gradient is {@code 2 weight large^2}; its square is no number. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void aClippedStepIsAsLongAsTheBound(DType dtype) {
    double large = dtype == DType.FLOAT32 ? 1e20 : 1e150;
    double[] weights =
        dtype == DType.FLOAT32 ? new double[] {1e-9, 5e-3} : new double[] {1e-9, 5e-3, 1e3};
    for (Clipping clipping : List.of(ClipNorm.of(0.25), ClipGlobalNorm.of(0.25))) {
      for (double weight : weights) {
        Sgd sgd = Sgd.of(2);
        try (Network net = network(dtype, 1, large, weight);
            Session session = session(net, sgd, clipping)) {
          Map<String, double[]> before = state(net);
          session.run();
          Map<String, double[]> after = state(net);
          double moved = Math.abs(after.get("dense1/weights")[0] - weight);
          double squares = 0;
          for (String path : net.trainable()) {
            squares += Math.pow(after.get(path)[0] - before.get(path)[0], 2);
          }
          double length = clipping instanceof ClipNorm ? moved : Math.sqrt(squares);
          double rounding = dtype == DType.FLOAT32 ? 1e-6 : 1e-9 * Math.max(1, weight);
          assertEquals(0.5, length, rounding, clipping + " from " + weight);
        }
      }
    }
  }

  /** Moments would be infinite from then on, and the parameter stay where it is. */
  @ParameterizedTest
  @MethodSource("optimizers")
  void aGradientWhoseSquareIsNeededAndIsNoNumberChangesNothing(Optimizer optimizer) {
    boolean squares = optimizer.squares("dense1/weights");
    try (Network net = network(DType.FLOAT32, 1, 1e15, 0.1);
        Trainer trainer = trainer(net, optimizer, null)) {
      Map<String, double[]> before = state(net);
      if (squares) {
        var e =
            assertThrows(
                PortafilterException.class, () -> trainer.fit(plusAndMinus().batches(2), 1));
        for (String part :
            new String[] {
              "gradient of dense1/weights, or its square,", "step 1", "clip gradients"
            }) {
          assertTrue(e.getMessage().contains(part), part + " is missing in: " + e.getMessage());
        }
        assertSame(before, net);
      } else {
        trainer.fit(plusAndMinus().batches(2), 1);
      }
      state(net)
          .forEach(
              (path, values) -> assertTrue(Arrays.stream(values).allMatch(Double::isFinite), path));
    }
    try (Network net = network(DType.FLOAT32, 1, 1e15, 0.1);
        Trainer trainer = trainer(net, optimizer, ClipGlobalNorm.of(1))) {
      trainer.fit(plusAndMinus().batches(2), 1);
      assertTrue(Math.abs(state(net).get("dense1/weights")[0] - 0.1) > 1e-4, "a clipped one moves");
    }
  }

  /** Four elements of 2e38 have a norm of 4e38. */
  @Test
  void aNormThatIsNoNumberChangesNothing() {
    for (Clipping clipping : List.of(ClipNorm.of(1), ClipGlobalNorm.of(1))) {
      try (Network net = network(DType.FLOAT32, 4, 1e20, 2.5e-3);
          Session session = session(net, Sgd.of(1), clipping)) {
        Map<String, double[]> before = state(net);
        var e = assertThrows(NotFiniteException.class, session::run);
        assertEquals("gradient/dense1/weights/norm", e.path());
        assertSame(before, net);
      }
      try (Network net = network(DType.FLOAT32, 4, 1e20, 2.5e-3);
          Session session = session(net, Sgd.of(1), null)) {
        session.run();
        assertTrue(state(net).get("dense1/weights")[0] < -1e38, "without a norm it fits");
      }
    }
  }

  /** Two norms of 3e38 have one of 4.2e38. */
  @Test
  void aNormOfAllThatIsNoNumberIsNamed() {
    Graph.Builder graph = new Graph.Builder();
    ValueType one = new ValueType(Shape.of(1), DType.FLOAT32);
    Map<String, Value> gradients = new LinkedHashMap<>();
    gradients.put("a", graph.input("da"));
    gradients.put("b", graph.input("db"));
    ClipGlobalNorm.of(1).apply(graph, gradients).forEach(graph::name);
    Spec spec = Spec.of(Map.of("da", one, "db", one));
    try (State state = new State(TestDevice.get());
        Session session =
            Session.open(Plan.compile(graph.build(), TestDevice.get(), spec), state)) {
      session.view("da").putFloat(0, 3e38f);
      session.view("db").putFloat(0, 1e38f);
      session.run();
      assertEquals(3 / Math.sqrt(10), session.view("a").getFloat(0), 1e-6);
      assertEquals(1 / Math.sqrt(10), session.view("b").getFloat(0), 1e-6);
      session.view("db").putFloat(0, -3e38f);
      var e = assertThrows(NotFiniteException.class, session::run);
      assertEquals("gradient/norm", e.path());
      session.view("db").putFloat(0, Float.NaN);
      e = assertThrows(NotFiniteException.class, session::run);
      assertEquals("gradient/b/norm", e.path());
    }
  }

  /** LAMB's direction is small where gradients are; its step is as long as ever. */
  @Test
  void aSmallDirectionMovesAsFar() {
    for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
      double small = dtype == DType.FLOAT32 ? 1e-30 : 1e-200;
      Map<String, double[]> w = Map.of("w", new double[] {3, -4});
      Map<String, double[]> g = Map.of("w", new double[] {4 * small, 3 * small});
      Optimizer lamb = Lamb.of(0.1).withWeightDecay(0);
      double[] after =
          new UpdateRun(TestDevice.get(), dtype).steps(lamb, w, List.of(g), 0.1).get(0).get("w");
      assertArrayEquals(new double[] {3 - 0.4, -4 - 0.3}, after, 1e-6, dtype.toString());
    }
  }

  /** Of several the one nearest to the loss, from which the others have it. */
  @Test
  void theLastLayersGradientIsNamed() {
    Layer layer = Sequential.of(Rescale.of(1e20), Dense.of(1), Dense.of(1));
    try (Network net = Network.create(layer, Shape.of(1), TestDevice.get(), 1);
        Trainer trainer = trainer(net, Sgd.of(0.1), null)) {
      net.state().get("dense1/weights").write(new double[] {1});
      net.state().get("dense2/weights").write(new double[] {0.1});
      var e =
          assertThrows(PortafilterException.class, () -> trainer.fit(plusAndMinus().batches(2), 1));
      assertTrue(e.getMessage().startsWith("the gradient of dense2/weights "), e.getMessage());
    }
  }

  @Test
  void aRateThatIsNoNumberChangesNothing() {
    for (double rate : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      try (Network net = Network.create(Dense.of(1), Shape.of(1), TestDevice.get(), 1);
          Trainer trainer = trainer(net, Sgd.of(0.1), null)) {
        Map<String, double[]> before = state(net);
        trainer.schedule((step, base) -> rate);
        var e =
            assertThrows(
                PortafilterException.class, () -> trainer.fit(plusAndMinus().batches(2), 1));
        assertTrue(e.getMessage().contains("learning rate must be a finite number"), e.toString());
        assertSame(before, net);
      }
    }
  }
}
