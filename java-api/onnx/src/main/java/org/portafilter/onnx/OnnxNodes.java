package org.portafilter.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.List;
import org.portafilter.graph.Activation;
import org.portafilter.graph.ActivationOp;
import org.portafilter.graph.AddOp;
import org.portafilter.graph.AveragePoolOp;
import org.portafilter.graph.BatchNormInferenceOp;
import org.portafilter.graph.ClampOp;
import org.portafilter.graph.ConcatOp;
import org.portafilter.graph.ConstantOp;
import org.portafilter.graph.Conv2dOp;
import org.portafilter.graph.ConvTranspose2dOp;
import org.portafilter.graph.ExpandOp;
import org.portafilter.graph.FunctionOp;
import org.portafilter.graph.MatMulOp;
import org.portafilter.graph.MaxPoolOp;
import org.portafilter.graph.MultiplyOp;
import org.portafilter.graph.Node;
import org.portafilter.graph.ReduceOp;
import org.portafilter.graph.RescaleOp;
import org.portafilter.graph.ReshapeOp;
import org.portafilter.graph.SoftmaxOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Window;

/** Ops as ONNX operators, one or a few each. */
final class OnnxNodes {
  private final GraphProto.Builder to;
  private final DType working;

  OnnxNodes(GraphProto.Builder to, DType working) {
    this.to = to;
    this.working = working;
  }

  /** Adds what computes {@code output} from {@code inputs}, the first of which has this type. */
  void add(Node node, String output, List<String> inputs, DType inputType) {
    switch (node.op().name()) {
      case "Rescale" -> rescale((RescaleOp) node.op(), output, inputs.get(0), inputType);
      case "Conv2d" -> convolution((Conv2dOp) node.op(), output, inputs);
      case "ConvTranspose2d" -> transposed((ConvTranspose2dOp) node.op(), output, inputs);
      case "MatMul" -> product((MatMulOp) node.op(), output, inputs);
      case "Function" -> function((FunctionOp) node.op(), output, inputs, node);
      case "Expand" -> expand((ExpandOp) node.op(), output, inputs, node);
      case "Reduce" -> reduce((ReduceOp) node.op(), output, inputs.get(0));
      case "Reshape" -> {
        long[] dims =
            ((ReshapeOp) node.op()).dims().stream().mapToLong(Integer::longValue).toArray();
        put("Reshape", output, List.of(inputs.get(0), longs(output + "/shape", dims)));
      }
      default -> put(single(node, output, inputs));
    }
  }

  /** Ops that are one operator with the same inputs. */
  private NodeProto.Builder single(Node node, String output, List<String> inputs) {
    if (node.op() instanceof ActivationOp op) {
      return operator(activation(op.activation(), node), output, inputs);
    }
    if (node.op() instanceof BatchNormInferenceOp op) {
      return operator("BatchNormalization", output, inputs)
          .addAttribute(number("epsilon", (float) op.epsilon()));
    }
    if (node.op() instanceof MaxPoolOp op) {
      return windowed(operator("MaxPool", output, inputs), op.window(), true);
    }
    if (node.op() instanceof AveragePoolOp op) {
      boolean dilated = op.window().dilationHeight() > 1 || op.window().dilationWidth() > 1;
      if (!dilated) {
        return windowed(operator("AveragePool", output, inputs), op.window(), false)
            .addAttribute(integers("count_include_pad", false, op.countPadding() ? 1 : 0));
      }
    }
    if (node.op() instanceof ConcatOp op) {
      return operator("Concat", output, inputs).addAttribute(integers("axis", false, op.axis()));
    }
    if (node.op() instanceof SoftmaxOp) {
      return operator("Softmax", output, inputs).addAttribute(integers("axis", false, 1));
    }
    if (node.op() instanceof AddOp) {
      return operator("Add", output, inputs);
    }
    if (node.op() instanceof MultiplyOp) {
      return operator("Mul", output, inputs);
    }
    if (node.op() instanceof ClampOp op) {
      String low = scalar(output + "/low", op.low());
      return operator(
          "Clip", output, List.of(inputs.get(0), low, scalar(output + "/high", op.high())));
    }
    throw noForm(node);
  }

