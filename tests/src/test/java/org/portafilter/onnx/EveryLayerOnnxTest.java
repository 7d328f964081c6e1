package org.portafilter.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.device.Device;
import org.portafilter.nn.Concat;
import org.portafilter.nn.Layer;
import org.portafilter.nn.LayerContractTest;
import org.portafilter.nn.Network;
import org.portafilter.nn.Residual;
import org.portafilter.nn.Sequential;
import org.portafilter.plan.Plan;
import org.portafilter.plan.Session;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Draw;

/** Every layer, wherever it stands, as an ONNX file that ONNX Runtime reads and agrees with. */
@Tag("unit")
class EveryLayerOnnxTest {
  /**
   * Operators that ONNX has for doubles and ONNX Runtime 1.29 has for floats only, on CPUs;
   * QuickGelu is what its optimizer makes of a product with a sigmoid, of doubles too.
   */
  private static final Set<String> FLOAT_ONLY =
      Set.of(
          "AveragePool",
          "Conv",
          "ConvTranspose",
          "Elu",
          "Erf",
          "HardSigmoid",
          "QuickGelu",
          "Selu",
          "Softplus");

  private static final Pattern LACKING =
      Pattern.compile("(?:implementation for |kernel for com\\.microsoft\\.)(\\w+)\\(");

  @TempDir Path folder;

  /** Where a layer may stand in a network. */
  enum Place {
    ROOT {
      @Override
      Layer put(Layer layer) {
        return layer;
      }
    },
    NAMED {
      @Override
      Layer put(Layer layer) {
        return new Sequential(List.of())
            .then("Größe ✓/# 2\"", layer)
            .then("output", Sequential.of())
            .then("", Sequential.of());
      }
    },
    /** Its output and its input have several uses. */
    RESIDUAL {
      @Override
      Layer put(Layer layer) {
        return Residual.of(layer, layer);
      }
    },
    NESTED {
      @Override
      Layer put(Layer layer) {
        return Sequential.of(Residual.of(Concat.of(Sequential.of(layer)), Sequential.of(layer)));
      }
    };

    abstract Layer put(Layer layer);
  }

  static Stream<Arguments> layers() {
    return LayerContractTest.layers()
        .flatMap(promise -> Stream.of(Place.values()).map(place -> Arguments.of(promise, place)));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("layers")
  void itRunsAndAgrees(LayerContractTest.Promise promise, Place place) throws Exception {
    for (DType working : List.of(DType.FLOAT32, DType.FLOAT64)) {
      Layer layer = place.put(promise.layer());
      try (Network net = Network.create(layer, promise.input(), Device.cpu(), 3, working)) {
        compare(net, folder.resolve(working + ".onnx"));
      }
    }
  }

  /** Saves it, and compares batches of one and of three. */
  static void compare(Network net, Path file) throws Exception {
    OnnxFile.save(net, file);
    OnnxStructure.check(file);
    DType input = net.preferredInput();
    boolean wide = net.working() == DType.FLOAT64;
    OnnxJavaType output = wide ? OnnxJavaType.DOUBLE : OnnxJavaType.FLOAT;
    try (Ort ort = Ort.open(file)) {
      assertEquals(type(input), ort.input().type);
      assertArrayEquals(dims(-1, net.input()), ort.input().getShape());
      assertEquals(output, ort.output().type);
      assertArrayEquals(dims(-1, net.output()), ort.output().getShape());
      for (int batch : new int[] {1, 3}) {
        double[] values = values(batch * net.input().count(), input);
        Ort.Answer theirs = ort.run(values, dims(batch, net.input()));
        assertArrayEquals(dims(batch, net.output()), theirs.dims());
        assertClose(ours(net, batch, input, values), theirs.values(), wide ? 1e-7 : 1e-4);
      }
    } catch (OrtException e) {
      // The file is valid: OnnxStructure has looked at it, and its FLOAT32 twin runs.
      Matcher lacking = LACKING.matcher(e.getMessage());
      if (!wide || !lacking.find() || !FLOAT_ONLY.contains(lacking.group(1))) {
        throw e;
      }
    }
  }

  private static OnnxJavaType type(DType dtype) {
    return switch (dtype) {
      case UINT8 -> OnnxJavaType.UINT8;
      case FLOAT32 -> OnnxJavaType.FLOAT;
      case FLOAT64 -> OnnxJavaType.DOUBLE;
      default -> throw new AssertionError(dtype.toString());
    };
  }

  private static long[] dims(long batch, Shape one) {
    List<Long> dims = new ArrayList<>(List.of(batch));
    IntStream.range(0, one.rank()).forEach(axis -> dims.add(one.dim(axis)));
    return dims.stream().mapToLong(Long::longValue).toArray();
  }

  private static double[] values(long count, DType input) {
    double[] values = Draw.uniform("x", count);
    for (int i = 0; i < values.length; i++) {
      values[i] = input == DType.UINT8 ? i * 37 % 256 : 3 * values[i];
    }
    return values;
  }

  private static double[] ours(Network net, int batch, DType input, double[] values) {
    Plan plan =
        Plan.compile(net.inferenceGraph(), net.device(), net.spec(net.leaves(batch, input)));
    try (Session session = Session.open(plan, net.state())) {
      ByteBuffer in = session.view(Network.INPUT);
      for (int i = 0; i < values.length; i++) {
        switch (input) {
          case UINT8 -> in.put(i, (byte) (int) values[i]);
          case FLOAT32 -> in.putFloat(4 * i, (float) values[i]);
          default -> in.putDouble(8 * i, values[i]);
        }
      }
      session.run();
      ValueType type = plan.type(Network.OUTPUT);
      ByteBuffer out = session.view(Network.OUTPUT);
      double[] got = new double[Math.toIntExact(type.shape().count())];
      for (int i = 0; i < got.length; i++) {
        got[i] = type.dtype() == DType.FLOAT64 ? out.getDouble(8 * i) : out.getFloat(4 * i);
      }
      return got;
    }
  }

  /** Within a share of the largest value: runtimes sum in orders of their own. */
  private static void assertClose(double[] ours, double[] theirs, double share) {
    assertEquals(theirs.length, ours.length);
    double most = 0;
    for (double value : theirs) {
      most = Math.max(most, Math.abs(value));
    }
    for (int i = 0; i < ours.length; i++) {
      assertEquals(theirs[i], ours[i], share * most, "element " + i);
    }
  }
}
