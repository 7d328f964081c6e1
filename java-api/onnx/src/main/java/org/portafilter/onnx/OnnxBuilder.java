package org.portafilter.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.portafilter.shape.DType;

/** An ONNX graph being written: operators and constants, each under a name of its own. */
final class OnnxBuilder {
  private final GraphProto.Builder to = GraphProto.newBuilder().setName("portafilter");
  private final OnnxNames names = new OnnxNames();
  private final DType working;

  OnnxBuilder(DType working) {
    this.working = working;
  }

  /** The graph so far, to add its inputs and outputs. */
  GraphProto.Builder graph() {
    return to;
  }

  /** The floating type the network computes in. */
  DType working() {
    return working;
  }

  /** A name nothing else has, this one where it is free. */
  String name(String wish) {
    return names.take(wish);
  }

  /** Adds an operator that computes {@code output}, a name that {@link #name} gave. */
  void put(String type, String output, List<String> inputs, AttributeProto... attributes) {
    put(type, List.of(output), inputs, attributes);
  }

  /** Adds an operator of several outputs. */
  void put(String type, List<String> outputs, List<String> inputs, AttributeProto... attributes) {
    to.addNode(
        NodeProto.newBuilder()
            .setOpType(type)
            .setName(outputs.get(0))
            .addAllInput(inputs)
            .addAllOutput(outputs)
            .addAllAttribute(Arrays.asList(attributes)));
  }

  /** Adds an operator whose value is called about so, and returns its name. */
  String value(String wish, String type, List<String> inputs, AttributeProto... attributes) {
    String output = name(wish);
    put(type, output, inputs, attributes);
    return output;
  }

  /** A constant scalar of the working type; returns its name. */
  String scalar(String wish, double value) {
    String name = name(wish);
    numbers(name, List.of(), new double[] {value});
    return name;
  }

  /** A constant row of int64; returns its name. */
  String longs(String wish, long... values) {
    String name = name(wish);
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

  /** Numbers of the working type, row-major, under a name that {@link #name} gave. */
  void numbers(String name, List<Long> dims, double[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(values.length, working.bytes()))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      if (working == DType.FLOAT64) {
        bytes.putDouble(value);
      } else {
        bytes.putFloat((float) value);
      }
    }
    to.addInitializer(
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(code(working))
            .addAllDims(dims)
            .setRawData(ByteString.copyFrom(bytes.flip())));
  }

  /** ONNX's number for an element type. */
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