  private static PortafilterException noForm(Node node) {
    return new PortafilterException(
        "%s: %s has no ONNX form here; leave it out of the saved network"
            .formatted(node.path(), node.op()));
  }

  private static String activation(Activation activation, Node node) {
    return switch (activation) {
      case RELU -> "Relu";
      case SIGMOID -> "Sigmoid";
      case TANH -> "Tanh";
      case IDENTITY -> throw new PortafilterException(node.path() + ": an activation of nothing");
    };
  }

  private void function(FunctionOp op, String output, List<String> inputs, Node node) {
    String x = inputs.get(0);
    switch (op.function()) {
      case ABS -> put("Abs", output, inputs);
      case SQUARE -> put("Mul", output, List.of(x, x));
      case SQRT -> put("Sqrt", output, inputs);
      case EXP -> put("Exp", output, inputs);
      case LOG -> put("Log", output, inputs);
      case POWER -> put("Pow", output, List.of(x, scalar(output + "/power", op.alpha())));
      case LEAKY_RELU ->
          put(
              operator("LeakyRelu", output, inputs)
                  .addAttribute(number("alpha", (float) op.alpha())));
      case ELU ->
          put(operator("Elu", output, inputs).addAttribute(number("alpha", (float) op.alpha())));
      case SELU -> put("Selu", output, inputs);
      case GELU -> gelu(output, x);
      case SILU -> {
        put("Sigmoid", output + "/sigmoid", inputs);
        put("Mul", output, List.of(x, output + "/sigmoid"));
      }
      case SOFTPLUS -> put("Softplus", output, inputs);
      case HARD_SIGMOID ->
          put(
              operator("HardSigmoid", output, inputs)
                  .addAttribute(number("alpha", 1 / 6f))
                  .addAttribute(number("beta", 0.5f)));
      case HARD_SWISH -> put("HardSwish", output, inputs);
      case HUBER -> throw noForm(node);
    }
  }

  /** {@code x / 2 (1 + erf(x / sqrt(2)))}: opset 17 has no operator for it. */
  private void gelu(String output, String x) {
    put("Mul", output + "/scaled", List.of(x, scalar(output + "/root", Math.sqrt(0.5))));
    put("Erf", output + "/erf", List.of(output + "/scaled"));
    put("Add", output + "/twice", List.of(output + "/erf", scalar(output + "/one", 1)));
    put("Mul", output + "/half", List.of(x, scalar(output + "/factor", 0.5)));
    put("Mul", output, List.of(output + "/half", output + "/twice"));
  }

  private void rescale(RescaleOp op, String output, String input, DType inputType) {
    String floats = input;
    if (inputType != working) {
      floats = output + "/floats";
      put(
          operator("Cast", floats, List.of(input))
              .addAttribute(integers("to", false, OnnxGraph.code(working))));
    }
    put("Mul", output + "/scaled", List.of(floats, scalar(output + "/scale", op.scale())));
    put("Add", output, List.of(output + "/scaled", scalar(output + "/shift", op.shift())));
  }

  private void convolution(Conv2dOp op, String output, List<String> inputs) {
    put(
        windowed(operator("Conv", output, inputs), op.window(), true)
            .addAttribute(integers("group", false, op.groups())));
  }

  private void transposed(ConvTranspose2dOp op, String output, List<String> inputs) {
    put(
        windowed(operator("ConvTranspose", output, inputs), op.window(), true)
            .addAttribute(integers("group", false, op.groups()))
            .addAttribute(
                integers("output_padding", true, op.outputPadding(), op.outputPadding())));
  }

