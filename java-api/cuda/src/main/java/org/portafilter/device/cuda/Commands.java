package org.portafilter.device.cuda;

import java.util.List;
import org.portafilter.shape.DType;

/** Appends the commands of one node to a program. */
final class Commands {
  /** Threads of a block; the kernels are written for so many. */
  static final int THREADS = 256;

  /** Threads along the contiguous direction where a block sums columns. */
  static final int LANES = 32;

  private static final long PACK_BYTES = 16;

  private final CudaProgram program;
  private final String path;

  Commands(CudaProgram program, String path) {
    this.program = program;
    this.path = path;
  }

  /** The parameters of the next kernel, its first fields filled. */
  Params params(String struct) {
    return Params.of(struct)
        .set("status", program.statusAddress())
        .set("command", (long) program.size());
  }

  /** A kernel with a thread per element. */
  void elements(String kernel, DType dtype, long count, Params params) {
    blocks(kernel, dtype, ceil(count, THREADS), 1, 1, params);
  }

  /** A kernel with a thread per sixteen bytes of the elements. */
  void packs(String kernel, DType dtype, long count, Params params) {
    blocks(kernel, dtype, ceil(count * dtype.bytes(), THREADS * PACK_BYTES), 1, 1, params);
  }

  /** A kernel with this grid of blocks. */
  void blocks(String kernel, DType dtype, long x, long y, long z, Params params) {
    Driver.Launch launch =
        new Driver.Launch(
            kernel + suffix(dtype),
            Math.toIntExact(x),
            Math.toIntExact(y),
            Math.toIntExact(z),
            params.bytes());
    program.append(path, driver -> driver.launch(launch));
  }

  /**
   * A kernel over a table, which works on what follows it and is of the same kind too.
   *
   * @param endsRuns whether it may end a run because of a value
   */
  void row(
      String kernel,
      boolean endsRuns,
      DType dtype,
      long count,
      Params params,
      List<CudaTable.Touched> touched) {
    program.add(
        kernel + suffix(dtype), endsRuns, new CudaTable.Row(path, params.bytes(), count, touched));
  }

  /** Which variant of a kernel; what only moves treats integers as single precision. */
  private static String suffix(DType dtype) {
    return switch (dtype) {
      case FLOAT64 -> "_f64";
      case BFLOAT16 -> "_bf16";
      case FLOAT16 -> "_f16";
      default -> "_f32";
    };
  }

  /** A convolution pass. */
  void convolution(Driver.Convolution convolution, long x, long w, long y, long workspace) {
    program.append(path, driver -> convolution.enqueue(x, w, y, workspace));
  }

  /** A matrix product. */
  void product(Driver.ProductCall call, long a, long b, long c) {
    program.append(path, driver -> driver.product(call, a, b, c));
  }

  /** {@code count / size}, upwards. */
  static long ceil(long count, long size) {
    return (count + size - 1) / size;
  }
}
