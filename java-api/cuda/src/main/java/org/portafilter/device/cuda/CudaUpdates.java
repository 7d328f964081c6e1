package org.portafilter.device.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Updates that follow each other in a program, as one launch: a table in device memory says which
 * blocks do which. It is written by the first run, which no graph captures.
 */
final class CudaUpdates implements CudaProgram.Work, AutoCloseable {
  /** Where the commands are listed together. */
  static final String PATH = "updates";

  /** As in update.cuh. */
  private static final long ELEMENTS_PER_BLOCK = 4L * Commands.THREADS;

  private final String kernel;
  private final long status;
  private final long command;

  /** Bytes that an update reads or writes. */
  record Touched(long from, long bytes, boolean written) {
    private boolean disturbs(Touched other) {
      boolean overlap = from < other.from + other.bytes && other.from < from + bytes;
      return overlap && (written || other.written);
    }
  }

  private final List<Touched> touched = new ArrayList<>();
  private final List<ByteBuffer> updates = new ArrayList<>();
  private final List<Long> firstBlocks = new ArrayList<>();
  private long blocks;
  private @Nullable CudaBuffer table;

  /**
   * @param status where the reason why a run stopped is
   * @param command the number of this command
   */
  CudaUpdates(String kernel, long status, long command) {
    this.kernel = kernel;
    this.status = status;
    this.command = command;
  }

  String kernel() {
    return kernel;
  }

  /** Whether what another update touches may be touched at the same time. */
  boolean isApartFrom(List<Touched> others) {
    return others.stream().noneMatch(other -> touched.stream().anyMatch(other::disturbs));
  }

  /** Adds the update of so many elements. */
  void add(ByteBuffer params, long elements, List<Touched> touches) {
    close();
    touched.addAll(touches);
    updates.add(params);
    firstBlocks.add(blocks);
    blocks += Commands.ceil(elements, ELEMENTS_PER_BLOCK);
  }

  @Override
  public void enqueue(Driver driver) {
    if (table == null) {
      table = write(driver);
    }
    long at = table.address();
    Params params = new Params().add(status, command, updates.size(), at, at + updateBytes());
    driver.launch(new Driver.Launch(kernel, Math.toIntExact(blocks), 1, 1, params.bytes()));
  }

  private long updateBytes() {
    return (long) updates.size() * updates.get(0).remaining();
  }

  private CudaBuffer write(Driver driver) {
    int bytes = Math.toIntExact(updateBytes() + 8L * updates.size());
    ByteBuffer content = ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    updates.forEach(update -> content.put(update.duplicate()));
    firstBlocks.forEach(content::putLong);
    CudaBuffer written = CudaBuffer.allocate(driver, bytes);
    written.write(0, content.flip());
    return written;
  }

  @Override
  public void close() {
    if (table != null) {
      table.close();
      table = null;
    }
  }
}
