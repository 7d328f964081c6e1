package org.portafilter.shape;

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
}
