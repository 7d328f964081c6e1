package org.portafilter.device.cuda;

import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.portafilter.device.MemoryException;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.Window;
import org.portafilter.testkit.ConvOracle;
import org.portafilter.testkit.MathOracle;

/**
 * CUDA on the host: our kernels run in the emulator, library calls are answered by the oracles, and
 * what CUDA would refuse is refused: calls that may not stand in a captured graph, addresses
 * outside every allocation, descriptions that contradict themselves.
 */
final class HostDriver implements Driver {
  private static final long CAPACITY = 2L << 30;
  private static final int ALIGNMENT = 256;

  private final Function emulate =
      NativeLibrary.getInstance(System.getProperty("portafilter.emulator"))
          .getFunction("pf_emulate");
  private final TreeMap<Long, Piece> pieces = new TreeMap<>();
  private final Map<Long, List<Runnable>> graphs = new HashMap<>();
  private final List<Long> stamps = new ArrayList<>();
  private List<Runnable> captured;
  private long used;
  private long lastGraph;

  private int allocations;
  private int replays;
  private int calls;

  private record Piece(long raw, long bytes) {}

  int allocations() {
    return allocations;
  }

  int replays() {
    return replays;
  }

  /** Pieces of work given to the stream, a graph being one. */
  int calls() {
    return calls;
  }

  @Override
  public String describe() {
    return "gpu: none, emulated on the host";
  }

  @Override
  public String numerics() {
    return "host";
  }

  @Override
  public long available() {
    return CAPACITY - used;
  }

