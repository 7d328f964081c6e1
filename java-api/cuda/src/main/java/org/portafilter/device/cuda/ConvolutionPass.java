package org.portafilter.device.cuda;

import java.util.ArrayList;
import java.util.List;
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
   * The ways to do the pass: in the order asked for, then turned.
   *
   * @throws PortafilterException when the library has no algorithm in either order
   */
  static List<ConvolutionPass> of(Driver driver, Driver.ConvolutionCall call) {
    List<ConvolutionPass> ways = new ArrayList<>();
    driver.convolutions(call).forEach(way -> ways.add(new ConvolutionPass(call, way, false)));
    if (call.last()) {
      driver.convolutions(call.plain()).forEach(w -> ways.add(new ConvolutionPass(call, w, true)));
    }
    if (ways.isEmpty()) {
      throw new PortafilterException(
          "cuDNN has no algorithm that gives the same bits at every run for " + call);
    }
    return ways;
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
