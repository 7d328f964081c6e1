package org.portafilter.io;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/**
 * A tensor as a safetensors file describes it. What its element type means matters only to who
 * reads it, and it may have no elements.
 *
 * @param dtype the format's name of the element type, such as {@code F32}, {@code BF16} or {@code
 *     BOOL}
 * @param shape its sizes, outermost first, each at least 0; none for a single value
 * @param begin where its bytes begin in the file's data part
 * @param end where they end, exclusive
 */
public record StoredTensor(String dtype, List<Long> shape, long begin, long end) {
  /** Copies the shape. */
  public StoredTensor {
    shape = List.copyOf(shape);
  }

  /**
   * The type of a tensor that holds the same bytes; null where there is none: for other element
   * types, no elements, or more than {@value Shape#MAX_RANK} dimensions.
   */
  public @Nullable ValueType type() {
    if (shape.size() > Shape.MAX_RANK || shape.contains(0L)) {
      return null;
    }
    for (DType type : DType.values()) {
      if (type.safetensorsName().equals(dtype)) {
        return new ValueType(Shape.of(dims()), type);
      }
    }
    return null;
  }

  /** Whether it has exactly this shape. */
  public boolean hasShape(Shape other) {
    return Arrays.equals(dims(), other.dims());
  }

  private long[] dims() {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }

  /**
   * Sizes and element type, for example {@code 64x1x5x5 F16}, {@code 0 F32} or {@code scalar I64}.
   */
  @Override
  public String toString() {
    String sizes = shape.stream().map(String::valueOf).collect(Collectors.joining("x"));
    return (sizes.isEmpty() ? "scalar" : sizes) + " " + dtype;
  }
}
