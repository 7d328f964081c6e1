package org.portafilter.benchmarks;

import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * OpenBLAS itself: one call of {@code cblas_sgemm}, with the threads its environment variable says.
 */
final class OpenBlasProduct implements Contender {
  private static final int ROW_MAJOR = 101;
  private static final int AS_IS = 111;
  private static final int TRANSPOSED = 112;

  private final int m;
  private final int n;
  private final int k;
  private final FloatPointer a;
  private final FloatPointer b;
  private final FloatPointer c;

  OpenBlasProduct(Row work) {
    Loader.load(openblas_nolapack.class);
    m = work.sizes().number("m");
    n = work.sizes().number("n");
    k = work.sizes().number("k");
    a = new FloatPointer(Sample.values("a", (long) m * k));
    b = new FloatPointer(Sample.values("b", (long) n * k));
    c = new FloatPointer((long) m * n);
  }

  @Override
  public void run() {
    openblas_nolapack.cblas_sgemm(ROW_MAJOR, AS_IS, TRANSPOSED, m, n, k, 1f, a, k, b, k, 0f, c, n);
  }

  @Override
  public double[] check() {
    run();
    return Arrays.stream(Sample.positions((long) m * n)).mapToDouble(i -> c.get(i)).toArray();
  }

  @Override
  public void close() {
    a.close();
    b.close();
    c.close();
  }
}
