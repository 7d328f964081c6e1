package org.portafilter.shape;

import java.nio.ByteBuffer;

/**
 * Element types. Networks compute in {@link #FLOAT32}; {@link #FLOAT64} exists for gradient checks.
 */
public enum DType {
  /** IEEE single precision, the working type. */
  FLOAT32(4, "F32"),
  /** IEEE double precision. */
  FLOAT64(8, "F64"),
  /**
   * The upper half of single precision: its range, eight bits of its significand. It exists inside
   * plans whose math allows it; nothing a user holds has this type.
   */
  BFLOAT16(2, "BF16"),
  /** IEEE half precision: eleven bits of significand, up to 65504. Inside plans only, as above. */
  FLOAT16(2, "F16"),
  /** Unsigned bytes, as in images. */
  UINT8(1, "U8"),
  /** Signed 32-bit integers, as in class labels. */
  INT32(4, "I32"),
  /** Signed 64-bit integers, as in counters. */
  INT64(8, "I64");

  private final int bytes;
  private final String safetensorsName;

  DType(int bytes, String safetensorsName) {
    this.bytes = bytes;
    this.safetensorsName = safetensorsName;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** The name of this type in a safetensors file. */
  public String safetensorsName() {
    return safetensorsName;
  }

  /** Whether this is single precision narrowed to half its bytes inside a plan. */
  public boolean isNarrow() {
    return this == BFLOAT16 || this == FLOAT16;
  }

  /** Whether arithmetic and gradients exist for this type. */
  public boolean isFloat() {
    return this == FLOAT32 || this == FLOAT64;
  }

  /**
   * The element at an index of values of this type that lie in {@code from} from its beginning.
   * Bytes are 0 to 255; of {@link #INT64} beyond 2^53 the nearest double.
   *
   * @throws PortafilterException for {@link #BFLOAT16} and {@link #FLOAT16}, which nobody holds
   */
  public double get(ByteBuffer from, int index) {
    return switch (this) {
      case FLOAT32 -> from.getFloat(4 * index);
      case FLOAT64 -> from.getDouble(8 * index);
      case UINT8 -> from.get(index) & 255;
      case INT32 -> from.getInt(4 * index);
      case INT64 -> from.getLong(8 * index);
      case BFLOAT16, FLOAT16 -> throw insidePlansOnly();
    };
  }

  /**
   * Stores the element at an index of values of this type that lie in {@code to} from its
   * beginning: rounded to the nearest, or for integers toward zero.
   *
   * @throws PortafilterException for {@link #BFLOAT16} and {@link #FLOAT16}, which nobody holds
   */
  public void put(ByteBuffer to, int index, double value) {
    switch (this) {
      case FLOAT32 -> to.putFloat(4 * index, (float) value);
      case FLOAT64 -> to.putDouble(8 * index, value);
      case UINT8 -> to.put(index, (byte) (int) value);
      case INT32 -> to.putInt(4 * index, (int) value);
      case INT64 -> to.putLong(8 * index, (long) value);
      case BFLOAT16, FLOAT16 -> throw insidePlansOnly();
    }
  }

  private PortafilterException insidePlansOnly() {
    return new PortafilterException(
        "elements of "
            + this
            + " exist inside plans only, which nobody reads or writes; use FLOAT32");
  }
}
