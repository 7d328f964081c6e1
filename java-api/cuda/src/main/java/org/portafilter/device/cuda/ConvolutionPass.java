package org.portafilter.device.cuda;

import org.jspecify.annotations.Nullable;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

/**
 * A convolution pass as asked for, also where the library takes the channels first only: then the
 * tensors are turned in workspace around it.
 */
final class ConvolutionPass {
  private static final long ALIGNMENT = 256;

  private final Driver.ConvolutionCall call;
  private final Driver.Convolution convolution;
  private final boolean turned;

  private ConvolutionPass(
      Driver.ConvolutionCall call, Driver.Convolution convolution, boolean turned) {
    this.call = call;
    this.convolution = convolution;
    this.turned = turned;
  }

  /**
   * The pass.
   *
   * @throws PortafilterException when the library has no algorithm in either order
   */
  static ConvolutionPass of(Driver driver, Driver.ConvolutionCall call) {
    Driver.Convolution asked = driver.convolution(call);
    if (asked != null) {
      return new ConvolutionPass(call, asked, false);
    }
    Driver.@Nullable Convolution plain = call.last() ? driver.convolution(call.plain()) : null;
    if (plain == null) {
      throw new PortafilterException(
          "cuDNN has no algorithm that gives the same bits at every run for " + call);
    }
    return new ConvolutionPass(call, plain, true);
  }

  /** Names the algorithm. */
  String algorithm() {
    return convolution.algorithm() + (turned ? " turned" : "");
  }

  /** Bytes it needs while it runs. */
  long workspaceBytes() {
    long library = align(convolution.workspaceBytes());
    return turned ? library + bytes(call.x()) + bytes(call.w()) + bytes(call.y()) : library;
  }

  private long bytes(Shape shape) {
    return align(shape.count() * call.dtype().bytes());
  }

  private static long align(long bytes) {
    return Commands.ceil(bytes, ALIGNMENT) * ALIGNMENT;
  }

  /** Appends it. */
  void emit(Commands to, long x, long w, long y, long workspace) {
    if (!turned) {
      to.convolution(convolution, x, w, y, workspace);
      return;
    }
    long plainX = workspace + align(convolution.workspaceBytes());
    long plainW = plainX + bytes(call.x());
    long plainY = plainW + bytes(call.w());
    Driver.Pass pass = call.pass();
    turn(to, call.x(), pass != Driver.Pass.DATA, x, plainX);
    turn(to, call.w(), pass != Driver.Pass.WEIGHTS, w, plainW);
    turn(to, call.y(), pass != Driver.Pass.FORWARD, y, plainY);
    to.convolution(convolution, plainX, plainW, plainY, workspace);
    switch (pass) {
      case FORWARD -> CudaMove.turn(to, call.dtype(), call.y(), false, plainY, y);
      case DATA -> CudaMove.turn(to, call.dtype(), call.x(), false, plainX, x);
      case WEIGHTS -> CudaMove.turn(to, call.dtype(), call.w(), false, plainW, w);
    }
  }

  private void turn(Commands to, Shape shape, boolean isRead, long from, long plain) {
    if (isRead) {
      CudaMove.turn(to, call.dtype(), shape, true, from, plain);
    }
  }
}
