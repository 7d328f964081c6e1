package org.portafilter.io;

import java.nio.ByteBuffer;
import java.util.Map;
import org.portafilter.shape.DType;

/**
 * Floating-point elements as files store them, in the types that networks compute in. Widening is
 * exact; {@code F64} is narrowed to the nearest, to the even one of two.
 */
final class StoredFloats {
  private static final Map<String, Integer> BYTES = Map.of("F16", 2, "BF16", 2, "F32", 4, "F64", 8);

  /** 2^-24, the smallest positive number of half precision. */
  private static final float LEAST_HALF = 0x1p-24f;

  private StoredFloats() {}

  /** Whether elements of a file's type can be given as this type. */
  static boolean convert(String from, DType to) {
    return BYTES.containsKey(from) && to.isFloat();
  }

  /** Whether a finite element may have no finite one of this type near it. */
  static boolean narrow(String from, DType to) {
    return from.equals("F64") && to == DType.FLOAT32;
  }

  /** Bytes of one element in the file. */
  static int bytes(String from) {
    return BYTES.get(from);
  }

  /**
   * Converts all that remains of {@code in}.
   *
   * @param in little-endian
   * @param out in native order, at its beginning
   * @return how many elements came before the first whose magnitude is too large; all where none is
   */
  static int convert(String from, ByteBuffer in, DType to, ByteBuffer out) {
    int count = in.remaining() / bytes(from);
    for (int i = 0; i < count; i++) {
      if (from.equals("F64")) {
        double value = in.getDouble(8 * i);
        if (to == DType.FLOAT64) {
          out.putDouble(8 * i, value);
        } else {
          out.putFloat(4 * i, (float) value);
          if (Double.isFinite(value) && Float.isInfinite((float) value)) {
            return i;
          }
        }
      } else {
        int bits = singleBits(from, in, i);
        if (to == DType.FLOAT64) {
          out.putDouble(8 * i, Float.intBitsToFloat(bits));
        } else {
          out.putInt(4 * i, bits);
        }
      }
    }
    return count;
  }

  private static int singleBits(String from, ByteBuffer in, int index) {
    return switch (from) {
      case "F16" -> ofHalf(in.getShort(2 * index));
      case "BF16" -> in.getShort(2 * index) << 16;
      default -> in.getInt(4 * index);
    };
  }

  /** The bits, in single precision, of a number in half precision (IEEE 754 binary16). */
  static int ofHalf(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = half >> 10 & 0x1f;
    int fraction = half & 0x3ff;
    if (exponent == 0) {
      return sign | Float.floatToRawIntBits(fraction * LEAST_HALF);
    }
    int wide = exponent == 0x1f ? 0xff : exponent - 15 + 127;
    return sign | wide << 23 | fraction << 13;
  }
}
