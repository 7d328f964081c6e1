package org.portafilter.device.cuda;

import java.util.ArrayList;
import java.util.List;
import org.portafilter.device.HostView;
import org.portafilter.device.Program;
import org.portafilter.shape.PortafilterException;

/**
 * A list of commands. The first run enqueues them one by one, which lets libraries load what they
 * need; the second captures them, with the transfers around them, into one graph; every run from
 * then on launches that. One word of device memory says why a run stopped: what follows a failed
 * command does nothing.
 */
final class CudaProgram implements Program {
  /** Enqueues one piece of work. */
  interface Work {
    /** Enqueues it. */
    void enqueue(Driver driver);
  }

  private record Command(String path, Work work) {}

  private final Driver driver;
  private final CudaBuffer status;
  private final HostView reason;
  private final List<Command> commands = new ArrayList<>();
  private final List<HostView> uploads = new ArrayList<>();
  private final List<HostView> downloads = new ArrayList<>();
  private final List<CommandTime> times = new ArrayList<>();
  private boolean timing;
  private boolean warm;
  private long graph;
  private boolean closed;
  private volatile boolean cancelled;

  CudaProgram(Driver driver) {
    this.driver = driver;
    this.status = CudaBuffer.allocate(driver, 8);
    this.reason = status.view(0, 8);
  }

  long statusAddress() {
    return status.address();
  }

  int size() {
    return commands.size();
  }

  void append(String path, Work work) {
    commands.add(new Command(path, work));
    warm = false;
    recapture();
  }

  /**
   * Appends one value's work, or adds it to one of the launches over many values that came last,
   * unless its place among them matters: memory that one has done with may be what the next one
   * writes, and nothing but a check may move to before a check.
   */
  void add(String kernel, boolean endsRuns, CudaTable.Row row) {
    for (int i = commands.size() - 1; i >= 0; i--) {
      if (!(commands.get(i).work() instanceof CudaTable table) || !table.isApartFrom(row)) {
        break;
      }
      if (table.kernel().equals(kernel)) {
        table.add(row);
        warm = false;
        recapture();
        return;
      }
      if (table.endsRuns() && !endsRuns) {
        break;
      }
    }
    CudaTable first = new CudaTable(kernel, endsRuns, statusAddress(), size());
    first.add(row);
    append(first.path(), first);
  }

  @Override
  public void upload(HostView view) {
    uploads.add(view);
    recapture();
  }

  @Override
  public void download(HostView view) {
    downloads.add(view);
    recapture();
  }

  private void recapture() {
    synchronized (driver) {
      if (graph != 0) {
        driver.release(graph);
        graph = 0;
      }
    }
  }

  @Override
  public void run() {
    synchronized (driver) {
      if (closed) {
        throw new PortafilterException("this program was closed; open a new session");
      }
      cancelled = false;
      if (timing) {
        runTimed();
      } else if (!warm) {
        enqueue();
        warm = true;
      } else {
        if (graph == 0) {
          graph = capture();
        }
        driver.replay(graph);
      }
      driver.synchronize();
      check();
    }
  }

  private void enqueue() {
    begin();
    commands.forEach(command -> command.work().enqueue(driver));
    end();
  }

  private void begin() {
    uploads.forEach(HostView::upload);
    driver.clear(status.address(), 8);
  }

  private void end() {
    downloads.forEach(HostView::download);
    reason.download();
  }

  private long capture() {
    driver.beginCapture();
    try {
      enqueue();
    } catch (RuntimeException e) {
      driver.abandonCapture();
      throw e;
    }
    return driver.endCapture();
  }

  private void runTimed() {
    begin();
    List<Long> stamps = new ArrayList<>();
    stamps.add(driver.stamp());
    for (Command command : commands) {
      if (cancelled) {
        break;
      }
      command.work().enqueue(driver);
      stamps.add(driver.stamp());
    }
    end();
    driver.synchronize();
    for (int i = 0; i + 1 < stamps.size(); i++) {
      CommandTime before = times.get(i);
      long nanoseconds = before.nanoseconds() + driver.elapsed(stamps.get(i), stamps.get(i + 1));
      times.set(i, new CommandTime(before.path(), nanoseconds));
    }
    stamps.forEach(driver::forget);
    if (cancelled) {
      throw new PortafilterException(Reason.CANCELLED);
    }
  }

  private void check() {
    long word = reason.bytes().getLong(0);
    if (word != 0) {
      int command = (int) (word >> 8 & 0xFFFFFF);
      Reason.fail(word & 255, command < commands.size() ? path(command, word) : "program");
    }
  }

  /** The path of the command, or of the one of its values that the word names. */
  private String path(int command, long word) {
    return commands.get(command).work() instanceof CudaTable table
        ? table.path((int) (word >>> 32))
        : commands.get(command).path();
  }

  /** A captured graph runs to its end; only a run that is timed ends between commands. */
  @Override
  public void cancel() {
    cancelled = true;
  }

  @Override
  public void time(boolean on) {
    synchronized (driver) {
      timing = on;
      times.clear();
      commands.forEach(command -> times.add(new CommandTime(command.path(), 0)));
    }
  }

  @Override
  public List<CommandTime> times() {
    return timing ? List.copyOf(times) : List.of();
  }

  @Override
  public void close() {
    synchronized (driver) {
      if (!closed) {
        closed = true;
        recapture();
        for (Command command : commands) {
          if (command.work() instanceof CudaTable table) {
            table.close();
          }
        }
        status.close();
      }
    }
  }
}
