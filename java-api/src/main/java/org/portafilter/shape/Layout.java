package org.portafilter.shape;

/** The order of a value's elements in memory. Users only ever see {@link #PLAIN}. */
public enum Layout {
  /** Row-major over the dimensions, for example N x C x H x W. */
  PLAIN,
  /**
   * N x C/16 x H x W x 16, for C a multiple of 16: the channels of one pixel share a cache line.
   */
  CHANNEL_BLOCKS
}
