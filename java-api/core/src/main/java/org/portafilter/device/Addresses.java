package org.portafilter.device;

/** Where the values of one node lie; 0 where a value, or memory, is not needed. */
public record Addresses(long[] inputs, long[] outputs, long workspace, long prepared) {
  /** Address of an input. */
  public long input(int index) {
    return inputs[index];
  }

  /** Address of an output. */
  public long output(int index) {
    return outputs[index];
  }
}
