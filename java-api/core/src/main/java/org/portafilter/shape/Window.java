package org.portafilter.shape;

/**
 * A two-dimensional window sliding over an image: kernel, stride, padding per side, dilation.
 *
 * <p>Each output size is {@code floor((size + before + after - dilation (kernel - 1) - 1) / stride
 * + 1)}.
 */
public record Window(
    int kernelHeight,
    int kernelWidth,
    int strideHeight,
    int strideWidth,
    int padTop,
    int padLeft,
    int padBottom,
    int padRight,
    int dilationHeight,
    int dilationWidth) {

  /** Checks the ranges: kernel, stride and dilation at least 1, padding at least 0. */
  public Window {
    if (kernelHeight < 1 || kernelWidth < 1) {
      throw new ShapeException(
          "kernel must be at least 1x1, got " + kernelHeight + "x" + kernelWidth);
    }
    if (strideHeight < 1 || strideWidth < 1) {
      throw new ShapeException(
          "stride must be at least 1, got " + strideHeight + "x" + strideWidth);
    }
    if (dilationHeight < 1 || dilationWidth < 1) {
      throw new ShapeException(
          "dilation must be at least 1, got " + dilationHeight + "x" + dilationWidth);
    }
    if (padTop < 0 || padLeft < 0 || padBottom < 0 || padRight < 0) {
      throw new ShapeException(
          "padding must be at least 0, got top %s left %s bottom %s right %s"
              .formatted(padTop, padLeft, padBottom, padRight));
    }
  }

  /** A square kernel with stride 1, no padding, no dilation. */
  public static Window of(int kernel) {
    return of(kernel, kernel);
  }

  /** A kernel with stride 1, no padding, no dilation. */
  public static Window of(int kernelHeight, int kernelWidth) {
    return new Window(kernelHeight, kernelWidth, 1, 1, 0, 0, 0, 0, 1, 1);
  }

  /** The same window with another stride in both directions. */
  public Window withStride(int stride) {
    return withStride(stride, stride);
  }

  /** The same window with another stride. */
  public Window withStride(int height, int width) {
    return new Window(
        kernelHeight,
        kernelWidth,
        height,
        width,
        padTop,
        padLeft,
        padBottom,
        padRight,
        dilationHeight,
        dilationWidth);
  }

  /** The same window with the same padding on all four sides. */
  public Window withPadding(int padding) {
    return withPadding(padding, padding, padding, padding);
  }

  /** The same window with padding per side. */
  public Window withPadding(int top, int left, int bottom, int right) {
    return new Window(
        kernelHeight,
        kernelWidth,
        strideHeight,
        strideWidth,
        top,
        left,
        bottom,
        right,
        dilationHeight,
        dilationWidth);
  }

  /** The same window with another dilation in both directions. */
  public Window withDilation(int dilation) {
    return withDilation(dilation, dilation);
  }

  /** The same window with another dilation. */
  public Window withDilation(int height, int width) {
    return new Window(
        kernelHeight,
        kernelWidth,
        strideHeight,
        strideWidth,
        padTop,
        padLeft,
        padBottom,
        padRight,
        height,
        width);
  }

  /**
   * Rows of output for an input of {@code height} rows; 0 or less when the window does not fit
   * once.
   */
  public long outputHeight(long height) {
    return outputSize(height, padTop, padBottom, kernelHeight, strideHeight, dilationHeight);
  }

  /**
   * Columns of output for an input of {@code width} columns; 0 or less when the window does not fit
   * once.
   */
  public long outputWidth(long width) {
    return outputSize(width, padLeft, padRight, kernelWidth, strideWidth, dilationWidth);
  }

  /**
   * The first row of output whose window covers padding and no row of an input of {@code height}
   * rows; -1 when there is none.
   */
  public long rowInPaddingAlone(long height) {
    return inPaddingAlone(
        outputHeight(height), height, padTop, kernelHeight, strideHeight, dilationHeight);
  }

  /**
   * The first column of output whose window covers padding and no column of an input of {@code
   * width} columns; -1 when there is none.
   */
  public long columnInPaddingAlone(long width) {
    return inPaddingAlone(
        outputWidth(width), width, padLeft, kernelWidth, strideWidth, dilationWidth);
  }

  private static long inPaddingAlone(
      long outputs, long size, long before, long kernel, long stride, long dilation) {
    // Windows that begin in the padding. Whether a tap meets the image repeats with the dilation.
    long different = Math.min(outputs, dilation);
    for (long output = 0; output < different && output * stride < before; output++) {
      long start = output * stride - before;
      long tap = (-start + dilation - 1) / dilation;
      if (tap >= kernel || start + tap * dilation >= size) {
        return output;
      }
    }
    // The others begin at a pixel, or behind the last one.
    long behind = (size + before + stride - 1) / stride;
    return behind < outputs ? behind : -1;
  }

  private static long outputSize(
      long size, long before, long after, long kernel, long stride, long dilation) {
    return Math.floorDiv(size + before + after - dilation * (kernel - 1) - 1, stride) + 1;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(kernelHeight + "x" + kernelWidth);
    if (strideHeight != 1 || strideWidth != 1) {
      text.append(" stride ").append(pair(strideHeight, strideWidth));
    }
    if (padTop != 0 || padLeft != 0 || padBottom != 0 || padRight != 0) {
      boolean even = padTop == padLeft && padTop == padBottom && padTop == padRight;
      text.append(" padding ")
          .append(even ? padTop : padTop + "," + padLeft + "," + padBottom + "," + padRight);
    }
    if (dilationHeight != 1 || dilationWidth != 1) {
      text.append(" dilation ").append(pair(dilationHeight, dilationWidth));
    }
    return text.toString();
  }

  private static String pair(int height, int width) {
    return height == width ? Integer.toString(height) : height + "x" + width;
  }
}
