package org.portafilter.device.cuda;

import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.cudnn.cudnnContext;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.jspecify.annotations.Nullable;
import org.portafilter.device.CacheFolder;
import org.portafilter.device.MemoryException;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;

/** CUDA itself: the first GPU, one stream, the libraries bound by the presets. */
final class CudaDriver implements Driver {
  private static final Cleaner CLEANER = Cleaner.create();

  /** What cuBLAS asks for on the newest GPUs. */
  private static final long BLAS_WORKSPACE = 32L << 20;

  /** Bytes copied through the host at a time: a few of them, and the bus is busy. */
  private static final int STAGING = 4 << 20;

  /** No parameter struct may be larger. */
  private static final int MOST_PARAMS = 4096;

  private static final int GPU = 0;

  private final String gpu;
  private final String architecture;
  private final String numerics;
  private final CUstream_st stream = new CUstream_st();
  private final CUmod_st module = new CUmod_st();
  private final Map<String, Function> functions = new HashMap<>();
  private final BytePointer params = new BytePointer(MOST_PARAMS);
  private @Nullable ByteBuffer staging;
  private final Map<Long, CUgraphExec_st> graphs = new HashMap<>();
  private final Map<Long, CUevent_st> stamps = new HashMap<>();
  private final cudnnContext convolutions = new cudnnContext();
  private final cublasContext products = new cublasContext();
  private final FloatPointer floatOne = new FloatPointer(1f);
  private final FloatPointer floatZero = new FloatPointer(0f);
  private final DoublePointer doubleOne = new DoublePointer(1.0);
  private final DoublePointer doubleZero = new DoublePointer(0.0);

  /** One of our kernels, and the bytes of its parameters. */
  private record Function(CUfunc_st handle, long bytes) {}

  private CudaDriver() {
    int[] count = new int[1];
    int status = cudart.cudaGetDeviceCount(count);
    if (status != 0 || count[0] == 0) {
      throw new PortafilterException(
          "the device cuda finds no GPU: %s; found: %s"
              .formatted(
                  status == 0 ? "none is there" : cudart.cudaGetErrorString(status).getString(),
                  CudaLibraries.driver()));
    }
    bind();
    gpu = gpuName();
    architecture =
        "sm_"
            + attribute(cudart.cudaDevAttrComputeCapabilityMajor)
            + attribute(cudart.cudaDevAttrComputeCapabilityMinor);
    CudaStatus.cuda(cudart.cudaStreamCreate(stream), "making a stream");
    byte[] code = Cubin.of(architecture);
    String kernels = CacheFolder.nameOf(code).substring(0, 12);
    try (BytePointer image = new BytePointer(code)) {
      CudaStatus.cuda(cudart.cuModuleLoadData(module, image), "loading the kernels");
    }
    CudaStatus.cudnn(cudnn.cudnnCreate(convolutions), "opening cuDNN");
    CudaStatus.cudnn(cudnn.cudnnSetStream(convolutions, stream), "opening cuDNN");
    CudaStatus.cublas(cublas.cublasCreate_v2(products), "opening cuBLAS");
    numerics =
        "%s cudnn %s cublas %s kernels %s"
            .formatted(architecture, cudnn.cudnnGetVersion(), productsVersion(), kernels);
    CudaStatus.cublas(cublas.cublasSetStream_v2(products, stream), "opening cuBLAS");
    Pointer workspace = new Pointer();
    CudaStatus.cuda(cudart.cudaMalloc(workspace, BLAS_WORKSPACE), "memory for cuBLAS");
    CudaStatus.cublas(
        cublas.cublasSetWorkspace_v2(products, workspace, BLAS_WORKSPACE), "opening cuBLAS");
  }

  static CudaDriver open() {
    CudaLibraries.load();
    return new CudaDriver();
  }

  /** Makes the GPU the calling thread's. */
  private static void bind() {
    CudaStatus.cuda(cudart.cudaSetDevice(GPU), "choosing GPU " + GPU);
  }

  private static int attribute(int which) {
    int[] value = new int[1];
    CudaStatus.cuda(cudart.cudaDeviceGetAttribute(value, which, GPU), "asking about GPU " + GPU);
    return value[0];
  }

  private static String gpuName() {
    byte[] name = new byte[256];
    CudaStatus.cuda(cudart.cuDeviceGetName(name, name.length, GPU), "asking for the GPU's name");
    return new String(name, StandardCharsets.UTF_8).split("\0")[0];
  }

  private int productsVersion() {
    int[] version = new int[1];
    cublas.cublasGetVersion_v2(products, version);
    return version[0];
  }

