package org.portafilter.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.portafilter.graph.Activation;
import org.portafilter.graph.ConvOp;
import org.portafilter.graph.DropoutOp;
import org.portafilter.graph.Function;
import org.portafilter.graph.Graph;
import org.portafilter.graph.NormOp;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.PoolOp;
import org.portafilter.graph.ProductOp;
import org.portafilter.graph.SoftmaxOp;
import org.portafilter.graph.StepScalar;
import org.portafilter.graph.UpdateOp;
import org.portafilter.graph.UpdateRule;
import org.portafilter.graph.Value;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;
import org.portafilter.testkit.Case;

/**
 * An operation of a suite as a graph, with the work it cannot avoid.
 *
 * @param graph inputs and state entries named as in {@code leaves}; results named
 * @param leaves shapes of what it reads
 * @param states the leaves that are state entries
 * @param flops floating-point operations, a multiply-add counts two
 * @param bytes read or written at least once, each tensor counted as often as a pass needs it
 */
record Operation(
    Graph graph, Map<String, ValueType> leaves, List<String> states, double flops, double bytes) {

  static Operation of(Row work) {
    Case c = work.sizes();
    return switch (work.kind()) {
      case "conv" -> conv(c, false);
      case "conv-train" -> conv(c, true);
      case "gemm" -> gemm(c, false);
      case "gemm-prepared" -> gemm(c, true);
      case "norm-relu" -> norm(c, false);
      case "norm-relu-train" -> norm(c, true);
      case "max-pool" -> pool(c, true);
      case "average-pool" -> pool(c, false);
      case "add" -> add(c);
      case "adam" -> adam(c);
      case "gelu" -> function(c, Function.GELU);
      case "silu" -> function(c, Function.SILU);
      case "softmax" -> softmax(c);
      case "dropout" -> dropout(c);
      default -> throw new IllegalArgumentException("unknown kind of case: " + work);
    };
  }

  /** Collects leaves while a graph grows. */
  private static final class Build {
    final Graph.Builder graph = new Graph.Builder();
    final Map<String, ValueType> leaves = new LinkedHashMap<>();
    final List<String> states = new ArrayList<>();

    Value input(String name, Shape shape) {
      leaves.put(name, new ValueType(shape, DType.FLOAT32));
      return graph.input(name);
    }

    Value state(String name, Shape shape) {
      leaves.put(name, new ValueType(shape, DType.FLOAT32));
      states.add(name);
      return graph.state(name);
    }

    Operation done(double flops, double floats) {
      return new Operation(graph.build(), leaves, states, flops, 4 * floats);
    }
  }

  private static Operation conv(Case c, boolean train) {
    Build b = new Build();
    Shape image = c.image();
    Window window = c.window();
    int groups = c.number("groups", 1);
    Shape weights =
        Shape.of(c.number("o"), image.dim(1) / groups, window.kernelHeight(), window.kernelWidth());
    Shape output =
        Shape.of(
            image.dim(0),
            c.number("o"),
            window.outputHeight(image.dim(2)),
            window.outputWidth(image.dim(3)));
    double flops = 2.0 * output.count() * weights.count() / c.number("o");
    double once = image.count() + weights.count() + output.count();
    Value x = b.input("x", image);
    Value w = train ? b.input("w", weights) : b.state("w", weights);
    ConvOp.Forward forward = new ConvOp.Forward(window, groups, false, Activation.IDENTITY);
    b.graph.name("y", b.graph.add("conv", forward, x, w));
    if (!train) {
      return b.done(flops, once);
    }
    Value dy = b.input("dy", output);
    b.graph.name("dx", b.graph.add("data", new ConvOp.DataGrad(window, groups), dy, w, x));
    b.graph.name("dw", b.graph.add("weights", new ConvOp.WeightGrad(window, groups), dy, x, w));
    return b.done(3 * flops, 3 * once);
  }

  /** A product; prepared, its right side is state, as a layer's weights are. */
  private static Operation gemm(Case c, boolean prepared) {
    Build b = new Build();
    long m = c.number("m");
    long n = c.number("n");
    long k = c.number("k");
    ProductOp.MatMul product = new ProductOp.MatMul(false, true, false, Activation.IDENTITY);
    Value a = b.input("a", Shape.of(m, k));
    Value right = prepared ? b.state("b", Shape.of(n, k)) : b.input("b", Shape.of(n, k));
    b.graph.name("y", b.graph.add("product", product, a, right));
    return b.done(2.0 * m * n * k, (double) m * k + n * k + m * n);
  }

  /** Passes forward: statistics read x, the second reads it again and writes y. */
  private static Operation norm(Case c, boolean train) {
    Build b = new Build();
    Shape channels = Shape.of(c.number("c"));
    double count = c.image().count();
    Value x = b.input("x", c.image());
    Value gamma = b.input("gamma", channels);
    Value y =
        b.graph.add(
            "norm",
            new NormOp.Training(1e-5, 0.1),
            x,
            gamma,
            b.input("beta", channels),
            b.input("running_mean", channels),
            b.input("running_variance", channels));
    Value out = b.graph.add("relu", new PointwiseOp.Activate(Activation.RELU), y);
    b.graph.name("y", out);
    if (!train) {
      return b.done(0, 3 * count);
    }
    Value dy = b.input("dy", c.image());
    Value masked = b.graph.add("drelu", new PointwiseOp.ActivationGrad(Activation.RELU), dy, out);
    Value dx =
        b.graph.add(
            "dnorm",
            new NormOp.Grad(Activation.IDENTITY, false),
            masked,
            x,
            gamma,
            new Value(y.node(), 3),
            new Value(y.node(), 4));
    b.graph.name("dx", dx);
    // Backward: the sums read dy and y, the second pass reads dy, y (or x) and writes dx.
    return b.done(0, 8 * count);
  }

  private static Operation pool(Case c, boolean max) {
    Build b = new Build();
    Value x = b.input("x", c.image());
    Window window = c.window();
    Value y =
        max
            ? b.graph.add("pool", new PoolOp.Max(window), x)
            : b.graph.add("pool", new PoolOp.Average(window, false), x);
    b.graph.name("y", y);
    Shape image = c.image();
    double out =
        (double) image.dim(0)
            * image.dim(1)
            * window.outputHeight(image.dim(2))
            * window.outputWidth(image.dim(3));
    return b.done(0, image.count() + out);
  }

  private static Operation add(Case c) {
    Build b = new Build();
    Shape shape = Shape.of(c.number("n"));
    b.graph.name(
        "y", b.graph.add("add", new PointwiseOp.Add(), b.input("a", shape), b.input("b", shape)));
    return b.done(0, 3.0 * shape.count());
  }

  /** Reads parameter, gradient and both moments, writes parameter and moments. */
  private static Operation adam(Case c) {
    Build b = new Build();
    Shape shape = Shape.of(c.number("n"));
    Value updated =
        b.graph.add(
            "adam",
            new UpdateOp.Step(UpdateRule.ADAM, 0.9, 0.999, 1e-8, 0, 0),
            b.state("w", shape),
            b.input("g", shape),
            b.graph.scalar(StepScalar.LEARNING_RATE),
            b.graph.scalar(StepScalar.STEP),
            b.state("m", shape),
            b.state("v", shape));
    b.graph.update("w", updated);
    b.graph.update("m", new Value(updated.node(), 1));
    b.graph.update("v", new Value(updated.node(), 2));
    b.graph.name("y", updated);
    return b.done(0, 7.0 * shape.count());
  }

  private static Operation function(Case c, Function function) {
    Build b = new Build();
    Shape shape = Shape.of(c.number("n"));
    b.graph.name(
        "y", b.graph.add("function", new PointwiseOp.Apply(function), b.input("x", shape)));
    return b.done(0, 2.0 * shape.count());
  }

  private static Operation softmax(Case c) {
    Build b = new Build();
    Shape shape = Shape.of(c.number("n"), c.number("c"));
    b.graph.name("y", b.graph.add("softmax", new SoftmaxOp.Forward(), b.input("x", shape)));
    return b.done(0, 2.0 * shape.count());
  }

  private static Operation dropout(Case c) {
    Build b = new Build();
    Shape shape = Shape.of(c.number("n"));
    b.graph.name(
        "y",
        b.graph.add(
            "dropout",
            new DropoutOp(0.5, 1),
            b.input("x", shape),
            b.graph.scalar(StepScalar.SEED),
            b.graph.scalar(StepScalar.STEP)));
    return b.done(0, 2.0 * shape.count());
  }
}
