package org.portafilter.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.device.Device;
import org.portafilter.nn.BatchNorm;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.GlobalAveragePool;
import org.portafilter.nn.Layer;
import org.portafilter.nn.Network;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Residual;
import org.portafilter.nn.Sequential;
import org.portafilter.shape.Shape;
import org.portafilter.testkit.ChangedDevice;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.TestDevice;

/** Inference in slices of the batch against inference of the whole batch. */
@Tag("plan")
class SlicesTest {
  private static final int BATCH = 6;
  private static final Shape IMAGE = Shape.of(16, 11, 9);

  /** A device that keeps so little near that every convolution is large. */
  private static final class Small extends ChangedDevice {
    private final long near;

    Small(Device device, long near) {
      super(device);
      this.near = near;
    }

    @Override
    public long cacheBytes() {
      return near;
    }
  }

  private record Outcome(float[] logits, Plan plan, List<String> damage) {}

  /** Chains, a sum with what is older than the chain, a value that two read, odd channels. */
  static Stream<Layer> layers() {
    Layer separable = separable(16);
    return Stream.of(
        head(Sequential.of(separable(16), separable(32))),
        head(Sequential.of(separable(7), separable(19), separable(3))),
        head(Sequential.of(Conv2d.of(16, 1), Residual.of(separable), Relu.of(), separable(8))),
        head(
            Sequential.of(
                Conv2d.of(16, 1),
                Residual.of(Sequential.of(Residual.of(separable), separable)),
                Residual.of(separable, Conv2d.of(16, 3).withPadding(1)))));
  }

  private static Layer head(Layer body) {
    return Sequential.of(body, GlobalAveragePool.of(), Dense.of(3));
  }

  private static Layer separable(int channels) {
    return separable(16, channels);
  }

  private static Layer separable(int wide, int channels) {
    return Sequential.of(
        Conv2d.of(wide, 1),
        Relu.of(),
        Conv2d.of(wide, 3).withPadding(1).withGroups(wide).withBias(false),
        BatchNorm.of(),
        Relu.of(),
        Conv2d.of(channels, 1));
  }

  private static Outcome run(Layer layer, long near, boolean guarded) {
    Device device = new Small(TestDevice.get(), near);
    try (Network net = Network.create(layer, IMAGE, device, 3)) {
      Plan whole = net.plan(BATCH);
      Plan plan =
          Plan.compile(net.inferenceGraph(), device, whole.spec().withPrivateRegions(guarded));
      try (Session session = Session.open(plan, net.state())) {
        var input = session.view(Network.INPUT).asFloatBuffer();
        double[] values = Draw.uniform("images", input.capacity());
        float[] logits = new float[3 * BATCH];
        for (int run = 0; run < 2; run++) {
          for (int i = 0; i < values.length; i++) {
            input.put(i, (float) values[i]);
          }
          session.run();
          session.view(Network.OUTPUT).asFloatBuffer().get(0, logits);
        }
        return new Outcome(logits, plan, guarded ? session.damagedGuards() : List.of());
      }
    }
  }

  private static long slices(Plan plan) {
    return plan.steps().stream()
        .mapToLong(step -> step.run() == null ? 1 : step.run().count())
        .max()
        .orElseThrow();
  }

  @ParameterizedTest
  @MethodSource("layers")
  void slicesGiveTheResultsOfTheWholeBatch(Layer layer) {
    Outcome whole = run(layer, Long.MAX_VALUE, false);
    assertEquals(1, slices(whole.plan));
    for (long near : new long[] {14_000, 40_000}) {
      for (boolean guarded : new boolean[] {false, true}) {
        Outcome sliced = run(layer, near, guarded);
        assertTrue(slices(sliced.plan) > 1, "near " + near);
        assertArrayEquals(whole.logits, sliced.logits, 1e-6f);
        assertEquals(List.of(), sliced.damage);
      }
    }
  }

  @Test
  void whatLivesInsideARunNeedsMemoryForOneSlice() {
    Layer layer = head(separable(64, 16));
    long whole = run(layer, Long.MAX_VALUE, false).plan.arenaBytes();
    long sliced = run(layer, 14_000, false).plan.arenaBytes();
    assertTrue(sliced < whole / 2, sliced + " of " + whole);
  }

  @Test
  void onlyChainsWithADepthwiseConvolutionAreSliced() {
    assertEquals(1, slices(head(Sequential.of(Conv2d.of(16, 3), Conv2d.of(16, 3))), BATCH));
    assertTrue(slices(head(separable(16)), BATCH) > 1);
  }

  @Test
  void slicesAreEqual() {
    assertEquals(7, slices(head(separable(16)), 7));
    assertEquals(3, slices(head(separable(16)), 9));
    assertEquals(1, slices(head(separable(16)), 1));
  }

  private static long slices(Layer layer, int batch) {
    Device device = new Small(TestDevice.get(), 40_000);
    try (Network net = Network.create(layer, IMAGE, device, 3)) {
      return slices(net.plan(batch));
    }
  }
}
