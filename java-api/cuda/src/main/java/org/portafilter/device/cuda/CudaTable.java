package org.portafilter.device.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Work on many values that follow each other in a program, as one launch: a table in device memory
 * says which blocks work on which. It is written by the first run, which no graph captures.
 */
final class CudaTable implements CudaProgram.Work, AutoCloseable {
  /** As in kernel.cuh. */
  private static final long ELEMENTS_PER_BLOCK = 4L * Commands.THREADS;

  private final String kernel;
  private final boolean endsRuns;
  private final long status;
  private final long command;

  /** Bytes that one of them reads or writes. */
  record Touched(long from, long bytes, boolean written) {
    private boolean disturbs(Touched other) {
      boolean overlap = from < other.from + other.bytes && other.from < from + bytes;
      return overlap && (written || other.written);
    }
  }

  /** One value's work. */
  record Row(String path, ByteBuffer params, long elements, List<Touched> touched) {}

  private final List<Row> rows = new ArrayList<>();
  private @Nullable CudaBuffer table;

  /**
   * @param endsRuns whether it may end a run because of a value
   * @param status where the reason why a run stopped is
   * @param command the number of this command
   */
  CudaTable(String kernel, boolean endsRuns, long status, long command) {
    this.kernel = kernel;
    this.endsRuns = endsRuns;
    this.status = status;
    this.command = command;
  }

  String kernel() {
    return kernel;
  }

  boolean endsRuns() {
    return endsRuns;
  }

  /** Where the commands are listed together. */
  String path() {
    return endsRuns ? "checks" : "updates";
  }

  /** The path of one of its values. */
  String path(int row) {
    return rows.get(row).path();
  }

  /** Whether what another touches may be touched at the same time. */
  boolean isApartFrom(Row other) {
    return rows.stream()
        .flatMap(row -> row.touched().stream())
        .noneMatch(mine -> other.touched().stream().anyMatch(mine::disturbs));
  }

  void add(Row row) {
    close();
    rows.add(row);
  }

  @Override
  public void enqueue(Driver driver) {
    if (table == null) {
      table = write(driver);
    }
    long at = table.address();
    // UpdatesParams and ChecksParams alike: the head, how many rows, where they and their first
    // blocks lie.
    ByteBuffer params = ByteBuffer.allocate(8 * 5).order(ByteOrder.nativeOrder());
    params.putLong(status).putLong(command).putLong(rows.size());
    params.putLong(at).putLong(at + rowBytes()).flip();
    driver.launch(
        new Driver.Launch(kernel, Math.toIntExact(firstBlock(rows.size())), 1, 1, params));
  }

  private long firstBlock(int row) {
    return rows.subList(0, row).stream()
        .mapToLong(r -> Commands.ceil(r.elements(), ELEMENTS_PER_BLOCK))
        .sum();
  }

  private long rowBytes() {
    return (long) rows.size() * rows.get(0).params().remaining();
  }

  private CudaBuffer write(Driver driver) {
    int bytes = Math.toIntExact(rowBytes() + 8L * rows.size());
    ByteBuffer content = ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    rows.forEach(row -> content.put(row.params().duplicate()));
    for (int row = 0; row < rows.size(); row++) {
      content.putLong(firstBlock(row));
    }
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
