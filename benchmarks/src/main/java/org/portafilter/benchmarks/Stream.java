package org.portafilter.benchmarks;

import org.portafilter.binding.Kernels;
import org.portafilter.binding.Libraries;
import org.portafilter.device.Buffer;
import org.portafilter.device.Device;

/**
 * Moves as many bytes as an operation bound by memory must, half in and half out, and does nothing
 * else: what the machine allows at that moment, for its bandwidth changes from minute to minute.
 */
final class Stream implements Contender {
  static final String NAME = "stream";
  private static final int CHUNKS = 64;

  private final Buffer from;
  private final Buffer to;
  private final long[] context = new long[1];
  private final long[] program = new long[1];

  Stream(Row work, int threads) {
    long floats = (long) (Operation.of(work).bytes() / 8);
    Libraries.load();
    require(Kernels.pf_context_open(threads, Kernels.pf_best_isa(), context));
    from = Device.cpu().allocate(4 * floats);
    to = Device.cpu().allocate(4 * floats);
    require(Kernels.pf_program_open(context[0], program));
    try (Kernels.Probe probe =
        Machine.probe(Kernels.PF_PROBE_STREAM, CHUNKS, floats, from.address(), to.address())) {
      require(Kernels.pf_program_probe(program[0], probe));
    }
  }

  private static void require(long status) {
    if (status != Kernels.PF_OK) {
      throw new IllegalStateException("the stream was refused with status " + status);
    }
  }

  @Override
  public void run() {
    require(Kernels.pf_program_run(program[0]));
  }

  /** It computes nothing that could be compared. */
  @Override
  public double[] check() {
    return new double[0];
  }

  @Override
  public void close() {
    Kernels.pf_program_close(program[0]);
    from.close();
    to.close();
  }
}
