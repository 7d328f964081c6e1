package org.portafilter.device.cpu;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.portafilter.device.Kernel;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.MathMode;
import org.portafilter.graph.Op;

/** Which file answers for which op. */
final class CpuKernels {
  /** Makes the candidates for one op. */
  interface Source {
    List<Kernel> candidates(CpuDevice device, KernelRequest request);
  }

  private static final Map<Class<? extends Op>, Source> SOURCES = new HashMap<>();

  static {
    CpuConv.register(SOURCES);
    CpuPool.register(SOURCES);
    CpuNorm.register(SOURCES);
    CpuGemm.register(SOURCES);
    CpuPointwise.register(SOURCES);
    CpuMove.register(SOURCES);
    CpuReduce.register(SOURCES);
    CpuSoftmax.register(SOURCES);
    CpuUpdate.register(SOURCES);
    CpuDropout.register(SOURCES);
    CpuReorder.register(SOURCES);
    CpuFold.register(SOURCES);
  }

  private CpuKernels() {}

  static List<Kernel> candidates(CpuDevice device, KernelRequest request) {
    Source source = SOURCES.get(request.op().getClass());
    boolean narrow = request.math() == MathMode.BFLOAT16 || request.math() == MathMode.FLOAT16;
    return source == null || narrow ? List.of() : source.candidates(device, request);
  }
}
