package org.portafilter.device.cpu;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.portafilter.binding.Kernels;
import org.portafilter.device.Buffer;
import org.portafilter.device.HostView;
import org.portafilter.device.Program;
import org.portafilter.shape.PortafilterException;

/** A native command list. */
final class CpuProgram implements Program {
  private final List<String> paths = new ArrayList<>();
  private long program;
  private @Nullable Buffer timing;

  private CpuProgram(long program) {
    this.program = program;
  }

  static CpuProgram open(CpuDevice device) {
    long[] program = new long[1];
    Status.check(Kernels.pf_program_open(device.context(), program), "opening a program");
    return new CpuProgram(program[0]);
  }

  long handle() {
    if (program == 0) {
      throw new PortafilterException("this program was closed; open a new session");
    }
    return program;
  }

  void appended(String path) {
    paths.add(path);
  }

  @Override
  public void upload(HostView view) {
    // The view is the memory itself.
  }

  @Override
  public void download(HostView view) {
    // The view is the memory itself.
  }

  @Override
  public void run() {
    long result = Kernels.pf_program_run(handle());
    if (result != Kernels.PF_OK) {
      int command = (int) (result >> 8);
      Status.check((int) (result & 255), command < paths.size() ? paths.get(command) : "program");
    }
  }

  @Override
  public void cancel() {
    Kernels.pf_program_cancel(handle());
  }

  @Override
  public void time(boolean on) {
    Kernels.pf_program_time(handle(), 0);
    if (timing != null) {
      timing.close();
      timing = null;
    }
    if (on) {
      timing = CpuBuffer.map(Math.max(1, paths.size()) * 8L);
      Kernels.pf_program_time(handle(), timing.address());
    }
  }

  @Override
  public List<CommandTime> times() {
    List<CommandTime> times = new ArrayList<>();
    if (timing != null) {
      var nanoseconds = timing.view(0, paths.size() * 8L).bytes().asLongBuffer();
      for (int i = 0; i < paths.size(); i++) {
        times.add(new CommandTime(paths.get(i), nanoseconds.get(i)));
      }
    }
    return times;
  }

  @Override
  public void close() {
    if (program != 0) {
      time(false);
      Kernels.pf_program_close(program);
      program = 0;
    }
  }
}
