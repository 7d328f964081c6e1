package org.portafilter.data;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

/**
 * Reads the IDX format of MNIST and Fashion-MNIST (LeCun), gzip-packed or not: a big-endian magic
 * number, one size per dimension, unsigned bytes.
 *
 * <pre>{@code
 * Split mnist = Idx.mnist(Path.of("data"));
 * }</pre>
 */
public final class Idx {
  private static final int IMAGES = 0x803;
  private static final int LABELS = 0x801;
  private static final String TRAIN_IMAGES = "train-images-idx3-ubyte";

  /** No deflate stream unpacks to more times its size. */
  private static final long MOST_DEFLATE_RATIO = 1032;

  private Idx() {}

  /**
   * The four files {@code train-images-idx3-ubyte}, {@code train-labels-idx1-ubyte}, {@code
   * t10k-images-idx3-ubyte} and {@code t10k-labels-idx1-ubyte} of a folder, each with or without
   * {@code .gz}; or, as some archives unpack them, with a dot: {@code train-images.idx3-ubyte}.
   *
   * @throws PortafilterException naming the file that is missing or damaged
   */
  public static Split mnist(Path folder) {
    return new Split(
        read(find(folder, TRAIN_IMAGES), find(folder, "train-labels-idx1-ubyte")),
        read(find(folder, "t10k-images-idx3-ubyte"), find(folder, "t10k-labels-idx1-ubyte")));
  }

  /** Whether a folder holds training images under one of the names that {@link #mnist} reads. */
  public static boolean isMnist(Path folder) {
    return names(TRAIN_IMAGES).stream().map(folder::resolve).anyMatch(Files::isRegularFile);
  }

  private static List<String> names(String name) {
    String dotted = name.replace("-idx", ".idx");
    return List.of(name, dotted, name + ".gz", dotted + ".gz");
  }

  private static Path find(Path folder, String name) {
    return names(name).stream()
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow(
            () ->
                new PortafilterException(
                    "none of %s is in %s; put the four MNIST files there"
                        .formatted(String.join(", ", names(name)), folder.toAbsolutePath())));
  }

  /**
   * Images with one channel and their labels, from two files of equal count.
   *
   * @throws PortafilterException naming the file that is missing, damaged, or larger than one array
   *     holds, 2,147,483,639 bytes
   */
  public static Dataset read(Path imageFile, Path labelFile) {
    try (Contents images = Contents.open(imageFile, IMAGES, 3);
        Contents labels = Contents.open(labelFile, LABELS, 1)) {
      if (images.sizes[0] != labels.sizes[0]) {
        throw new PortafilterException(
            "%s holds %s images and %s holds %s labels; use files that belong together"
                .formatted(imageFile, images.sizes[0], labelFile, labels.sizes[0]));
      }
      byte[] pixels = images.read();
      byte[] classes = labels.read();
      int[] label = new int[classes.length];
      for (int i = 0; i < label.length; i++) {
        label[i] = classes[i] & 255;
      }
      return Dataset.of(pixels, Shape.of(1, images.sizes[1], images.sizes[2]), label);
    } catch (IOException e) {
      throw new PortafilterException(
          "closing " + imageFile + " or " + labelFile + ": " + PortafilterException.reason(e), e);
    }
  }

  /** An open file after its header. */
  private static final class Contents implements AutoCloseable {
    private final Path file;
    private final DataInputStream in;
    private final int[] sizes;
    private final int count;

    private Contents(Path file, DataInputStream in, int[] sizes, int count) {
      this.file = file;
      this.in = in;
      this.sizes = sizes;
      this.count = count;
    }

    static Contents open(Path file, int magic, int rank) {
      DataInputStream in = null;
      try {
        in = data(new BufferedInputStream(Files.newInputStream(file), 1 << 16));
        int found = in.readInt();
        if (found != magic) {
          throw new PortafilterException(
              "%s: expected the IDX magic number 0x%03x, got 0x%08x; is it the right file?"
                  .formatted(file, magic, found));
        }
        int[] sizes = new int[rank];
        long count = 1;
        for (int i = 0; i < rank; i++) {
          sizes[i] = in.readInt();
          if (sizes[i] < 1) {
            throw new PortafilterException(
                "%s: dimension %s has size %s, which cannot be; the file is damaged"
                    .formatted(file, i, sizes[i]));
          }
          count = count > Long.MAX_VALUE / sizes[i] ? Long.MAX_VALUE : count * sizes[i];
        }
        requireRoom(file, in, rank, count);
        return new Contents(file, in, sizes, (int) count);
      } catch (EOFException e) {
        close(in);
        throw new PortafilterException(file + ": ends inside its header; the file is truncated", e);
      } catch (IOException e) {
        close(in);
        throw new PortafilterException(file + ": " + message(e), e);
      } catch (PortafilterException e) {
        close(in);
        throw e;
      }
    }

    /**
     * Refuses a header that promises more than the file can hold, or than one array does, before
     * memory is taken for it.
     */
    private static void requireRoom(Path file, DataInputStream in, int rank, long count)
        throws IOException {
      long stored = Files.size(file);
      boolean packed = in instanceof Packed;
      long most = packed ? MOST_DEFLATE_RATIO * stored : stored - 4 - 4L * rank;
      if (count > most) {
        throw new PortafilterException(
            "%s: its header promises %s bytes, the file has %s%s; the file is truncated or damaged"
                .formatted(file, count, stored, packed ? ", gzip-packed" : " with the header"));
      }
      if (count > Limits.MOST) {
        throw new PortafilterException(
            String.format(
                Locale.ROOT,
                "%s: %,d bytes are more than one array holds, %,d; cut the file into parts, or shrink its images",
                file,
                count,
                Limits.MOST));
      }
    }

    private static DataInputStream data(BufferedInputStream in) throws IOException {
      in.mark(2);
      int first = in.read();
      int second = in.read();
      in.reset();
      return first == 0x1f && second == 0x8b ? new Packed(in) : new DataInputStream(in);
    }

    /** The contents of a gzip file. */
    private static final class Packed extends DataInputStream {
      Packed(InputStream in) throws IOException {
        super(new GZIPInputStream(in, 1 << 16));
      }
    }

    /** The rest of the file, which must be exactly what the header promises. */
    byte[] read() {
      try {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
          throw new PortafilterException(
              "%s: expected %s bytes after the header, got %s; the file is truncated"
                  .formatted(file, count, bytes.length));
        }
        if (in.read() >= 0) {
          throw new PortafilterException(
              "%s: expected %s bytes after the header, got more; the file is damaged"
                  .formatted(file, count));
        }
        return bytes;
      } catch (IOException e) {
        throw new PortafilterException(file + ": " + message(e), e);
      }
    }

    private static String message(IOException e) {
      if (e instanceof NoSuchFileException) {
        return "no such file";
      }
      if (e instanceof ZipException || e instanceof EOFException) {
        return "the gzip data is damaged or truncated (" + PortafilterException.reason(e) + ")";
      }
      return PortafilterException.reason(e);
    }

    private static void close(@org.jspecify.annotations.Nullable DataInputStream in) {
      if (in != null) {
        try {
          in.close();
        } catch (IOException ignored) {
          // The first failure is the one to tell.
          return;
        }
      }
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
