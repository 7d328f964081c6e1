package org.portafilter.device.cuda;

import java.util.List;
import java.util.stream.Stream;
import org.portafilter.device.Kernel;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.shape.Layout;
import org.portafilter.shape.ValueType;

/** Which file answers for which op. */
final class CudaKernels {
  /** Kernels count elements in 31 bits. */
  private static final long MOST_ELEMENTS = Integer.MAX_VALUE;

  private static final KernelTable<Driver> TABLE = new KernelTable<>();

  static {
    CudaConv.register(TABLE);
    CudaPool.register(TABLE);
    CudaNorm.register(TABLE);
    CudaProduct.register(TABLE);
    CudaPointwise.register(TABLE);
    CudaMove.register(TABLE);
    CudaReduce.register(TABLE);
    CudaSoftmax.register(TABLE);
    CudaUpdate.register(TABLE);
    CudaDropout.register(TABLE);
  }

  private CudaKernels() {}

  static List<Kernel> candidates(Driver driver, KernelRequest request) {
    boolean fits =
        Stream.concat(request.inputs().stream(), request.outputs().stream())
            .allMatch(CudaKernels::fits);
    if (!fits) {
      return List.of();
    }
    return TABLE.candidates(driver, request).stream()
        .map(kernel -> (Kernel) ((CudaKernel) kernel).on(driver))
        .toList();
  }

  /** Whether the op may be done on images as they lie in this request. */
  static boolean follow(KernelRequest request) {
    return TABLE.follows(request);
  }

  /** Whether its kernels take values as they lie in this request. */
  static boolean take(KernelRequest request) {
    return TABLE.takes(request);
  }

  private static boolean fits(ValueType type) {
    return type.shape().count() <= MOST_ELEMENTS && type.layout() != Layout.CHANNEL_BLOCKS;
  }
}
