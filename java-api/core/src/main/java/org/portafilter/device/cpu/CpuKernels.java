package org.portafilter.device.cpu;

import java.util.List;
import org.portafilter.device.Kernel;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.device.MathMode;

/** Which file answers for which op. */
final class CpuKernels {
  private static final KernelTable<CpuDevice> TABLE = new KernelTable<>();

  static {
    CpuConv.register(TABLE);
    CpuPool.register(TABLE);
    CpuNorm.register(TABLE);
    CpuProduct.register(TABLE);
    CpuPointwise.register(TABLE);
    CpuMove.register(TABLE);
    CpuReduce.register(TABLE);
    CpuSoftmax.register(TABLE);
    CpuUpdate.register(TABLE);
    CpuDropout.register(TABLE);
  }

  private CpuKernels() {}

  static List<Kernel> candidates(CpuDevice device, KernelRequest request) {
    boolean narrow = request.math() == MathMode.BFLOAT16 || request.math() == MathMode.FLOAT16;
    return narrow ? List.of() : TABLE.candidates(device, request);
  }

  /** Whether the op may be done on images as they lie in this request. */
  static boolean follow(KernelRequest request) {
    return TABLE.follows(request);
  }
}
