package org.portafilter.plan;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.portafilter.device.Addresses;
import org.portafilter.device.Buffer;
import org.portafilter.device.Device;
import org.portafilter.device.Kernel;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.Program;
import org.portafilter.shape.ValueType;

/**
 * Chooses kernels by timing them on this device. What was measured is remembered in a file, so that
 * a shape is measured once and chosen alike from then on.
 */
final class Tuner {
  /** A kernel must be this much faster than the table's choice to take its place. */
  private static final double WORTH = 0.95;

  private static final int ROUNDS = 5;
  private static final long ROUND_NANOSECONDS = 4_000_000;

  private final Device device;
  private final boolean ahead;
  private final TuningFile file;

  /**
   * @param ahead whether plans prepare weights ahead of their runs
   */
  Tuner(Device device, boolean ahead) {
    this.device = device;
    this.ahead = ahead;
    this.file = TuningFile.of(device);
  }

  /** The fastest, or the first where no other is worth it. */
  Kernel fastest(KernelRequest request, List<Kernel> candidates) {
    if (candidates.size() == 1) {
      return candidates.get(0);
    }
    String key = key(request);
    String known = file.get(key);
    for (Kernel kernel : candidates) {
      if (kernel.numericsId().equals(known)) {
        return kernel;
      }
    }
    Kernel chosen = measure(request, candidates);
    file.put(key, chosen.numericsId());
    return chosen;
  }

  private String key(KernelRequest r) {
    return "%s %s -> %s %s%s"
        .formatted(r.op(), r.inputs(), r.outputs(), r.math(), ahead ? " prepared" : "");
  }

  private Kernel measure(KernelRequest request, List<Kernel> candidates) {
    Map<Kernel, Double> times = new HashMap<>();
    try (Bench bench = new Bench(request, candidates)) {
      List<Program> programs = candidates.stream().map(bench::program).toList();
      for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < programs.size(); i++) {
          times.merge(candidates.get(i), nanoseconds(programs.get(i)), Math::min);
        }
      }
    }
    System.getLogger("org.portafilter")
        .log(
            System.Logger.Level.DEBUG,
            () ->
                "measured "
                    + key(request)
                    + ": "
                    + candidates.stream()
                        .map(k -> k.numericsId() + " " + times.get(k) * 1e-6 + " ms")
                        .collect(Collectors.joining(", ")));
    Kernel best = candidates.get(0);
    double least = WORTH * times.get(best);
    for (Kernel kernel : candidates) {
      if (times.get(kernel) < least) {
        best = kernel;
        least = times.get(kernel);
      }
    }
    return best;
  }

  /** The best time of a run in a short round. */
  private static double nanoseconds(Program program) {
    double best = Double.POSITIVE_INFINITY;
    long start = System.nanoTime();
    long before = start;
    do {
      program.run();
      long after = System.nanoTime();
      best = Math.min(best, after - before);
      before = after;
    } while (before - start < ROUND_NANOSECONDS);
    return best;
  }

  /** Memory with values that all kernels of one work read, and their programs over it. */
  private final class Bench implements AutoCloseable {
    private final Buffer memory;
    private final List<Program> programs = new ArrayList<>();
    private final long[] inputs;
    private final long[] outputs;
    private final long workspace;
    private long used;

    Bench(KernelRequest request, List<Kernel> candidates) {
      long shared = candidates.stream().mapToLong(Kernel::workspaceBytes).max().orElse(0);
      long bytes = Arena.align(shared);
      for (Kernel kernel : candidates) {
        bytes += Arena.align(prepared(kernel));
      }
      for (List<ValueType> values : List.of(request.inputs(), request.outputs())) {
        bytes += values.stream().mapToLong(value -> Arena.align(value.bytes())).sum();
      }
      memory = device.allocate(bytes);
      inputs = request.inputs().stream().mapToLong(this::filled).toArray();
      outputs = request.outputs().stream().mapToLong(value -> take(value.bytes())).toArray();
      workspace = take(shared);
    }

    private long prepared(Kernel kernel) {
      return ahead ? kernel.preparedBytes() : 0;
    }

    private long take(long bytes) {
      long address = bytes == 0 ? 0 : memory.address() + used;
      used += Arena.align(bytes);
      return address;
    }

    /** A program of one kernel that has run twice. */
    Program program(Kernel kernel) {
      Addresses at = new Addresses(inputs, outputs, workspace, take(prepared(kernel)));
      if (at.prepared() != 0) {
        try (Program preparation = device.program()) {
          kernel.prepare(preparation, at);
          preparation.run();
        }
      }
      Program program = device.program();
      programs.add(program);
      kernel.emit(program, at);
      program.run();
      program.run();
      return program;
    }

    /** Halves and quarters of both signs: zeros and numbers near them may take other paths. */
    private long filled(ValueType type) {
      int size = type.dtype().bytes();
      ByteBuffer some =
          ByteBuffer.allocate((int) Math.min(type.bytes(), 1 << 16)).order(ByteOrder.nativeOrder());
      for (int i = 0; i + size <= some.capacity(); i += size) {
        float value = (i / size & 1) == 0 ? 0.5f : -0.25f;
        switch (type.dtype()) {
          case FLOAT32 -> some.putFloat(i, value);
          case FLOAT64 -> some.putDouble(i, value);
          case BFLOAT16 -> some.putShort(i, (short) (Float.floatToIntBits(value) >>> 16));
          case FLOAT16 -> some.putShort(i, (short) (value > 0 ? 0x3800 : 0xB400));
          default -> some.put(i, (byte) 0);
        }
      }
      for (long at = 0; at < type.bytes(); at += some.capacity()) {
        int count = (int) Math.min(some.capacity(), type.bytes() - at);
        memory.write(used + at, some.duplicate().limit(count));
      }
      return take(type.bytes());
    }

    @Override
    public void close() {
      programs.forEach(Program::close);
      memory.close();
    }
  }
}
