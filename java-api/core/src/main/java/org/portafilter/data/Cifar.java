package org.portafilter.data;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

/**
 * Reads the binary version of CIFAR-10 and CIFAR-100 (Krizhevsky 2009): records of one or two label
 * bytes and 3 x 32 x 32 pixels, red plane first.
 *
 * <pre>{@code
 * Split cifar = Cifar.ten(Path.of("cifar-10-batches-bin"));
 * }</pre>
 */
public final class Cifar {
  private static final Shape IMAGE = Shape.of(3, 32, 32);
  private static final int PIXELS = 3 * 32 * 32;

  /** The largest published file has half of this. */
  private static final long MOST_BYTES = 400_000_000;

  private Cifar() {}

  /**
   * CIFAR-10 from {@code data_batch_1.bin} to {@code data_batch_5.bin} and {@code test_batch.bin}.
   *
   * @throws PortafilterException naming the file that is missing or damaged
   */
  public static Split ten(Path folder) {
    List<Path> train =
        IntStream.rangeClosed(1, 5)
            .mapToObj(i -> folder.resolve("data_batch_" + i + ".bin"))
            .toList();
    return new Split(read(train, 1, 10), read(List.of(folder.resolve("test_batch.bin")), 1, 10));
  }

  /**
   * CIFAR-100, with its 100 fine labels, from {@code train.bin} and {@code test.bin}.
   *
   * @throws PortafilterException naming the file that is missing or damaged
   */
  public static Split hundred(Path folder) {
    return new Split(
        read(List.of(folder.resolve("train.bin")), 2, 100),
        read(List.of(folder.resolve("test.bin")), 2, 100));
  }

  /** The label is the last of a record's label bytes. */
  private static Dataset read(List<Path> files, int labelBytes, int classes) {
    int record = labelBytes + PIXELS;
    int[] counts = files.stream().mapToInt(file -> records(file, record)).toArray();
    int total = Arrays.stream(counts).sum();
    byte[] pixels = new byte[Limits.length(total, PIXELS, "CIFAR images", "read fewer files")];
    int[] labels = new int[total];
    int at = 0;
    for (int file = 0; file < counts.length; file++) {
      read(files.get(file), labelBytes, at, counts[file], labels, pixels);
      for (int i = 0; i < counts[file]; i++, at++) {
        if (labels[at] >= classes) {
          throw new PortafilterException(
              "%s: label %s in record %s; labels end at %s, so the file is damaged or of the other CIFAR"
                  .formatted(files.get(file), labels[at], i, classes - 1));
        }
      }
    }
    return Dataset.of(pixels, IMAGE, labels);
  }

  /** Reads a file's records to their places from {@code at} on. */
  private static void read(
      Path file, int labelBytes, int at, int count, int[] labels, byte[] pixels) {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
      for (int i = at; i < at + count; i++) {
        in.skipNBytes(labelBytes - 1);
        labels[i] = in.readUnsignedByte();
        in.readFully(pixels, i * PIXELS, PIXELS);
      }
    } catch (IOException e) {
      throw new PortafilterException(
          file + ": cannot be read (" + PortafilterException.reason(e) + ")", e);
    }
  }

  /** How many whole records a file has. */
  private static int records(Path file, int record) {
    try {
      long size = Files.size(file);
      if (size == 0 || size % record != 0 || size > MOST_BYTES) {
        throw new PortafilterException(
            "%s: expected 1 to %s whole records of %s bytes, got %s bytes; the file is truncated or damaged"
                .formatted(file, MOST_BYTES / record, record, size));
      }
      return (int) (size / record);
    } catch (NoSuchFileException e) {
      throw new PortafilterException(
          file + ": no such file; unpack the binary version of CIFAR there", e);
    } catch (IOException e) {
      throw new PortafilterException(
          file + ": cannot be read (" + PortafilterException.reason(e) + ")", e);
    }
  }
}
