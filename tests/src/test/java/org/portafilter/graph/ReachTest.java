package org.portafilter.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.graph.Reach.Link;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;
import org.portafilter.tensor.Philox;
import org.portafilter.testkit.OpRunner;
import org.portafilter.testkit.OpRunner.Input;
import org.portafilter.testkit.TestDevice;

/** A place of an output changes only with places of an input that its op says it reads. */
@Tag("unit")
class ReachTest {
  private static final DType REAL = DType.FLOAT64;
  private static final int TRIES = 12;

  private record Case(Op op, List<Input> inputs) {
    @Override
    public String toString() {
      return op.describe() + " " + inputs.stream().map(i -> i.type().toString()).toList();
    }
  }

  private static Input real(long... dims) {
    Shape shape = Shape.of(dims);
    Philox random = new Philox(1, Philox.streamOf(shape.toString()));
    double[] values = new double[(int) shape.count()];
    Arrays.setAll(values, i -> random.uniform(0.2, 1.8));
    return new Input(new ValueType(shape, REAL), values);
  }

  private static Input labels(int... values) {
    double[] doubles = Arrays.stream(values).asDoubleStream().toArray();
    return new Input(new ValueType(Shape.of(values.length), DType.INT32), doubles);
  }

  private static Case of(Op op, Input... inputs) {
    return new Case(op, List.of(inputs));
  }

  private static Input image() {
    return real(2, 4, 5, 6);
  }

  static Stream<Case> cases() {
    return Stream.of(sums(), elementwise(), images(), rows()).flatMap(s -> s);
  }

  private static Stream<Case> sums() {
    Window window = new Window(3, 2, 2, 1, 1, 0, 1, 1, 1, 2);
    Activation none = Activation.IDENTITY;
    Input dy = real(2, 4, 3, 5);
    return Stream.of(
        of(new ConvOp.Forward(window, 1, true, none), image(), real(3, 4, 3, 2), real(3)),
        of(new ConvOp.Forward(window, 2, false, none), image(), real(6, 2, 3, 2)),
        of(new ConvOp.Forward(window, 4, false, none), image(), real(4, 1, 3, 2)),
        of(new ConvOp.Forward(window, 4, false, none), image(), real(8, 1, 3, 2)),
        of(
            new ConvOp.Forward(Window.of(3).withPadding(1), 1, false, none, true),
            image(),
            real(3, 4, 3, 3),
            real(2, 3, 5, 6)),
        of(new ConvOp.DataGrad(window, 4), dy, real(4, 1, 3, 2), image()),
        of(new ConvOp.DataGrad(window, 1), dy, real(4, 4, 3, 2), image()),
        of(new ConvOp.WeightGrad(window, 1), dy, image(), real(4, 4, 3, 2)),
        of(new ConvOp.WeightGrad(window, 2), dy, image(), real(4, 2, 3, 2)),
        of(new ConvOp.Transposed(Window.of(3).withStride(2), 1, 1), image(), real(4, 3, 3, 3)),
        of(new ConvOp.Transposed(Window.of(3), 4, 0), image(), real(4, 1, 3, 3)),
        of(
            new ConvOp.FoldNorm(1e-3, true),
            real(4, 2, 3, 3),
            real(4),
            real(4),
            real(4),
            real(4),
            real(4)),
        of(new ProductOp.MatMul(false, true, true, none), real(3, 5), real(4, 5), real(4)),
        of(new ProductOp.MatMul(true, false, false, none), real(5, 3), real(5, 4)));
  }

  private static Stream<Case> elementwise() {
    Input x = real(3, 4, 2, 2);
    Input y = real(3, 4, 2, 2);
    List<Case> cases = new ArrayList<>();
    cases.add(of(new PointwiseOp.Add(), x, y));
    cases.add(of(new PointwiseOp.Multiply(), x, y));
    cases.add(of(new PointwiseOp.Weigh(), x, y));
    cases.add(of(new PointwiseOp.Rescale(2, 1), x));
    cases.add(of(new PointwiseOp.Clamp(0.5, 1), x));
    cases.add(of(new PointwiseOp.ClampGrad(0.5, 1), x, y));
    cases.add(of(new PointwiseOp.Activate(Activation.TANH), x));
    cases.add(of(new PointwiseOp.ActivationGrad(Activation.SIGMOID), x, y));
    cases.add(of(new PointwiseOp.Apply(Function.GELU, 0), x));
    cases.add(of(new PointwiseOp.FunctionGrad(Function.SILU, 0), x, y));
    cases.add(of(new PointwiseOp.ClipNorm(0.5), x, real(1)));
    cases.add(of(new PointwiseOp.RequireFinite(), x));
    cases.add(of(new PointwiseOp.Unscale(), x, real()));
    cases.add(of(new UpdateOp.Step(UpdateRule.MOMENTUM, 0.9, 0, 0, 0, 0), x, y, real(), step(), x));
    cases.add(of(new UpdateOp.TrustRatio(1), x, y, real(), real(1), real(1)));
    return cases.stream();
  }

  private static Input step() {
    return new Input(new ValueType(Shape.of(), DType.INT64), new double[] {3});
  }

