package org.portafilter.device.cuda;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.portafilter.device.Kernel;
import org.portafilter.device.KernelRequest;
import org.portafilter.graph.Op;
import org.portafilter.shape.Layout;
import org.portafilter.shape.ValueType;

/** Which file answers for which op. */
final class CudaKernels {
  /** Kernels count elements in 31 bits. */
  private static final long MOST_ELEMENTS = Integer.MAX_VALUE;

  /** Makes the candidates for one op. */
  interface Source {
    /** The candidates. */
    List<Kernel> candidates(Driver driver, KernelRequest request);
  }

  private static final Map<Class<? extends Op>, Source> SOURCES = new HashMap<>();

  static {
    CudaConv.register(SOURCES);
    CudaPool.register(SOURCES);
    CudaNorm.register(SOURCES);
    CudaGemm.register(SOURCES);
    CudaPointwise.register(SOURCES);
    CudaMove.register(SOURCES);
    CudaReduce.register(SOURCES);
    CudaSoftmax.register(SOURCES);
    CudaUpdate.register(SOURCES);
    CudaDropout.register(SOURCES);
    CudaFold.register(SOURCES);
  }

  private CudaKernels() {}

  static List<Kernel> candidates(Driver driver, KernelRequest request) {
    Source source = SOURCES.get(request.op().getClass());
    boolean fits =
        Stream.concat(request.inputs().stream(), request.outputs().stream())
            .allMatch(CudaKernels::fits);
    if (source == null || !fits) {
      return List.of();
    }
    return source.candidates(driver, request).stream()
        .map(kernel -> (Kernel) ((CudaKernel) kernel).on(driver))
        .toList();
  }

  private static boolean fits(ValueType type) {
    return type.shape().count() <= MOST_ELEMENTS && type.layout() != Layout.CHANNEL_BLOCKS;
  }
}
