package org.portafilter.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The families of ops that come with the library, and their ops by name. */
public final class Families {
  /** A family is one file of this room; the records in it are its ops. */
  private static final List<Class<? extends Op>> ALL =
      List.of(
          LeafOp.class,
          ConvOp.class,
          PoolOp.class,
          NormOp.class,
          ProductOp.class,
          PointwiseOp.class,
          ReduceOp.class,
          MoveOp.class,
          SoftmaxOp.class,
          DropoutOp.class,
          UpdateOp.class);

  private static final Map<String, Class<?>> BY_NAME = new HashMap<>();

  static {
    for (Class<?> op : ops()) {
      BY_NAME.put(op.getAnnotation(OpName.class).value(), op);
    }
  }

  private Families() {}

  /** All of their ops. */
  public static List<Class<?>> ops() {
    List<Class<?>> ops = new ArrayList<>();
    ALL.forEach(family -> collect(family, ops));
    return ops;
  }

  private static void collect(Class<?> type, List<Class<?>> ops) {
    if (type.isRecord()) {
      ops.add(type);
    } else {
      for (Class<?> part : type.getPermittedSubclasses()) {
        collect(part, ops);
      }
    }
  }

  /** The ops by their names in files. */
  public static Map<String, Class<?>> byName() {
    return Map.copyOf(BY_NAME);
  }
}