  @Override
  public String describe() {
    int[] driver = new int[1];
    int[] runtime = new int[1];
    cudart.cudaDriverGetVersion(driver);
    cudart.cudaRuntimeGetVersion(runtime);
    return """
        gpu: %s, %s
        memory: %s bytes free
        cuda: driver %s, runtime %s
        cudnn: %s
        cublas: %s"""
        .formatted(
            gpu,
            architecture,
            String.format(Locale.ROOT, "%,d", available()),
            driver[0],
            runtime[0],
            cudnn.cudnnGetVersion(),
            productsVersion());
  }

  @Override
  public String gpu() {
    return gpu;
  }

  @Override
  public String numerics() {
    return numerics;
  }

  @Override
  public long available() {
    bind();
    try (SizeTPointer free = new SizeTPointer(1);
        SizeTPointer total = new SizeTPointer(1)) {
      CudaStatus.cuda(cudart.cudaMemGetInfo(free, total), "asking for free memory");
      return free.get();
    }
  }

  @Override
  public long allocate(long bytes) {
    long available = available();
    if (bytes > available) {
      throw new MemoryException(
          String.format(
              Locale.ROOT,
              "%,d bytes are needed and %,d are free on the GPU; use a smaller batch",
              bytes,
              available),
          available);
    }
    Pointer memory = new Pointer();
    CudaStatus.cuda(cudart.cudaMalloc(memory, bytes), "allocating " + bytes + " bytes");
    clear(memory.address(), bytes);
    synchronize();
    return memory.address();
  }

  @Override
  public void free(long address) {
    bind();
    CudaStatus.cuda(cudart.cudaFree(new Address(address)), "freeing memory");
  }

  @Override
  public ByteBuffer hostMemory(int bytes) {
    bind();
    Pointer memory = new Pointer();
    CudaStatus.cuda(
        cudart.cudaHostAlloc(memory, Math.max(1, bytes), 0),
        "allocating " + bytes + " bytes of pinned memory");
    long address = memory.address();
    ByteBuffer view =
        new BytePointer(memory).capacity(bytes).asByteBuffer().order(ByteOrder.nativeOrder());
    CLEANER.register(view, () -> cudart.cudaFreeHost(new Address(address)));
    return view;
  }

  @Override
  public ByteBuffer staging() {
    ByteBuffer kept = staging;
    if (kept == null) {
      kept = hostMemory(STAGING);
      staging = kept;
    }
    return kept;
  }

  @Override
  public void upload(long to, ByteBuffer from) {
    copy(new Address(to), new Pointer(from), from.limit(), cudart.cudaMemcpyHostToDevice);
  }

  @Override
  public void download(ByteBuffer to, long from) {
    copy(new Pointer(to), new Address(from), to.limit(), cudart.cudaMemcpyDeviceToHost);
  }

  private void copy(Pointer to, Pointer from, long bytes, int kind) {
    bind();
    CudaStatus.cuda(
        cudart.cudaMemcpyAsync(to, from, bytes, kind, stream), "copying " + bytes + " bytes");
  }

  @Override
  public void clear(long address, long bytes) {
    bind();
    CudaStatus.cuda(
        cudart.cudaMemsetAsync(new Address(address), 0, bytes, stream), "clearing memory");
  }

  @Override
  public void launch(Launch launch) {
    bind();
    Function function = functions.computeIfAbsent(launch.kernel(), this::function);
    if (function.bytes() != launch.params().remaining()) {
      throw new IllegalStateException(
          "%s takes %s bytes of parameters, got %s"
              .formatted(launch.kernel(), function.bytes(), launch.params().remaining()));
    }
    ByteBuffer given = launch.params();
    byte[] bytes = new byte[given.remaining()];
    given.get(given.position(), bytes);
    params.put(bytes);
    try (PointerPointer<Pointer> pointers = new PointerPointer<>(1)) {
      pointers.put(0, params);
      int status =
          cudart.cuLaunchKernel(
              function.handle(),
              launch.gridX(),
              launch.gridY(),
              launch.gridZ(),
              Commands.THREADS,
              1,
              1,
              0,
              stream,
              pointers,
              (PointerPointer<?>) null);
      CudaStatus.cuda(status, "launching " + launch.kernel());
    }
  }

