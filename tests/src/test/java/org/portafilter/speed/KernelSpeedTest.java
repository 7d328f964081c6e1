package org.portafilter.speed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.binding.Kernels;
import org.portafilter.binding.Libraries;
import org.portafilter.device.Buffer;
import org.portafilter.device.Device;
import org.portafilter.device.MathMode;
import org.portafilter.graph.Activation;
import org.portafilter.graph.ConvOp;
import org.portafilter.graph.Graph;
import org.portafilter.graph.Value;
import org.portafilter.plan.Plan;
import org.portafilter.plan.Session;
import org.portafilter.plan.Spec;
import org.portafilter.plan.State;
import org.portafilter.shape.DType;
import org.portafilter.shape.Layout;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;
import org.portafilter.testkit.Case;

/**
 * Convolutions keep their share of this machine's multiply-add rate, on one thread. Rate and kernel
 * are measured in turns, so that a busy machine slows both; the best of many turns counts, and a
 * kernel below its bound has some seconds more to reach it. The bounds lie far below what an idle
 * machine reaches: they catch a kernel that lost a half, not noise.
 */
@Tag("speed")
class KernelSpeedTest {
  private static final int TURNS = 40;
  private static final int MOST_TURNS = 1000;
  private static final long TURN_NANOS = 1_000_000;

  /** A depthwise convolution over so small a map reaches 0.40 on one of the CPUs with AVX-512. */
  static Stream<Arguments> kernels() {
    Case deep = Case.of("n=1 c=128 h=28 w=28 o=128 k=3 pad=1");
    Case pointwise = Case.of("n=1 c=256 h=28 w=28 o=128 k=1");
    Case strided = Case.of("n=1 c=64 h=56 w=56 o=128 k=3 stride=2 pad=1");
    Case first = Case.of("n=1 c=3 h=112 w=112 o=64 k=7 stride=2 pad=3");
    Case depthwise = Case.of("n=1 c=256 h=14 w=14 o=256 k=3 pad=1 groups=256");
    return Stream.of(
        Arguments.of("forward", deep, MathMode.FAST, new Bounds(1.2, 1.3, 1.4)),
        Arguments.of("data", deep, MathMode.FAST, new Bounds(1.2, 1.2, 1.4)),
        Arguments.of("weights", deep, MathMode.FAST, new Bounds(0.9, 0.85, 0.9)),
        Arguments.of("forward", deep, MathMode.STRICT, new Bounds(0.45, 0.55, 0.6)),
        Arguments.of("data", deep, MathMode.STRICT, new Bounds(0.45, 0.55, 0.6)),
        Arguments.of("weights", deep, MathMode.STRICT, new Bounds(0.4, 0.45, 0.5)),
        Arguments.of("forward", pointwise, MathMode.FAST, new Bounds(0.4, 0.45, 0.55)),
        Arguments.of("weights", pointwise, MathMode.FAST, new Bounds(0.35, 0.45, 0.45)),
        Arguments.of("forward", strided, MathMode.FAST, new Bounds(0.45, 0.5, 0.55)),
        Arguments.of("data", strided, MathMode.FAST, new Bounds(0.4, 0.45, 0.5)),
        Arguments.of("forward", first, MathMode.FAST, new Bounds(0.4, 0.4, 0.5)),
        Arguments.of("forward", depthwise, MathMode.FAST, new Bounds(0.35, 0.3, 0.3)),
        Arguments.of("data", depthwise, MathMode.FAST, new Bounds(0.3, 0.3, 0.3)));
  }

  /** Least shares of what each instruction set multiplies and adds at best. */
  private record Bounds(double sse, double avx2, double avx512) {
    double of(Device device) {
      return switch (isaOf(device)) {
        case 0 -> sse;
        case 1 -> avx2;
        default -> avx512;
      };
    }
  }

