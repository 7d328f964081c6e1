package org.portafilter.device.cpu;

import java.util.List;
import java.util.Locale;
import org.portafilter.binding.Kernels;
import org.portafilter.binding.Libraries;
import org.portafilter.device.Buffer;
import org.portafilter.device.Device;
import org.portafilter.device.Kernel;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.Program;
import org.portafilter.shape.PortafilterException;

/** A native context: a thread pool and the kernels of the widest instruction set of this CPU. */
final class CpuDevice implements Device {
  /** {@code x86_64_v2}, {@code avx2} or {@code avx512}: bars wider kernels. */
  private static final String ISA_PROPERTY = "portafilter.isa";

  private static final List<String> ISAS = List.of("x86_64_v2", "avx2", "avx512");

  /** Vectors of a block of channels, by instruction set. */
  private static final List<Integer> BLOCK_VECTORS = List.of(4, 2, 1);

  /**
   * MobileNet's depthwise convolutions at batch 16 take 0.6 of their time in slices of this size,
   * 0.8 in slices of twice this size.
   */
  private static final long CACHE_BYTES = 10L << 20;

  private final int threads;
  private final int isa;
  private final CpuLayouts layouts;
  private final long context;
  private final String numerics;
  private final String productsNumerics;

  private CpuDevice(int threads, int isa, long context) {
    this.threads = threads;
    this.isa = isa;
    this.layouts = new CpuLayouts(BLOCK_VECTORS.get(isa));
    this.context = context;
    this.numerics = "cpu %s build %s".formatted(ISAS.get(isa), Libraries.build());
    this.productsNumerics =
        "%s openblas %s %s"
            .formatted(numerics, Libraries.blasBuild(), Kernels.pf_blas_core().getString().trim());
  }

  static CpuDevice open(int threads) {
    load();
    int isa = chosenIsa(Kernels.pf_best_isa());
    long[] context = new long[1];
    Status.check(
        Kernels.pf_context_open(threads, isa, context),
        "opening the cpu device with " + threads + " threads");
    return new CpuDevice(threads, isa, context[0]);
  }

  private static void load() {
    try {
      Libraries.load();
    } catch (UnsatisfiedLinkError | NoClassDefFoundError | ExceptionInInitializerError e) {
      throw new PortafilterException(
          "the native library could not be loaded on %s %s: %s"
              .formatted(
                  System.getProperty("os.name"),
                  System.getProperty("os.arch"),
                  PortafilterException.reason(e)),
          e);
    }
  }

  private static int chosenIsa(int best) {
    String asked = System.getProperty(ISA_PROPERTY);
    if (asked == null) {
      return best;
    }
    int isa = ISAS.indexOf(asked.toLowerCase(Locale.ROOT));
    if (isa < 0 || isa > best) {
      throw new PortafilterException(
          "-D"
              + ISA_PROPERTY
              + "="
              + asked
              + ": this CPU runs one of "
              + ISAS.subList(0, best + 1));
    }
    return isa;
  }

  long context() {
    return context;
  }

  /**
   * What decides the bits of every kernel here: the instruction set and the build, OpenBLAS's own
   * too where it multiplies.
   */
  String numerics(boolean openBlas) {
    return openBlas ? productsNumerics : numerics;
  }

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public int threads() {
    return threads;
  }

  @Override
  public String describe() {
    return """
        device: cpu
        threads: %s of %s processors
        kernels: %s, build %s
        openblas: %s, core %s, %s thread
        libraries: %s%s"""
        .formatted(
            threads,
            Runtime.getRuntime().availableProcessors(),
            ISAS.get(isa),
            Libraries.build(),
            Kernels.pf_blas_config().getString().trim(),
            Kernels.pf_blas_core().getString(),
            Kernels.pf_blas_threads(),
            Libraries.folder(),
            Libraries.notes().isEmpty()
                ? ""
                : " (passed over: " + String.join("; ", Libraries.notes()) + ")");
  }

  @Override
  public String identity() {
    return "cpu %s, %s threads, build %s, openblas core %s"
        .formatted(ISAS.get(isa), threads, Libraries.build(), Kernels.pf_blas_core().getString());
  }

  @Override
  public KernelRequest arrange(KernelRequest request) {
    return layouts.arrange(request);
  }

  @Override
  public long cacheBytes() {
    return CACHE_BYTES;
  }

  @Override
  public List<Kernel> candidates(KernelRequest request) {
    return CpuKernels.candidates(this, request);
  }

  @Override
  public Buffer allocate(long bytes) {
    return CpuBuffer.map(bytes);
  }

  @Override
  public Program program() {
    return CpuProgram.open(this);
  }
}