  private static Stream<Case> images() {
    Window window = new Window(3, 2, 2, 1, 1, 0, 1, 1, 1, 2);
    Input channels = real(4);
    Activation none = Activation.IDENTITY;
    return Stream.of(
        of(new PoolOp.Max(window), image()),
        of(new PoolOp.Average(window, false), image()),
        of(new PoolOp.AverageGrad(window, true), real(2, 4, 3, 5), image()),
        of(new NormOp.Training(1e-3, 0.1), image(), channels, channels, channels, channels),
        of(new NormOp.Inference(1e-3), image(), channels, channels, channels, channels),
        of(new NormOp.Grad(none, false), image(), image(), channels, channels, channels),
        of(new ReduceOp.Reduce(ReduceOp.Kind.MEAN, List.of(0, 2, 3)), image()),
        of(new ReduceOp.Reduce(ReduceOp.Kind.SUM, List.of(1)), image()),
        of(new ReduceOp.Expand(ReduceOp.Kind.SUM, List.of(2, 3)), real(2, 4), image()),
        of(new ReduceOp.EuclideanNorm(), image()),
        of(new MoveOp.Concat(1), image(), real(2, 2, 5, 6), image()),
        of(new MoveOp.Split(1), image(), real(2, 1, 5, 6), real(2, 3, 5, 6)));
  }

  private static Stream<Case> rows() {
    Input scores = real(4, 3);
    Input classes = labels(0, 2, 1, 1);
    return Stream.of(
        of(new SoftmaxOp.Forward(), scores),
        of(new SoftmaxOp.Grad(), scores, scores),
        of(new SoftmaxOp.Log(), scores),
        of(new SoftmaxOp.LogGrad(), scores, scores),
        of(new SoftmaxOp.CrossEntropy(), scores, classes),
        of(new SoftmaxOp.CrossEntropyGrad(), real(), scores, classes),
        of(new SoftmaxOp.TopCount(1), scores, classes));
  }

  /** Where a value's elements lie along its axes. */
  private static long[] places(Shape shape, int element) {
    long[] places = new long[shape.rank()];
    long left = element;
    for (int axis = shape.rank() - 1; axis >= 0; axis--) {
      places[axis] = left % shape.dim(axis);
      left /= shape.dim(axis);
    }
    return places;
  }

  private static boolean reads(Reach reach, long[] from, long[] place) {
    for (int axis = 0; axis < from.length; axis++) {
      Link link = reach.link(axis);
      if (link != null) {
        long first = link.first() + link.step() * from[axis];
        long at = place[link.axis()];
        if (at < first || at >= first + link.extent()) {
          return false;
        }
      }
    }
    return true;
  }

  private static List<Input> changed(List<Input> inputs, int input, int element) {
    List<Input> others = new ArrayList<>(inputs);
    double[] values = inputs.get(input).values().clone();
    values[element] = values[element] * 3 + 2;
    others.set(input, new Input(inputs.get(input).type(), values));
    return others;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void placesChangeWithWhatTheyRead(Case c) {
    OpRunner runner = new OpRunner(TestDevice.get());
    List<ValueType> types = c.inputs.stream().map(Input::type).toList();
    List<ValueType> outputs = c.op.infer(new Signature("test", c.op.name(), types, REAL));
    List<double[]> before = runner.run(c.op, REAL, c.inputs.toArray(new Input[0]));
    Philox random = new Philox(7, 7);
    int moved = 0;
    for (int input = 0; input < types.size(); input++) {
      int count = (int) types.get(input).shape().count();
      for (int t = 0; t < TRIES && types.get(input).dtype() == REAL; t++) {
        int element = random.nextInt(count);
        Input[] other = changed(c.inputs, input, element).toArray(new Input[0]);
        List<double[]> after = runner.run(c.op, REAL, other);
        for (int output = 0; output < before.size(); output++) {
          Reach reach = c.op.reach(output, input, types);
          for (int i = 0; i < before.get(output).length; i++) {
            if (before.get(output)[i] != after.get(output)[i]) {
              moved++;
              long[] from = places(outputs.get(output).shape(), i);
              long[] place = places(types.get(input).shape(), element);
              assertTrue(
                  reads(reach, from, place),
                  "output %s %s changed with input %s %s, against %s"
                      .formatted(
                          output, Arrays.toString(from), input, Arrays.toString(place), reach));
            }
          }
        }
      }
    }
    assertTrue(moved > 0, "nothing ever changed of " + c);
  }

  /** An op in no case would answer unseen; leaves and shapes alone read nothing. */
  @Test
  void everyOpThatComputesIsTried() {
    Set<String> tried = new TreeSet<>();
    cases().forEach(c -> tried.add(c.op.name()));
    Set<String> all = new TreeSet<>(Families.byName().keySet());
    all.removeAll(Set.of("Input", "State", "Scalar", "Constant", "Reshape", "ReshapeLike"));
    // Dropout's mask hangs on the place, a reorder's layout on the device, a label on no score, and
    // a pool's switches are what its gradient follows.
    all.removeAll(Set.of("Dropout", "Reorder", "OneHot", "MaxPoolGrad"));
    assertEquals(all, tried);
  }

  @Test
  void windowsAndChannelsAreExact() {
    ValueType x = new ValueType(Shape.of(2, 8, 9, 9), REAL);
    ValueType w = new ValueType(Shape.of(8, 1, 3, 3), REAL);
    Window window = Window.of(3).withStride(2).withPadding(1);
    Reach reach =
        new ConvOp.Forward(window, 8, false, Activation.IDENTITY).reach(0, 0, List.of(x, w));
    assertEquals(
        Reach.of(Link.same(0), Link.same(1), new Link(2, 2, -1, 3), new Link(3, 2, -1, 3)), reach);
    assertTrue(reach.keeps(0) && reach.carries(1) && !reach.carries(2));
    Reach second = new MoveOp.Concat(1).reach(0, 1, List.of(x, x));
    assertEquals(new Link(1, 1, -8, 1), second.link(1));
    assertTrue(second.carries(1) && !second.keeps(1) && second.keeps(0));
  }
}
