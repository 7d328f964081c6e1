package org.portafilter.shape;

/** The order of a value's elements in memory. Users only ever see {@link #PLAIN}. */
public enum Layout {
  /** Row-major over the dimensions, for example N x C x H x W. */
  PLAIN,
  /**
   * N x ceil(C/16) x H x W x 16: sixteen channels of one pixel share a cache line. Behind the last
   * channel there are zeros.
   */
  CHANNEL_BLOCKS,
  /** N x H x W x C, weights O x H x W x I: what GPU libraries multiply fastest. */
  CHANNELS_LAST;

  /** Channels of a block. */
  public static final int BLOCK = 16;
}
