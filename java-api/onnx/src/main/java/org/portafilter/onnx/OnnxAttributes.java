package org.portafilter.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;

/** Attributes of ONNX operators. */
final class OnnxAttributes {
  private OnnxAttributes() {}

  /** A number; ONNX keeps single precision. */
  static AttributeProto number(String name, double value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.FLOAT)
        .setF((float) value)
        .build();
  }

  /** A whole number. */
  static AttributeProto integer(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  /** A flag, as ONNX has them: 1 or 0. */
  static AttributeProto flag(String name, boolean value) {
    return integer(name, value ? 1 : 0);
  }

  /** A list of whole numbers. */
  static AttributeProto integers(String name, long... values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
    for (long value : values) {
      attribute.addInts(value);
    }
    return attribute.build();
  }
}
