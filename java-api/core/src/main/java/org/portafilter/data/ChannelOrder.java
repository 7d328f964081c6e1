package org.portafilter.data;

/** Which plane of an image is which colour. */
public enum ChannelOrder {
  /** One plane. */
  GREY(1),
  /** Red, green, blue: what every reader of this library gives. */
  RGB(3),
  /** Blue, green, red: what Caffe and OpenCV give, and networks trained there want. */
  BGR(3);

  private final int channels;

  ChannelOrder(int channels) {
    this.channels = channels;
  }

  /** How many planes an image has. */
  public int channels() {
    return channels;
  }
}