  private Function function(String name) {
    CUfunc_st handle = new CUfunc_st();
    String what = "finding the kernel " + name;
    CudaStatus.cuda(cudart.cuModuleGetFunction(handle, module, name), what);
    try (SizeTPointer offset = new SizeTPointer(1);
        SizeTPointer bytes = new SizeTPointer(1)) {
      CudaStatus.cuda(cudart.cuFuncGetParamInfo(handle, 0, offset, bytes), what);
      return new Function(handle, bytes.get());
    }
  }

  @Override
  public List<Convolution> convolutions(ConvolutionCall call) {
    bind();
    return CudnnConvolution.of(convolutions, call);
  }

  /** cuBLAS is column-major: it multiplies the transposed matrices in reverse. */
  @Override
  public void product(ProductCall call, long a, long b, long c) {
    bind();
    boolean wide = call.dtype() == DType.FLOAT64;
    int type = wide ? cudart.CUDA_R_64F : cudart.CUDA_R_32F;
    int factors =
        switch (call.dtype()) {
          case BFLOAT16 -> cudart.CUDA_R_16BF;
          case FLOAT16 -> cudart.CUDA_R_16F;
          default -> type;
        };
    boolean tf32 = call.dtype() == DType.FLOAT32 && !call.strict();
    int single = tf32 ? cublas.CUBLAS_COMPUTE_32F_FAST_TF32 : cublas.CUBLAS_COMPUTE_32F;
    int m = Math.toIntExact(call.m());
    int n = Math.toIntExact(call.n());
    int k = Math.toIntExact(call.k());
    int status =
        cublas.cublasGemmEx(
            products,
            call.transposeB() ? cublas.CUBLAS_OP_T : cublas.CUBLAS_OP_N,
            call.transposeA() ? cublas.CUBLAS_OP_T : cublas.CUBLAS_OP_N,
            n,
            m,
            k,
            wide ? doubleOne : floatOne,
            new Address(b),
            factors,
            call.transposeB() ? k : n,
            new Address(a),
            factors,
            call.transposeA() ? m : k,
            wide ? doubleZero : floatZero,
            new Address(c),
            type,
            n,
            wide ? cublas.CUBLAS_COMPUTE_64F : single,
            cublas.CUBLAS_GEMM_DEFAULT);
    CudaStatus.cublas(status, "multiplying " + call);
  }

  @Override
  public void beginCapture() {
    bind();
    CudaStatus.cuda(
        cudart.cudaStreamBeginCapture(stream, cudart.cudaStreamCaptureModeThreadLocal),
        "capturing a graph");
  }

  @Override
  public long endCapture() {
    CUgraph_st graph = new CUgraph_st();
    CUgraphExec_st exec = new CUgraphExec_st();
    CudaStatus.cuda(cudart.cudaStreamEndCapture(stream, graph), "capturing a graph");
    CudaStatus.cuda(cudart.cudaGraphInstantiate(exec, graph, 0), "making a graph");
    CudaStatus.cuda(cudart.cudaGraphDestroy(graph), "making a graph");
    graphs.put(exec.address(), exec);
    return exec.address();
  }

  /** A failed capture is over; what it left behind must not fail the next call. */
  @Override
  public void abandonCapture() {
    CUgraph_st graph = new CUgraph_st();
    cudart.cudaStreamEndCapture(stream, graph);
    if (!graph.isNull()) {
      cudart.cudaGraphDestroy(graph);
    }
    cudart.cudaGetLastError();
  }

  @Override
  public void replay(long graph) {
    bind();
    CudaStatus.cuda(cudart.cudaGraphLaunch(graphs.get(graph), stream), "launching a graph");
  }

  @Override
  public void release(long graph) {
    bind();
    CudaStatus.cuda(cudart.cudaGraphExecDestroy(graphs.remove(graph)), "freeing a graph");
  }

  @Override
  public void synchronize() {
    bind();
    CudaStatus.cuda(cudart.cudaStreamSynchronize(stream), "waiting for the GPU");
  }

  @Override
  public long stamp() {
    CUevent_st event = new CUevent_st();
    CudaStatus.cuda(cudart.cudaEventCreate(event), "making a time stamp");
    CudaStatus.cuda(cudart.cudaEventRecord(event, stream), "setting a time stamp");
    stamps.put(event.address(), event);
    return event.address();
  }

  @Override
  public long elapsed(long from, long to) {
    float[] milliseconds = new float[1];
    CudaStatus.cuda(
        cudart.cudaEventElapsedTime(milliseconds, stamps.get(from), stamps.get(to)),
        "reading a time stamp");
    return (long) (milliseconds[0] * 1e6);
  }

  @Override
  public void forget(long stamp) {
    cudart.cudaEventDestroy(stamps.remove(stamp));
  }
}