  /** The number of the instruction set that a device runs. */
  private static int isaOf(Device device) {
    List<String> sets = List.of("x86_64_v2", "avx2", "avx512");
    for (int isa = 0; isa < sets.size(); isa++) {
      if (device.identity().contains(sets.get(isa))) {
        return isa;
      }
    }
    throw new AssertionError("no instruction set in " + device.identity());
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("kernels")
  void aKernelKeepsItsShareOfThePeak(String pass, Case work, MathMode math, Bounds bounds) {
    Libraries.load();
    Device device = Device.cpu(1);
    double least = bounds.of(device);
    Map<String, ValueType> leaves = new LinkedHashMap<>();
    Graph graph = graph(pass, work, leaves);
    Spec spec = Spec.of(leaves).withMath(math).withPlainOutputs(false);
    double flops = flops(work);
    try (State state = new State(device);
        Session session = Session.open(Plan.compile(graph, device, spec), state);
        Peak peak = new Peak(isaOf(device))) {
      double kernel = Double.POSITIVE_INFINITY;
      double reference = Double.POSITIVE_INFINITY;
      for (int turn = 0; turn < MOST_TURNS; turn++) {
        if (turn >= TURNS && reference / kernel >= least) {
          break;
        }
        reference = Math.min(reference, peak.secondsPerFlop());
        kernel = Math.min(kernel, secondsOfBest(session) / flops);
      }
      double share = reference / kernel;
      System.out.printf("%-8s %-44s %-6s %.2f of the peak%n", pass, work, math, share);
      assertTrue(share >= least, share + " of the peak, expected at least " + least);
    }
  }

  /**
   * The best run of a turn. A run of some microseconds is repeated, since the first one after the
   * reference finds its tensors as far away as whoever shares this processor's caches left them.
   */
  private static double secondsOfBest(Session session) {
    long turn = System.nanoTime();
    long best = Long.MAX_VALUE;
    long end;
    do {
      long start = System.nanoTime();
      session.run();
      end = System.nanoTime();
      best = Math.min(best, end - start);
    } while (end - turn < TURN_NANOS);
    return best * 1e-9;
  }

  private static Graph graph(String pass, Case c, Map<String, ValueType> leaves) {
    Window window = c.window();
    Shape image = c.image();
    int groups = c.number("groups", 1);
    Shape weights =
        Shape.of(c.number("o"), image.dim(1) / groups, window.kernelHeight(), window.kernelWidth());
    Shape output = output(c);
    Graph.Builder graph = new Graph.Builder();
    leaves.put("x", blocks(image));
    leaves.put("w", new ValueType(weights, DType.FLOAT32));
    leaves.put("dy", blocks(output));
    Value x = graph.input("x");
    Value w = graph.input("w");
    Value dy = graph.input("dy");
    graph.name(
        "result",
        switch (pass) {
          case "forward" ->
              graph.add("op", new ConvOp.Forward(window, groups, false, Activation.IDENTITY), x, w);
          case "data" -> graph.add("op", new ConvOp.DataGrad(window, groups), dy, w, x);
          default -> graph.add("op", new ConvOp.WeightGrad(window, groups), dy, x, w);
        });
    return graph.build();
  }

  private static Shape output(Case c) {
    Window window = c.window();
    Shape image = c.image();
    return Shape.of(
        image.dim(0),
        c.number("o"),
        window.outputHeight(image.dim(2)),
        window.outputWidth(image.dim(3)));
  }

  private static double flops(Case c) {
    Window window = c.window();
    return 2.0
        * output(c).count()
        * c.image().dim(1)
        / c.number("groups", 1)
        * window.kernelHeight()
        * window.kernelWidth();
  }

  private static ValueType blocks(Shape shape) {
    ValueType type = new ValueType(shape, DType.FLOAT32);
    return shape.dim(1) % 16 == 0 ? type.withLayout(Layout.CHANNEL_BLOCKS) : type;
  }

  /** Multiply-adds in registers, a millisecond or two at a time. */
  private static final class Peak implements AutoCloseable {
    private static final long ROUNDS = 1 << 19;
    private final long program;
    private final Buffer result = Device.cpu().allocate(64);

    Peak(int isa) {
      long[] handle = new long[1];
      assertEquals(Kernels.PF_OK, Kernels.pf_context_open(1, isa, handle));
      long context = handle[0];
      assertEquals(Kernels.PF_OK, Kernels.pf_program_open(context, handle));
      program = handle[0];
      try (Kernels.Probe probe = new Kernels.Probe()) {
        probe.size(probe.sizeof()).kind(Kernels.PF_PROBE_FMA).chunks(1).count(ROUNDS);
        probe.from(0).to(result.address()).workspace(0);
        assertEquals(Kernels.PF_OK, Kernels.pf_program_probe(program, probe));
      }
    }

    double secondsPerFlop() {
      long start = System.nanoTime();
      Kernels.pf_program_run(program);
      return (System.nanoTime() - start) * 1e-9 / (2.0 * Kernels.PF_PROBE_ROUND * ROUNDS);
    }

    @Override
    public void close() {
      Kernels.pf_program_close(program);
      result.close();
    }
  }
}
