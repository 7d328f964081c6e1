package org.portafilter.onnx;

import static org.portafilter.onnx.OnnxAttributes.flag;
import static org.portafilter.onnx.OnnxAttributes.integer;
import static org.portafilter.onnx.OnnxAttributes.integers;
import static org.portafilter.onnx.OnnxAttributes.number;

import java.util.List;
import org.portafilter.graph.Activation;
import org.portafilter.graph.ConvOp;
import org.portafilter.graph.LeafOp;
import org.portafilter.graph.MoveOp;
import org.portafilter.graph.NormOp;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.PoolOp;
import org.portafilter.graph.ProductOp;
import org.portafilter.graph.ReduceOp;
import org.portafilter.shape.Shape;

/** Ops as ONNX operators, one or a few each. */
final class OnnxNodes {
  private final OnnxBuilder to;
  private final OnnxFunctions functions;
  private final OnnxWindows windows;

  OnnxNodes(OnnxBuilder to) {
    this.to = to;
    this.functions = new OnnxFunctions(to);
    this.windows = new OnnxWindows(to);
  }

  /**
   * Adds what computes a node's outputs from its inputs.
   *
   * @throws org.portafilter.shape.PortafilterException when its op has no ONNX form here
   */
  void add(OnnxNode node) {
    switch (node.op().name()) {
      case "Activation" -> activation(((PointwiseOp.Activate) node.op()).activation(), node);
      case "Add" -> to.put("Add", node.y(), node.inputs());
      case "AveragePool" -> windows.average((PoolOp.Average) node.op(), node);
      case "BatchNormInference" -> batchNorm((NormOp.Inference) node.op(), node);
      case "Clamp" -> clamp((PointwiseOp.Clamp) node.op(), node);
      case "Concat" ->
          to.put(
              "Concat",
              node.y(),
              node.inputs(),
              integer("axis", ((MoveOp.Concat) node.op()).axis()));
      case "Constant" -> constant((LeafOp.Constant) node.op(), node);
      case "Conv2d" -> convolution((ConvOp.Forward) node.op(), node);
      case "ConvTranspose2d" -> windows.transposed((ConvOp.Transposed) node.op(), node);
      case "Expand" -> expand((ReduceOp.Expand) node.op(), node);
      case "Function" -> functions.add((PointwiseOp.Apply) node.op(), node.y(), node.x());
      case "LogSoftmax" -> to.put("LogSoftmax", node.y(), node.inputs(), integer("axis", 1));
      case "MatMul" -> product((ProductOp.MatMul) node.op(), node);
      case "MaxPool" -> windows.max((PoolOp.Max) node.op(), node);
      case "Multiply" -> to.put("Mul", node.y(), node.inputs());
      case "Norm" -> norm(node);
      case "Reduce" -> reduce((ReduceOp.Reduce) node.op(), node);
      case "Rescale" -> rescale((PointwiseOp.Rescale) node.op(), node);
      case "Reshape" -> reshape((MoveOp.Reshape) node.op(), node);
      case "ReshapeLike" -> to.put("Reshape", node.y(), List.of(node.x(), shapeOf(node)));
      case "Softmax" -> to.put("Softmax", node.y(), node.inputs(), integer("axis", 1));
      case "Split" -> split((MoveOp.Split) node.op(), node);
      default -> throw node.noForm("");
    }
  }

  private void activation(Activation activation, OnnxNode node) {
    to.put(OnnxFunctions.operator(activation), node.y(), List.of(node.x()));
  }

  /** Where the first of a node's own operators puts its value: at once, or before what follows. */
  private String before(Activation activation, boolean residual, OnnxNode node) {
    boolean last = activation == Activation.IDENTITY && !residual;
    return last ? node.y() : to.name(node.y() + "/alone");
  }

  /** The residual sum and the activation of an op that ends with them. */
  private void end(String alone, Activation activation, boolean residual, OnnxNode node) {
    String sum = alone;
    if (residual) {
      String other = node.inputs().get(node.inputs().size() - 1);
      sum = activation == Activation.IDENTITY ? node.y() : to.name(node.y() + "/sum");
      to.put("Add", sum, List.of(alone, other));
    }
    if (activation != Activation.IDENTITY) {
      to.put(OnnxFunctions.operator(activation), node.y(), List.of(sum));
    }
  }

  private void batchNorm(NormOp.Inference op, OnnxNode node) {
    String alone = before(op.activation(), op.residual(), node);
    List<String> five = node.inputs().subList(0, 5);
    to.put("BatchNormalization", alone, five, number("epsilon", op.epsilon()));
    end(alone, op.activation(), op.residual(), node);
  }

