package org.portafilter.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.portafilter.graph.ConstantOp;
import org.portafilter.graph.Graph;
import org.portafilter.graph.InputOp;
import org.portafilter.graph.Node;
import org.portafilter.graph.ScalarOp;
import org.portafilter.graph.StateOp;
import org.portafilter.graph.Value;
import org.portafilter.nn.Network;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.tensor.Tensor;

/** The model of a network: its inference graph, its state as initializers. */
final class OnnxGraph {
  private static final int IR_VERSION = 8;

  private final Network net;
  private final Graph graph;
  private final GraphProto.Builder to = GraphProto.newBuilder();

  private OnnxGraph(Network net) {
    this.net = net;
    this.graph = net.inferenceGraph();
  }

  static ModelProto of(Network net) {
    return new OnnxGraph(net).model();
  }

  private ModelProto model() {
    to.setName("portafilter");
    OnnxNodes nodes = new OnnxNodes(to, net.working());
    for (int i = 0; i < graph.nodes().size(); i++) {
      Node node = graph.nodes().get(i);
      String name = name(new Value(i, 0));
      if (node.op() instanceof InputOp) {
        to.addInput(describe(name, net.preferredInput(), net.input()));
      } else if (node.op() instanceof StateOp) {
        to.addInitializer(initializer(name, net.state().get(node.path())));
      } else if (node.op() instanceof ConstantOp constant) {
        nodes.constant(name, constant);
      } else if (!(node.op() instanceof ScalarOp)) {
        List<String> inputs = node.inputs().stream().map(this::name).toList();
        nodes.add(node, name, inputs, inputType(node));
      }
    }
    to.addOutput(describe(Network.OUTPUT, net.working(), net.output()));
    return ModelProto.newBuilder()
        .setIrVersion(IR_VERSION)
        .setProducerName("portafilter")
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OnnxFile.OPSET))
        .setGraph(to)
        .build();
  }

  private DType inputType(Node node) {
    Node first = graph.node(node.inputs().get(0));
    return first.op() instanceof InputOp ? net.preferredInput() : net.working();
  }

  /** A value's name: the path of its node, or the output's own. */
  private String name(Value value) {
    return value.equals(graph.output(Network.OUTPUT))
        ? Network.OUTPUT
        : graph.node(value).path() + (value.output() == 0 ? "" : ":" + value.output());
  }

  private static ValueInfoProto describe(String name, DType dtype, Shape one) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("N"));
    for (int i = 0; i < one.rank(); i++) {
      shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(one.dim(i)));
    }
    TypeProto.Tensor tensor =
        TypeProto.Tensor.newBuilder().setElemType(code(dtype)).setShape(shape).build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }

  private static TensorProto initializer(String name, Tensor tensor) {
    TensorProto.Builder proto =
        TensorProto.newBuilder().setName(name).setDataType(code(tensor.dtype()));
    for (int i = 0; i < tensor.shape().rank(); i++) {
      proto.addDims(tensor.shape().dim(i));
    }
    double[] values = tensor.doubles();
    boolean wide = tensor.dtype() == DType.FLOAT64;
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * (wide ? 8 : 4)).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      if (wide) {
        bytes.putDouble(value);
      } else {
        bytes.putFloat((float) value);
      }
    }
    return proto.setRawData(ByteString.copyFrom(bytes.flip())).build();
  }

  static int code(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> TensorProto.DataType.FLOAT_VALUE;
      case FLOAT64 -> TensorProto.DataType.DOUBLE_VALUE;
      case UINT8 -> TensorProto.DataType.UINT8_VALUE;
      case INT32 -> TensorProto.DataType.INT32_VALUE;
      case INT64 -> TensorProto.DataType.INT64_VALUE;
      case BFLOAT16 -> TensorProto.DataType.BFLOAT16_VALUE;
      case FLOAT16 -> TensorProto.DataType.FLOAT16_VALUE;
    };
  }
}
