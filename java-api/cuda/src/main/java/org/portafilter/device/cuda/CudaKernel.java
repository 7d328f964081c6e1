package org.portafilter.device.cuda;

import java.util.List;
import org.portafilter.device.Addresses;
import org.portafilter.device.Kernel;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.Program;

/**
 * The commands of one node.
 *
 * @param numericsId names what decides the bits; its last word is how factors are rounded, where
 *     that is a question
 */
record CudaKernel(
    KernelRequest request, String numericsId, long workspaceBytes, Aliasing aliasing, Body body)
    implements Kernel {
  /** What our own kernels are called where there is one way to compute a thing. */
  static final String OWN = "cuda";

  /** No output may overwrite an input. */
  static final Aliasing NEVER = (output, input) -> false;

  /** Every output may overwrite every input. */
  static final Aliasing ANY = (output, input) -> true;

  /** Which output may be the memory of which input. */
  interface Aliasing {
    /** Whether it may. */
    boolean allows(int output, int input);
  }

  /** Appends the commands. */
  interface Body {
    /** Appends them for these addresses. */
    void emit(Commands to, Addresses at);
  }

  /** The one candidate that needs no memory of its own. */
  static List<Kernel> of(KernelRequest request, Aliasing aliasing, Body body) {
    return of(request, 0, aliasing, body);
  }

  /** The one candidate. */
  static List<Kernel> of(KernelRequest request, long workspace, Aliasing aliasing, Body body) {
    return List.of(new CudaKernel(request, OWN, workspace, aliasing, body));
  }

  /** The same, naming what decides the bits there too. */
  CudaKernel on(Driver driver) {
    String named = driver.numerics() + " " + numericsId;
    return new CudaKernel(request, named, workspaceBytes, aliasing, body);
  }

  @Override
  public boolean mayOverwrite(int output, int input) {
    return aliasing.allows(output, input);
  }

  @Override
  public void emit(Program program, Addresses at) {
    body.emit(new Commands((CudaProgram) program, request.path()), at);
  }
}
