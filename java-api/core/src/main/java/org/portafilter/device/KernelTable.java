package org.portafilter.device;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.portafilter.graph.Op;
import org.portafilter.shape.ValueType;

/**
 * A device's kernels by op, and the layouts that each takes. What a kernel does not take is refused
 * here, before it sees the request.
 *
 * @param <D> what kernels are made for
 */
public final class KernelTable<D> {
  private static final int CHANNELS = 1;

  /** Makes the kernels that can do this work, best first. */
  @FunctionalInterface
  public interface Source<D> {
    /** The kernels, none where there is none for this work. */
    List<Kernel> candidates(D device, KernelRequest request);
  }

  private record Entry<D>(Predicate<KernelRequest> takes, Source<D> source) {}

  private final Map<Class<? extends Op>, Entry<D>> entries = new HashMap<>();

  /** An empty table. */
  public KernelTable() {}

  /** Kernels of plain values alone. */
  public void plain(Class<? extends Op> op, Source<D> source) {
    add(op, KernelTable::isPlain, source);
  }

  /** Kernels of values in whatever order. */
  public void ordered(Class<? extends Op> op, Source<D> source) {
    add(op, request -> true, source);
  }

  /** Kernels of plain values, and of values in another order where this says so. */
  public void ordered(Class<? extends Op> op, Predicate<KernelRequest> takes, Source<D> source) {
    add(op, request -> isPlain(request) || takes.test(request), source);
  }

  private void add(Class<? extends Op> op, Predicate<KernelRequest> takes, Source<D> source) {
    entries.put(op, new Entry<>(takes, source));
  }

  /** The kernels that can do this work, best first. */
  public List<Kernel> candidates(D device, KernelRequest request) {
    Entry<D> entry = entries.get(request.op().getClass());
    return entry == null || !entry.takes.test(request)
        ? List.of()
        : entry.source.candidates(device, request);
  }

  /** Whether the op's kernels take values as they lie in this request. */
  public boolean takes(KernelRequest request) {
    Entry<D> entry = entries.get(request.op().getClass());
    return entry != null && entry.takes.test(request);
  }

  /**
   * Whether the op may be done on images in another order than plain: it reads each channel for
   * itself, and its kernels take the values as they lie in this request.
   */
  public boolean follows(KernelRequest request) {
    return carriesChannels(request) && takes(request);
  }

  private static boolean carriesChannels(KernelRequest r) {
    return IntStream.range(0, r.outputs().size())
        .filter(output -> isImage(r.outputs().get(output)))
        .allMatch(
            output ->
                IntStream.range(0, r.inputs().size())
                    .filter(input -> isImage(r.inputs().get(input)))
                    .filter(input -> !r.op().readsShapeOnly(input))
                    .mapToObj(input -> r.op().reach(output, input, r.inputs()))
                    .allMatch(reach -> reach.carries(CHANNELS)));
  }

  private static boolean isImage(ValueType type) {
    return type.shape().rank() == 4;
  }

  private static boolean isPlain(KernelRequest r) {
    return IntStream.range(0, r.inputs().size())
            .filter(input -> !r.op().readsShapeOnly(input))
            .allMatch(input -> isPlain(r.inputs().get(input)))
        && r.outputs().stream().allMatch(KernelTable::isPlain);
  }

  private static boolean isPlain(ValueType type) {
    return type.equals(type.plain());
  }
}
