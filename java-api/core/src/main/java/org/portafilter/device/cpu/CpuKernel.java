package org.portafilter.device.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.bytedeco.javacpp.Pointer;
import org.portafilter.binding.Kernels;
import org.portafilter.device.Addresses;
import org.portafilter.device.Kernel;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.Program;

/**
 * Commands of one native family for one node. The descriptors are filled twice: with placeholder
 * addresses to ask for requirements, and with the real ones to append.
 *
 * @param <P> the family's descriptor
 */
final class CpuKernel<P extends Pointer> implements Kernel {
  /** A family's entry points, and how a descriptor asks only to prepare what many runs read. */
  record Family<P>(Query<P> query, Append<P> append, Consumer<P> prepares) {
    /** Of which nothing is prepared. */
    Family(Query<P> query, Append<P> append) {
      this(query, append, params -> {});
    }
  }

  /** {@code pf_<family>_query}. */
  interface Query<P> {
    int apply(long context, P params, Kernels.Requirements out);
  }

  /** {@code pf_program_<family>}. */
  interface Append<P> {
    int apply(long program, P params);
  }

  /** Which output may be the memory of which input. */
  interface Aliasing {
    boolean allows(int output, int input);
  }

  /** No output may overwrite an input. */
  static final Aliasing NEVER = (output, input) -> false;

  private static final long PLACEHOLDER = 64;

  private final Family<P> family;
  private final KernelRequest request;
  private final Function<Addresses, List<P>> describe;
  private final Aliasing aliasing;
  private final long workspaceBytes;
  private final long preparedBytes;
  private final String numericsId;

  private CpuKernel(
      Family<P> family,
      KernelRequest request,
      Function<Addresses, List<P>> describe,
      Aliasing aliasing,
      long workspaceBytes,
      long preparedBytes,
      String numericsId) {
    this.family = family;
    this.request = request;
    this.describe = describe;
    this.aliasing = aliasing;
    this.workspaceBytes = workspaceBytes;
    this.preparedBytes = preparedBytes;
    this.numericsId = numericsId;
  }

  /** The kernel, or no candidate when the family does not support the request. */
  static <P extends Pointer> List<Kernel> of(
      CpuDevice device,
      Family<P> family,
      KernelRequest request,
      Aliasing aliasing,
      Function<Addresses, List<P>> describe) {
    long workspace = 0;
    long prepared = 0;
    int numerics = Kernels.PF_NUMERICS_EXACT;
    Addresses placeholders =
        new Addresses(
            filled(request.inputs().size()), filled(request.outputs().size()), PLACEHOLDER, 0);
    for (P params : describe.apply(placeholders)) {
      try (params;
          Kernels.Requirements out = new Kernels.Requirements()) {
        int status = family.query().apply(device.context(), params, out);
        if (status == Kernels.PF_UNSUPPORTED) {
          return List.of();
        }
        Status.check(status, request.path() + " (" + request.op().name() + ")");
        workspace = Math.max(workspace, out.workspace());
        prepared = out.prepared();
        numerics = out.numerics();
      }
    }
    String id =
        device.numerics(Kernels.pf_numerics_by_blas(numerics) != 0)
            + " "
            + Kernels.pf_numerics_name(numerics).getString();
    return List.of(new CpuKernel<>(family, request, describe, aliasing, workspace, prepared, id));
  }

  /** The kernels of several algorithms, in this order, each kind of numerics once. */
  static List<Kernel> each(List<Integer> algorithms, IntFunction<List<Kernel>> kernels) {
    Map<String, Kernel> distinct = new LinkedHashMap<>();
    for (int algorithm : algorithms) {
      for (Kernel kernel : kernels.apply(algorithm)) {
        distinct.putIfAbsent(kernel.numericsId(), kernel);
      }
    }
    return List.copyOf(distinct.values());
  }

  private static long[] filled(int count) {
    long[] addresses = new long[count];
    Arrays.fill(addresses, PLACEHOLDER);
    return addresses;
  }

  @Override
  public String numericsId() {
    return numericsId;
  }

  @Override
  public long workspaceBytes() {
    return workspaceBytes;
  }

  @Override
  public long preparedBytes() {
    return preparedBytes;
  }

  @Override
  public void prepare(Program program, Addresses at) {
    append(program, at, true);
  }

  @Override
  public boolean mayOverwrite(int output, int input) {
    return aliasing.allows(output, input);
  }

  @Override
  public void emit(Program program, Addresses at) {
    append(program, at, false);
  }

  private void append(Program program, Addresses at, boolean prepares) {
    CpuProgram target = (CpuProgram) program;
    for (P params : new ArrayList<>(describe.apply(at))) {
      try (params) {
        if (prepares) {
          family.prepares().accept(params);
        }
        Status.check(family.append().apply(target.handle(), params), request.path());
        target.appended(request.path());
      }
    }
  }
}