  @Override
  public long allocate(long bytes) {
    refuseInCapture("an allocation");
    if (bytes > available()) {
      throw new MemoryException(
          "%,d bytes are needed and %,d are free on the GPU; use a smaller batch"
              .formatted(bytes, available()),
          available());
    }
    long raw = Native.malloc(bytes + ALIGNMENT);
    long address = (raw + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    new Pointer(address).clear(bytes);
    pieces.put(address, new Piece(raw, bytes));
    used += bytes;
    allocations++;
    return address;
  }

  @Override
  public void free(long address) {
    refuseInCapture("freeing memory");
    Piece piece = pieces.remove(address);
    if (piece == null) {
      throw new AssertionError("freed what was never allocated: " + address);
    }
    used -= piece.bytes();
    Native.free(piece.raw());
  }

  /** Throws unless all bytes lie in one allocation. */
  private void requireInside(String what, long address, long bytes) {
    Map.Entry<Long, Piece> piece = pieces.floorEntry(address);
    if (piece == null || address + bytes > piece.getKey() + piece.getValue().bytes()) {
      throw new AssertionError(what + ": " + bytes + " bytes at " + address + " are nobody's");
    }
  }

  private void refuseInCapture(String what) {
    if (captured != null) {
      throw new AssertionError(what + " is illegal while a graph is captured");
    }
  }

  private void enqueue(Runnable work) {
    if (captured != null) {
      captured.add(work);
    } else {
      calls++;
      work.run();
    }
  }

  @Override
  public ByteBuffer hostMemory(int bytes) {
    refuseInCapture("pinned memory");
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  @Override
  public void upload(long to, ByteBuffer from) {
    requireDirect(from);
    requireInside("an upload", to, from.limit());
    enqueue(() -> new Pointer(to).getByteBuffer(0, from.limit()).put(from.duplicate().rewind()));
  }

  @Override
  public void download(ByteBuffer to, long from) {
    requireDirect(to);
    requireInside("a download", from, to.limit());
    enqueue(() -> to.duplicate().rewind().put(new Pointer(from).getByteBuffer(0, to.limit())));
  }

  private static void requireDirect(ByteBuffer buffer) {
    if (!buffer.isDirect()) {
      throw new AssertionError("a copy with memory that the garbage collector moves");
    }
  }

  @Override
  public void clear(long address, long bytes) {
    requireInside("clearing", address, bytes);
    enqueue(() -> new Pointer(address).clear(bytes));
  }

  @Override
  public void launch(Launch launch) {
    byte[] params = new byte[launch.params().remaining()];
    launch.params().duplicate().get(params);
    enqueue(
        () -> {
          Object[] call = {
            launch.kernel(),
            launch.gridX(),
            launch.gridY(),
            launch.gridZ(),
            params,
            (long) params.length
          };
          int status = emulate.invokeInt(call);
          if (status != 0) {
            throw new AssertionError(launch + ": the emulator answered " + status);
          }
        });
  }

  @Override
  public Convolution convolution(ConvolutionCall call) {
    refuseInCapture("choosing an algorithm");
    Window window = call.window();
    if (window.padTop() != window.padBottom() || window.padLeft() != window.padRight()) {
      throw new AssertionError("cuDNN pads opposite sides alike, got " + window);
    }
    ConvOracle oracle = new ConvOracle(call.x(), (int) call.w().dim(0), window, call.groups());
    if (!oracle.output().equals(call.y()) || !oracle.weights().equals(call.w())) {
      throw new AssertionError("sizes that contradict the window: " + call);
    }
    return new HostConvolution(call, oracle);
  }

  /** Answered by the oracle; asks for workspace, so that somebody must give it. */
  private final class HostConvolution implements Convolution {
    private final ConvolutionCall call;
    private final ConvOracle oracle;

    HostConvolution(ConvolutionCall call, ConvOracle oracle) {
      this.call = call;
      this.oracle = oracle;
    }

    @Override
    public String algorithm() {
      return "oracle";
    }

    @Override
    public long workspaceBytes() {
      return 1000;
    }

    @Override
    public void enqueue(long x, long w, long y, long workspace) {
      int bytes = call.dtype().bytes();
      requireInside("x of " + call, x, call.x().count() * bytes);
      requireInside("w of " + call, w, call.w().count() * bytes);
      requireInside("y of " + call, y, call.y().count() * bytes);
      requireInside("workspace of " + call, workspace, workspaceBytes());
      HostDriver.this.enqueue(
          () -> {
            new Pointer(workspace).setMemory(0, workspaceBytes(), (byte) 0x7B);
            switch (call.pass()) {
              case FORWARD ->
                  write(y, call.y(), oracle.forward(read(x, call.x()), read(w, call.w())));
              case DATA ->
                  write(x, call.x(), oracle.backwardData(read(y, call.y()), read(w, call.w())));
              case WEIGHTS ->
                  write(w, call.w(), oracle.backwardWeights(read(y, call.y()), read(x, call.x())));
            }
          });
    }

    private double[] read(long address, Shape shape) {
      double[] stored = values(address, call.dtype(), shape.count());
      double[] plain = new double[stored.length];
      for (int i = 0; i < stored.length; i++) {
        plain[i] = stored[stored(shape, i)];
      }
      return plain;
    }

    private void write(long address, Shape shape, double[] plain) {
      double[] stored = new double[plain.length];
      for (int i = 0; i < stored.length; i++) {
        stored[stored(shape, i)] = plain[i];
      }
      store(address, call.dtype(), stored);
    }

    /** Where the element at this plain position lies. */
    private int stored(Shape shape, int plain) {
      if (!call.last()) {
        return plain;
      }
      int area = (int) (shape.dim(2) * shape.dim(3));
      int channels = (int) shape.dim(1);
      int row = plain / area;
      return (row / channels * area + plain % area) * channels + row % channels;
    }
  }

  private static double[] values(long address, DType dtype, long count) {
    Pointer memory = new Pointer(address);
    int size = Math.toIntExact(count);
    if (dtype == DType.FLOAT64) {
      return memory.getDoubleArray(0, size);
    }
    float[] floats = memory.getFloatArray(0, size);
    double[] values = new double[size];
    for (int i = 0; i < size; i++) {
      values[i] = floats[i];
    }
    return values;
  }

  private static void store(long address, DType dtype, double[] values) {
    Pointer memory = new Pointer(address);
    if (dtype == DType.FLOAT64) {
      memory.write(0, values, 0, values.length);
      return;
    }
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    memory.write(0, floats, 0, floats.length);
  }

  @Override
  public void product(ProductCall call, long a, long b, long c) {
    int bytes = call.dtype().bytes();
    requireInside("a of " + call, a, call.m() * call.k() * bytes);
    requireInside("b of " + call, b, call.k() * call.n() * bytes);
    requireInside("c of " + call, c, call.m() * call.n() * bytes);
    enqueue(
        () ->
            store(
                c,
                call.dtype(),
                MathOracle.product(
                    values(a, call.dtype(), call.m() * call.k()),
                    values(b, call.dtype(), call.k() * call.n()),
                    (int) call.m(),
                    (int) call.n(),
                    (int) call.k(),
                    call.transposeA(),
                    call.transposeB())));
  }

  @Override
  public void beginCapture() {
    refuseInCapture("another capture");
    captured = new ArrayList<>();
  }

  @Override
  public long endCapture() {
    graphs.put(++lastGraph, captured);
    captured = null;
    return lastGraph;
  }

  @Override
  public void abandonCapture() {
    captured = null;
  }

  @Override
  public void replay(long graph) {
    refuseInCapture("launching a graph");
    graphs.get(graph).forEach(Runnable::run);
    replays++;
    calls++;
  }

  @Override
  public void release(long graph) {
    refuseInCapture("freeing a graph");
    if (graphs.remove(graph) == null) {
      throw new PortafilterException("freed a graph twice");
    }
  }

  @Override
  public void synchronize() {
    refuseInCapture("waiting");
  }

  @Override
  public long stamp() {
    refuseInCapture("a time stamp");
    stamps.add(System.nanoTime());
    return stamps.size() - 1;
  }

  @Override
  public long elapsed(long from, long to) {
    return stamps.get((int) to) - stamps.get((int) from);
  }

  @Override
  public void forget(long stamp) {
    stamps.set((int) stamp, 0L);
  }
}
