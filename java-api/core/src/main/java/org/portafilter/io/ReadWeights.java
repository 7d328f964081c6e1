package org.portafilter.io;

import java.util.List;
import org.portafilter.shape.DType;

/**
 * What became of a network's values when a file's were read into it by name.
 *
 * @param read paths that have the file's values now
 * @param converted those of {@code read} whose values the file keeps in another type
 * @param missing paths the file does not have
 * @param misshapen paths whose tensor in the file has another shape
 * @param mistyped paths whose tensor in the file has the same shape, and elements that are not read
 *     as floating-point numbers
 * @param unused names of the file that nothing asked for
 */
public record ReadWeights(
    List<String> read,
    List<Conversion> converted,
    List<String> missing,
    List<String> misshapen,
    List<String> mistyped,
    List<String> unused) {
  /** Copies the lists. */
  public ReadWeights {
    read = List.copyOf(read);
    converted = List.copyOf(converted);
    missing = List.copyOf(missing);
    misshapen = List.copyOf(misshapen);
    mistyped = List.copyOf(mistyped);
    unused = List.copyOf(unused);
  }

  /**
   * Values that were widened or narrowed on their way.
   *
   * @param path where they are now
   * @param from the file's element type, such as {@code BF16}
   * @param to the network's
   */
  public record Conversion(String path, String from, DType to) {
    /** For example {@code conv1/weights: BF16 -> FLOAT32}. */
    @Override
    public String toString() {
      return path + ": " + from + " -> " + to;
    }
  }
}
