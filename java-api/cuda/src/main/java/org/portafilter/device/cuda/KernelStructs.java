package org.portafilter.device.cuda;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The fields of the structs in the kernels' source, in order; the first field's are those of its
 * own struct.
 */
final class KernelStructs {
  private static final Pattern STRUCT =
      Pattern.compile("^struct (\\w+) \\{\\n(.*?)^\\};", Pattern.MULTILINE | Pattern.DOTALL);

  /** One line of a struct: a type of eight bytes, or a struct known by now, and names. */
  private static final Pattern FIELDS =
      Pattern.compile("^  (?:const )?(\\w+)(\\*?) ([\\w, ]+);", Pattern.MULTILINE);

  private final Map<String, List<String>> structs = new HashMap<>();

  private KernelStructs() {}

  static KernelStructs of(String text) {
    KernelStructs all = new KernelStructs();
    Matcher struct = STRUCT.matcher(text);
    while (struct.find()) {
      List<String> fields = new ArrayList<>();
      Matcher line = FIELDS.matcher(struct.group(2));
      while (line.find()) {
        List<String> parts = all.structs.get(line.group(1));
        boolean pointer = !line.group(2).isEmpty();
        fields.addAll(parts != null && !pointer ? parts : List.of(line.group(3).split(", ")));
      }
      all.structs.put(struct.group(1), List.copyOf(fields));
    }
    return all;
  }

  List<String> fields(String struct) {
    List<String> fields = structs.get(struct);
    if (fields == null) {
      throw new IllegalStateException("no struct " + struct + " in the kernels' source");
    }
    return fields;
  }
}
