package org.portafilter.onnx;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/** Names in one ONNX graph: each once, none empty, since an empty name means no value there. */
final class OnnxNames {
  private final Set<String> taken = new HashSet<>();

  /** The name that is wished for, or the same with a number where that is taken. */
  String take(String wish) {
    // Protobuf strings are UTF-8, which has no halves of surrogate pairs.
    String text = new String(wish.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    String name = text;
    for (int i = 2; name.isEmpty() || !taken.add(name); i++) {
      name = text + "#" + i;
    }
    return name;
  }
}
