package org.portafilter.train;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;
import org.portafilter.nn.Network;
import org.portafilter.plan.Session;
import org.portafilter.shape.DType;

/** What the network gave for the images of one batch. */
final class Outputs {
  private final @Nullable FloatBuffer floats;
  private final @Nullable DoubleBuffer doubles;
  private final int each;

  private Outputs(@Nullable FloatBuffer floats, @Nullable DoubleBuffer doubles, int each) {
    this.floats = floats;
    this.doubles = doubles;
    this.each = each;
  }

  /** The outputs of a session that has just run so many images. */
  static Outputs of(Session session, int images) {
    DType dtype = session.plan().type(Network.OUTPUT).dtype();
    int each = session.view(Network.OUTPUT).capacity() / dtype.bytes() / images;
    return dtype == DType.FLOAT64
        ? new Outputs(null, session.view(Network.OUTPUT).asDoubleBuffer(), each)
        : new Outputs(session.view(Network.OUTPUT).asFloatBuffer(), null, each);
  }

  private double at(int image, int index) {
    int at = image * each + index;
    return doubles != null ? doubles.get(at) : floats.get(at);
  }

  /** Whether one of an image's numbers is NaN. */
  boolean hasNaN(int image) {
    for (int i = 0; i < each; i++) {
      if (Double.isNaN(at(image, i))) {
        return true;
      }
    }
    return false;
  }

  /** Where the largest of an image's numbers is, the first of equals; none of them is NaN. */
  int largest(int image) {
    int best = 0;
    for (int i = 1; i < each; i++) {
      best = at(image, i) > at(image, best) ? i : best;
    }
    return best;
  }
}
