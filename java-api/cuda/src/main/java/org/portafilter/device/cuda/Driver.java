package org.portafilter.device.cuda;

import java.nio.ByteBuffer;
import java.util.List;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.Window;

/**
 * Everything the device asks of CUDA, in one stream: memory, copies, launches, cuDNN, cuBLAS,
 * captured graphs. Addresses are device memory. Calls that enqueue return at once; between {@link
 * #beginCapture} and {@link #endCapture} only those are legal.
 */
interface Driver {
  /** Lines of {@code key: value}: GPU, driver, library versions. */
  String describe();

  /** The GPU's name. */
  String gpu();

  /**
   * Names what decides the bits of results: the GPU's architecture, the libraries' versions, our
   * kernels' machine code.
   */
  String numerics();

  /** Bytes of device memory that are free now. */
  long available();

  /** Device memory of zeros, aligned to 256 bytes. */
  long allocate(long bytes);

  /** Gives memory back when all that was enqueued is done. */
  void free(long address);

  /**
   * Memory of the host, of any contents, from and to which copies do not wait; it is freed when
   * nobody reaches the buffer any more.
   */
  ByteBuffer hostMemory(int bytes);

  /**
   * Memory of the host through which values are copied; there is one, for whoever holds the lock on
   * this driver.
   */
  ByteBuffer staging();

  /** Enqueues a copy of all bytes of a direct buffer to the device. */
  void upload(long to, ByteBuffer from);

  /** Enqueues a copy from the device into all bytes of a direct buffer. */
  void download(ByteBuffer to, long from);

  /** Enqueues zeros. */
  void clear(long address, long bytes);

  /** Enqueues one of our kernels. */
  void launch(Launch launch);

  /** The algorithms the library has for a convolution pass, best first; empty where it has none. */
  List<Convolution> convolutions(ConvolutionCall call);

  /** Enqueues a matrix product. */
  void product(ProductCall call, long a, long b, long c);

  /** From now on enqueued work is recorded, not done. */
  void beginCapture();

  /** The recorded work as a graph. */
  long endCapture();

  /** Drops what was recorded so far, after a failure. */
  void abandonCapture();

  /** Enqueues a graph. */
  void replay(long graph);

  /** Frees a graph. */
  void release(long graph);

  /** Waits for all that was enqueued. */
  void synchronize();

  /** Enqueues a time stamp and returns its handle. */
  long stamp();

  /** Nanoseconds between two time stamps that were reached. */
  long elapsed(long from, long to);

  /** Frees a time stamp. */
  void forget(long stamp);

  /**
   * One of our kernels with its grid of blocks.
   *
   * @param params the bytes of its parameter struct; they are copied
   */
  record Launch(String kernel, int gridX, int gridY, int gridZ, ByteBuffer params) {}

  /** Which of a convolution's three results is computed. */
  enum Pass {
    /** y from x and w. */
    FORWARD,
    /** x (its gradient) from y and w. */
    DATA,
    /** w (its gradient) from x and y. */
    WEIGHTS
  }

  /**
   * A convolution pass over packed tensors.
   *
   * @param last whether images are N x H x W x C and weights O x H x W x I in memory
   * @param window with the same padding on opposite sides
   * @param strict whether only plain sums of products in the working type are allowed
   */
  record ConvolutionCall(
      Pass pass,
      DType dtype,
      boolean last,
      Shape x,
      Shape w,
      Shape y,
      Window window,
      int groups,
      boolean strict) {
    /** The same over tensors in plain order. */
    ConvolutionCall plain() {
      return new ConvolutionCall(pass, dtype, false, x, w, y, window, groups, strict);
    }
  }

  /** A convolution pass with its algorithm chosen. */
  interface Convolution {
    /** Names the algorithm. */
    String algorithm();

    /** Bytes it needs while it runs. */
    long workspaceBytes();

    /** Enqueues it. */
    void enqueue(long x, long w, long y, long workspace);
  }

  /**
   * {@code c (m x n) = op(a) op(b)} over packed row-major matrices.
   *
   * @param dtype of the factors; where it is BFLOAT16 or FLOAT16, c is FLOAT32
   * @param strict whether only plain sums of products in the working type are allowed
   */
  record ProductCall(
      DType dtype,
      long m,
      long n,
      long k,
      boolean transposeA,
      boolean transposeB,
      boolean strict) {}
}
