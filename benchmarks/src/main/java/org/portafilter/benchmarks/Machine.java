package org.portafilter.benchmarks;

import java.util.function.Supplier;
import org.portafilter.binding.Kernels;
import org.portafilter.binding.Libraries;
import org.portafilter.device.Buffer;
import org.portafilter.device.Device;

/**
 * What this machine can do at best, measured: floating-point operations per second in registers,
 * and bytes per second over arrays far larger than its caches.
 *
 * @param flops multiply-adds count two
 * @param bytes read and written
 */
record Machine(double flops, double bytes) {
  private static final int STREAM_FLOATS = 1 << 25;
  private static final int ROUNDS = 1 << 20;
  private static final int CHUNKS = 64;
  private static final int TRIALS = 7;

  /** Measures with so many threads; the best of several trials counts. */
  static Machine measure(int threads) {
    Libraries.load();
    long[] context = new long[1];
    if (Kernels.pf_context_open(threads, Kernels.pf_best_isa(), context) != Kernels.PF_OK) {
      throw new IllegalStateException("no context with " + threads + " threads");
    }
    try (Buffer from = Device.cpu().allocate(4L * STREAM_FLOATS);
        Buffer to = Device.cpu().allocate(4L * STREAM_FLOATS)) {
      double multiplyAdds = 2.0 * Kernels.PF_PROBE_ROUND * ROUNDS * CHUNKS;
      double seconds =
          best(context[0], () -> probe(Kernels.PF_PROBE_FMA, CHUNKS, ROUNDS, 0, to.address()));
      double streamed =
          best(
              context[0],
              () ->
                  probe(
                      Kernels.PF_PROBE_STREAM,
                      CHUNKS,
                      STREAM_FLOATS,
                      from.address(),
                      to.address()));
      return new Machine(multiplyAdds / seconds, 8.0 * STREAM_FLOATS / streamed);
    }
  }

  static Kernels.Probe probe(int kind, long chunks, long count, long from, long to) {
    Kernels.Probe probe = new Kernels.Probe();
    return probe
        .size(probe.sizeof())
        .kind(kind)
        .chunks(chunks)
        .count(count)
        .from(from)
        .to(to)
        .workspace(0);
  }

  private static double best(long context, Supplier<Kernels.Probe> work) {
    long[] program = new long[1];
    Kernels.pf_program_open(context, program);
    try (Kernels.Probe probe = work.get()) {
      if (Kernels.pf_program_probe(program[0], probe) != Kernels.PF_OK) {
        throw new IllegalStateException("the probe was refused");
      }
    }
    double best = Double.POSITIVE_INFINITY;
    for (int trial = 0; trial < TRIALS; trial++) {
      long start = System.nanoTime();
      if (Kernels.pf_program_run(program[0]) != Kernels.PF_OK) {
        throw new IllegalStateException("the probe failed");
      }
      best = Math.min(best, (System.nanoTime() - start) * 1e-9);
    }
    Kernels.pf_program_close(program[0]);
    return best;
  }

  /** The least time, in milliseconds, in which work can be done here. */
  double floor(double workFlops, double workBytes) {
    return 1e3 * Math.max(workFlops / flops, workBytes / bytes);
  }
}
