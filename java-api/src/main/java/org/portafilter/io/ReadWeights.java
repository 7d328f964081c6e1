package org.portafilter.io;

import java.util.List;

/**
 * What became of a network's values when a file's were read into it by name.
 *
 * @param read paths that have the file's values now
 * @param missing paths the file does not have
 * @param misshapen paths whose tensor in the file has another shape or type
 * @param unused names of the file that nothing asked for
 */
public record ReadWeights(
    List<String> read, List<String> missing, List<String> misshapen, List<String> unused) {
  /** Copies the lists. */
  public ReadWeights {
    read = List.copyOf(read);
    missing = List.copyOf(missing);
    misshapen = List.copyOf(misshapen);
    unused = List.copyOf(unused);
  }
}
