package org.portafilter.device.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.MathMode;
import org.portafilter.graph.ConvOp;
import org.portafilter.graph.Op;
import org.portafilter.shape.DType;
import org.portafilter.shape.Layout;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;

/**
 * Which layout the CPU wants where: convolutions want channel blocks where their channels fill the
 * blocks well enough, what follows them keeps the blocks where it can, and everything else is
 * plain.
 */
final class CpuLayouts {
  private static final int MOST_TAPS = 16;

  private static final ConvOp.Place NO_WEIGHTS = new ConvOp.Place(false, -1);

  /** Least part of the blocks' work that counts, where Winograd's algorithm does it. */
  private static final double WINOGRAD_FILL = 0.4;

  /** The same where direct sums over plain values are at hand. */
  private static final double DIRECT_FILL = 0.85;

  /** The same where only lowered columns are. */
  private static final double COLUMNS_FILL = 0.7;

  /** The same where an image lies in blocks already. */
  private static final double BLOCKED_FILL = 0.6;

  /** Channels of a sum's result that are computed together: those of a block, or half of them. */
  private final int unit;

  /**
   * @param vectors how many vectors of the instruction set hold a block
   */
  CpuLayouts(int vectors) {
    unit = vectors > 1 ? Layout.BLOCK / 2 : Layout.BLOCK;
  }

  /** The request with the layouts its kernel should see. */
  KernelRequest arrange(KernelRequest r) {
    Op op = r.op();
    if (op instanceof ConvOp.Windowed conv) {
      return convolution(r, conv);
    }
    boolean there = r.inputs().stream().anyMatch(type -> type.layout() == Layout.CHANNEL_BLOCKS);
    return there && CpuKernels.follow(blocked(r)) ? blocked(r) : plain(r);
  }

  private KernelRequest convolution(KernelRequest r, ConvOp.Windowed conv) {
    Window window = conv.window();
    int groups = conv.groups();
    ValueType x = conv.roles().x().of(r.inputs(), r.outputs());
    ValueType y = conv.roles().y().of(r.inputs(), r.outputs());
    boolean summed = conv.roles().x().isOutput();
    boolean taps = window.kernelHeight() <= MOST_TAPS && window.kernelWidth() <= MOST_TAPS;
    boolean small = summed && fits(x) && x.shape().dim(1) <= Layout.BLOCK / 2;
    if (!taps || small || !fits(x) || !fits(y)) {
      return plain(r);
    }
    long in = x.shape().dim(1) / groups;
    long out = y.shape().dim(1) / groups;
    boolean whole = in % Layout.BLOCK == 0 && out % Layout.BLOCK == 0;
    if (groups > 1) {
      return whole || in == 1 && out == 1 && fill(groups) >= BLOCKED_FILL ? blocked(r) : plain(r);
    }
    boolean few = !summed && in < Layout.BLOCK && x.layout() == Layout.PLAIN;
    double blocks = fill(out) * (few ? 1 : fill(in));
    // Where a block is several vectors, empty ones are left out; what is summed is never padded.
    double counted = unit < Layout.BLOCK ? fill(summed ? in : out, unit) : blocks;
    boolean winograd = isWinograd(r, window, in, out);
    if (winograd ? blocks < WINOGRAD_FILL : counted < least(r, window, in)) {
      return plain(r);
    }
    return few ? withPlain(blocked(r), conv.roles().x().index()) : blocked(r);
  }

  /** Whether Winograd's algorithm may do it. */
  private static boolean isWinograd(KernelRequest r, Window window, long in, long out) {
    boolean dense = window.dilationHeight() == 1 && window.dilationWidth() == 1;
    boolean three = window.kernelHeight() == 3 && window.kernelWidth() == 3;
    boolean many = in >= Layout.BLOCK && out >= Layout.BLOCK;
    return hasUnitStride(window) && dense && three && many && r.math() == MathMode.FAST;
  }

  private static boolean hasUnitStride(Window window) {
    return window.strideHeight() == 1 && window.strideWidth() == 1;
  }

  /** The part of the other algorithms' work that must count, so that blocks are worth it. */
  private static double least(KernelRequest r, Window window, long in) {
    if (r.inputs().stream().anyMatch(type -> type.layout() == Layout.CHANNEL_BLOCKS)) {
      return BLOCKED_FILL;
    }
    return hasUnitStride(window) && in > Layout.BLOCK / 2 ? DIRECT_FILL : COLUMNS_FILL;
  }

  /** How much of their blocks so many channels fill. */
  private static double fill(long channels) {
    return fill(channels, Layout.BLOCK);
  }

  private static double fill(long channels, int unit) {
    return (double) channels / ((channels + unit - 1) / unit * unit);
  }

  /** Whether a value can lie in blocks. */
  private static boolean fits(ValueType type) {
    return type.shape().rank() == 4
        && (type.dtype() == DType.FLOAT32 || type.dtype() == DType.INT32);
  }

  /** Whether nothing lies behind its last channel. */
  static boolean fillsBlocks(ValueType type) {
    return fits(type) && type.shape().dim(1) % Layout.BLOCK == 0;
  }

  /** Whether an elementwise op leaves the zeros behind the last channel as they are. */
  static boolean keepsZeros(KernelRequest r) {
    return r.op().keepsZero() || r.outputs().stream().allMatch(CpuLayouts::fillsBlocks);
  }

  /** Every image in channel blocks, everything else plain. Weights have rank 4 too. */
  private static KernelRequest blocked(KernelRequest r) {
    ConvOp.Place weights =
        r.op() instanceof ConvOp.Windowed conv ? conv.roles().weights() : NO_WEIGHTS;
    int read = weights.isOutput() ? -1 : weights.index();
    int written = weights.isOutput() ? weights.index() : -1;
    return r.withTypes(blocked(r.inputs(), read), blocked(r.outputs(), written));
  }

  /** An image of few channels is interleaved while it is read. */
  private static KernelRequest withPlain(KernelRequest r, int input) {
    List<ValueType> inputs = new ArrayList<>(r.inputs());
    inputs.set(input, inputs.get(input).withLayout(Layout.PLAIN));
    return r.withTypes(inputs, r.outputs());
  }

  private static List<ValueType> blocked(List<ValueType> types, int weights) {
    return IntStream.range(0, types.size())
        .mapToObj(i -> i != weights && fits(types.get(i)) ? block(types.get(i)) : types.get(i))
        .toList();
  }

  private static ValueType block(ValueType type) {
    return type.withLayout(Layout.CHANNEL_BLOCKS);
  }

  private static KernelRequest plain(KernelRequest r) {
    return r.withTypes(plain(r.inputs()), plain(r.outputs()));
  }

  private static List<ValueType> plain(List<ValueType> types) {
    return types.stream().map(type -> type.withLayout(Layout.PLAIN)).toList();
  }
}
