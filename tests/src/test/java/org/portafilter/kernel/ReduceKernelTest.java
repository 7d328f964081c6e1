package org.portafilter.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.graph.MoveOp;
import org.portafilter.graph.ReduceOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Case;
import org.portafilter.testkit.Case.Variant;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.MathOracle;
import org.portafilter.testkit.OpRunner;
import org.portafilter.testkit.OpRunner.Input;
import org.portafilter.testkit.TestDevice;
import org.portafilter.testkit.Tolerance;

@KernelTest
class ReduceKernelTest {
  private final OpRunner plain = new OpRunner(TestDevice.get());

  static Stream<Variant> cases() {
    return Case.family("reduce").stream()
        .flatMap(c -> c.variants(c.numbers("dims").length == 4 ? c.numbers("dims")[1] : 0));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void sumsAndTheirAdjointsEqualTheOracle(Variant variant) {
    Case c = variant.work();
    DType dtype = variant.dtype();
    OpRunner runner = new OpRunner(TestDevice.get(), variant.layout());
    int[] dims = c.numbers("dims");
    boolean[] reduced = new boolean[dims.length];
    List<Integer> axes = new ArrayList<>();
    long cells = 1;
    for (int axis : c.numbers("axes")) {
      reduced[axis] = true;
      axes.add(axis);
      cells *= dims[axis];
    }
    Shape shape = Shape.of(Arrays.stream(dims).asLongStream().toArray());
    double[] x = Draw.uniform("x" + c, shape.count());
    double[] sum = MathOracle.sum(x, dims, reduced);
    double[] magnitude = MathOracle.sum(Draw.absolute(x), dims, reduced);
    Input input = new Input(new ValueType(shape, dtype), x);
    double[] got = runner.run(new ReduceOp.Reduce(ReduceOp.Kind.SUM, axes), dtype, input).get(0);
    Tolerance.PRODUCTS.check("sum " + c, dtype, sum, got, magnitude);

    ReduceOp.Expand expand = new ReduceOp.Expand(ReduceOp.Kind.MEAN, axes);
    Shape kept = Shape.of(keptDims(dims, reduced));
    double[] dy = Draw.uniform("dy" + c, kept.count());
    double[] expected = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      expected[i] = dy[MathOracle.keptIndex(i, dims, reduced)] / cells;
    }
    double[] dx =
        runner.run(expand, dtype, new Input(new ValueType(kept, dtype), dy), input).get(0);
    Tolerance.ROUNDING.check("expand " + c, dtype, expected, dx);
  }

  private static long[] keptDims(int[] dims, boolean[] reduced) {
    List<Long> kept = new ArrayList<>();
    for (int i = 0; i < dims.length; i++) {
      if (!reduced[i]) {
        kept.add((long) dims[i]);
      }
    }
    return kept.stream().mapToLong(Long::longValue).toArray();
  }

  @Test
  void splitUndoesConcat() {
    DType dtype = DType.FLOAT32;
    Input[] parts = new Input[3];
    for (int i = 0; i < parts.length; i++) {
      Shape shape = Shape.of(2, 3 + i, 5);
      parts[i] = new Input(new ValueType(shape, dtype), Draw.uniform("part" + i, shape.count()));
    }
    double[] whole = plain.run(new MoveOp.Concat(1), dtype, parts).get(0);
    assertArrayEquals(Arrays.copyOf(parts[0].values(), 15), Arrays.copyOf(whole, 15));
    Input joined = new Input(new ValueType(Shape.of(2, 12, 5), dtype), whole);
    List<double[]> pieces =
        plain.run(new MoveOp.Split(1), dtype, joined, parts[0], parts[1], parts[2]);
    for (int i = 0; i < parts.length; i++) {
      assertArrayEquals(parts[i].values(), pieces.get(i));
    }
  }
}