  private void convolution(ConvOp.Forward op, OnnxNode node) {
    String alone = before(op.activation(), op.residual(), node);
    windows.convolution(op, alone, node.inputs().subList(0, op.bias() ? 3 : 2));
    end(alone, op.activation(), op.residual(), node);
  }

  private void product(ProductOp.MatMul op, OnnxNode node) {
    String alone = before(op.activation(), false, node);
    to.put(
        "Gemm",
        alone,
        node.inputs(),
        flag("transA", op.transposeA()),
        flag("transB", op.transposeB()));
    end(alone, op.activation(), false, node);
  }

  private void clamp(PointwiseOp.Clamp op, OnnxNode node) {
    String low = to.scalar(node.y() + "/low", op.low());
    String high = to.scalar(node.y() + "/high", op.high());
    to.put("Clip", node.y(), List.of(node.x(), low, high));
  }

  private void constant(LeafOp.Constant op, OnnxNode node) {
    double[] values = op.values().stream().mapToDouble(Double::doubleValue).toArray();
    to.numbers(node.y(), op.dims().stream().map(Integer::longValue).toList(), values);
  }

  private void rescale(PointwiseOp.Rescale op, OnnxNode node) {
    String y = node.y();
    String floats = node.x();
    if (node.inputTypes().get(0).dtype() != to.working()) {
      int type = OnnxBuilder.code(to.working());
      floats = to.value(y + "/floats", "Cast", List.of(floats), integer("to", type));
    }
    String scale = to.scalar(y + "/scale", op.scale());
    String scaled = to.value(y + "/scaled", "Mul", List.of(floats, scale));
    to.put("Add", y, List.of(scaled, to.scalar(y + "/shift", op.shift())));
  }

  private void reshape(MoveOp.Reshape op, OnnxNode node) {
    long[] dims = op.dims().stream().mapToLong(Integer::longValue).toArray();
    to.put("Reshape", node.y(), List.of(node.x(), to.longs(node.y() + "/shape", dims)));
  }

  private void norm(OnnxNode node) {
    String row =
        to.value(node.y() + "/row", "Reshape", List.of(node.x(), to.longs(node.y() + "/all", -1)));
    to.put("ReduceL2", node.y(), List.of(row), integers("axes", 0), flag("keepdims", true));
  }

  private void reduce(ReduceOp.Reduce op, OnnxNode node) {
    long[] axes = axes(op.axes());
    if (op.kind() == ReduceOp.Kind.MEAN) {
      to.put(
          "ReduceMean",
          node.y(),
          List.of(node.x()),
          integers("axes", axes),
          flag("keepdims", false));
    } else {
      List<String> inputs = List.of(node.x(), to.longs(node.y() + "/axes", axes));
      to.put("ReduceSum", node.y(), inputs, flag("keepdims", false));
    }
  }

  private void expand(ReduceOp.Expand op, OnnxNode node) {
    String y = node.y();
    List<String> inputs = List.of(node.x(), to.longs(y + "/axes", axes(op.axes())));
    String whole = to.value(y + "/whole", "Unsqueeze", inputs);
    String shape = shapeOf(node);
    if (op.kind() == ReduceOp.Kind.SUM) {
      to.put("Expand", y, List.of(whole, shape));
      return;
    }
    // The share of each element: the batch, which may be among the axes, is known at run time only.
    List<String> taken = List.of(shape, to.longs(y + "/which", axes(op.axes())));
    String sizes = to.value(y + "/sizes", "Gather", taken, integer("axis", 0));
    String count =
        to.value(
            y + "/count",
            "ReduceProd",
            List.of(sizes),
            integers("axes", 0),
            flag("keepdims", false));
    int type = OnnxBuilder.code(to.working());
    String divisor = to.value(y + "/divisor", "Cast", List.of(count), integer("to", type));
    String share = to.value(y + "/share", "Div", List.of(whole, divisor));
    to.put("Expand", y, List.of(share, shape));
  }

  /** The name of the second input's shape, as a run has it. */
  private String shapeOf(OnnxNode node) {
    return to.value(node.y() + "/shape", "Shape", List.of(node.inputs().get(1)));
  }

  private void split(MoveOp.Split op, OnnxNode node) {
    if (op.axis() == 0) {
      throw node.noForm("where it cuts the batch");
    }
    long[] sizes = new long[node.outputs().size()];
    for (int i = 0; i < sizes.length; i++) {
      Shape piece = node.outputTypes().get(i).shape();
      sizes[i] = piece.dim(op.axis());
    }
    List<String> inputs = List.of(node.x(), to.longs(node.y() + "/sizes", sizes));
    to.put("Split", node.outputs(), inputs, integer("axis", op.axis()));
  }

  private static long[] axes(List<Integer> axes) {
    return axes.stream().mapToLong(Integer::longValue).toArray();
  }
}
