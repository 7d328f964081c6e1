package org.portafilter.device.cpu;

import static org.portafilter.device.cpu.Descriptors.view;

import java.util.ArrayList;
import java.util.List;
import org.portafilter.binding.Kernels;
import org.portafilter.device.Addresses;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.graph.MoveOp;
import org.portafilter.shape.ValueType;

/** Copies of rows and changes of layout on the CPU: header move.h. */
final class CpuMove {
  private static final CpuKernel.Family<Kernels.Move> FAMILY =
      new CpuKernel.Family<>(Kernels::pf_move_query, Kernels::pf_program_move);

  private static final CpuKernel.Family<Kernels.Reorder> REORDER =
      new CpuKernel.Family<>(Kernels::pf_reorder_query, Kernels::pf_program_reorder);

  private CpuMove() {}

  static void register(KernelTable<CpuDevice> kernels) {
    kernels.ordered(
        MoveOp.Concat.class,
        CpuMove::joinsBlocks,
        (d, r) -> CpuKernel.of(d, FAMILY, r, CpuKernel.NEVER, at -> concat(r, at)));
    kernels.ordered(
        MoveOp.Split.class,
        CpuMove::joinsBlocks,
        (d, r) -> CpuKernel.of(d, FAMILY, r, CpuKernel.NEVER, at -> split(r, at)));
    kernels.ordered(
        MoveOp.Reorder.class,
        (d, r) -> CpuKernel.of(d, REORDER, r, CpuKernel.NEVER, at -> reorder(r, at)));
  }

  /** Whether pieces are channels that fill their blocks. */
  private static boolean joinsBlocks(KernelRequest r) {
    int axis = ((MoveOp.AlongAxis) r.op()).axis();
    return axis == 1
        && r.inputs().stream().allMatch(CpuLayouts::fillsBlocks)
        && r.outputs().stream().allMatch(CpuLayouts::fillsBlocks);
  }

  private static List<Kernels.Move> concat(KernelRequest r, Addresses at) {
    int axis = ((MoveOp.Concat) r.op()).axis();
    ValueType whole = r.outputs().get(0);
    List<Kernels.Move> moves = new ArrayList<>();
    long offset = 0;
    for (int i = 0; i < r.inputs().size(); i++) {
      long row = row(r.inputs().get(i), axis);
      Kernels.Move p = descriptor(outer(whole, axis), row, at);
      p.from(at.input(i)).from_stride(row);
      p.to(at.output(0)).to_stride(row(whole, axis)).to_offset(offset);
      offset += row;
      moves.add(p);
    }
    return moves;
  }

  private static List<Kernels.Move> split(KernelRequest r, Addresses at) {
    int axis = ((MoveOp.Split) r.op()).axis();
    ValueType whole = r.inputs().get(0);
    List<Kernels.Move> moves = new ArrayList<>();
    long offset = 0;
    for (int i = 0; i < r.outputs().size(); i++) {
      long row = row(r.outputs().get(i), axis);
      if (at.output(i) != 0) {
        Kernels.Move p = descriptor(outer(whole, axis), row, at);
        p.from(at.input(0) + offset).from_stride(row(whole, axis));
        p.to(at.output(i)).to_stride(row);
        moves.add(p);
      }
      offset += row;
    }
    return moves;
  }

  private static long outer(ValueType type, int axis) {
    long outer = 1;
    for (int i = 0; i < axis; i++) {
      outer *= type.shape().dim(i);
    }
    return outer;
  }

  private static long row(ValueType type, int axis) {
    return type.bytes() / outer(type, axis);
  }

  private static Kernels.Move descriptor(long outer, long row, Addresses at) {
    Kernels.Move p = Descriptors.zeroed(new Kernels.Move());
    p.size(p.sizeof());
    p.outer(outer);
    p.row(row);
    p.workspace(at.workspace());
    return p;
  }

  private static List<Kernels.Reorder> reorder(KernelRequest r, Addresses at) {
    Kernels.Reorder p = Descriptors.zeroed(new Kernels.Reorder());
    p.size(p.sizeof());
    view(p.from(), r.inputs().get(0), at.input(0));
    view(p.to(), r.outputs().get(0), at.output(0));
    p.workspace(at.workspace());
    return List.of(p);
  }
}