  private void product(MatMulOp op, String output, List<String> inputs) {
    put(
        operator("Gemm", output, inputs)
            .addAttribute(integers("transA", false, op.transposeA() ? 1 : 0))
            .addAttribute(integers("transB", false, op.transposeB() ? 1 : 0)));
  }

  private void reduce(ReduceOp op, String output, String input) {
    long[] axes = op.axes().stream().mapToLong(Integer::longValue).toArray();
    AttributeProto dropped = integers("keepdims", false, 0);
    if (op.kind() == ReduceOp.Kind.MEAN) {
      put(
          operator("ReduceMean", output, List.of(input))
              .addAttribute(integers("axes", true, axes))
              .addAttribute(dropped));
    } else {
      put(
          operator("ReduceSum", output, List.of(input, longs(output + "/axes", axes)))
              .addAttribute(dropped));
    }
  }

  private void expand(ExpandOp op, String output, List<String> inputs, Node node) {
    if (op.kind() != ReduceOp.Kind.SUM) {
      throw noForm(node);
    }
    long[] axes = op.axes().stream().mapToLong(Integer::longValue).toArray();
    String whole = output + "/whole";
    put("Unsqueeze", whole, List.of(inputs.get(0), longs(output + "/axes", axes)));
    put("Shape", output + "/shape", List.of(inputs.get(1)));
    put("Expand", output, List.of(whole, output + "/shape"));
  }

  private static NodeProto.Builder windowed(
      NodeProto.Builder node, Window window, boolean dilations) {
    node.addAttribute(integers("kernel_shape", true, window.kernelHeight(), window.kernelWidth()))
        .addAttribute(integers("strides", true, window.strideHeight(), window.strideWidth()))
        .addAttribute(
            integers(
                "pads",
                true,
                window.padTop(),
                window.padLeft(),
                window.padBottom(),
                window.padRight()));
    return dilations
        ? node.addAttribute(
            integers("dilations", true, window.dilationHeight(), window.dilationWidth()))
        : node;
  }

  private static NodeProto.Builder operator(String type, String output, List<String> inputs) {
    return NodeProto.newBuilder()
        .setOpType(type)
        .setName(output)
        .addAllInput(inputs)
        .addOutput(output);
  }

  private void put(String type, String output, List<String> inputs) {
    put(operator(type, output, inputs));
  }

  private void put(NodeProto.Builder node) {
    to.addNode(node);
  }

  private static AttributeProto number(String name, float value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.FLOAT)
        .setF(value)
        .build();
  }

  private static AttributeProto integers(String name, boolean list, long... values) {
    AttributeProto.Builder attribute = AttributeProto.newBuilder().setName(name);
    if (!list) {
      return attribute.setType(AttributeProto.AttributeType.INT).setI(values[0]).build();
    }
    attribute.setType(AttributeProto.AttributeType.INTS);
    for (long value : values) {
      attribute.addInts(value);
    }
    return attribute.build();
  }

  /** Adds numbers of the graph itself. */
  void constant(String name, ConstantOp op) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(OnnxGraph.code(working));
    op.dims().forEach(tensor::addDims);
    for (double value : op.values()) {
      if (working == DType.FLOAT64) {
        tensor.addDoubleData(value);
      } else {
        tensor.addFloatData((float) value);
      }
    }
    to.addInitializer(tensor);
  }

  /** A constant scalar of the working type; returns its name. */
  private String scalar(String name, double value) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(OnnxGraph.code(working));
    to.addInitializer(
        working == DType.FLOAT64
            ? tensor.addDoubleData(value)
            : tensor.addFloatData((float) value));
    return name;
  }

  /** A constant row of int64; returns its name. */
  private String longs(String name, long... values) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(TensorProto.DataType.INT64_VALUE)
            .addDims(values.length);
    for (long value : values) {
      tensor.addInt64Data(value);
    }
    to.addInitializer(tensor);
    return name;
  }
}
