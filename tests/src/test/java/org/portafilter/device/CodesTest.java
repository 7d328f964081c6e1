package org.portafilter.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.graph.Activation;
import org.portafilter.graph.Function;
import org.portafilter.graph.UpdateRule;

/** The numbers of codes.h, which C++ and CUDA include, are the ordinals of Java's enums. */
@Tag("unit")
class CodesTest {
  private static final Pattern CODE = Pattern.compile("\\b(PF_\\w+) = (-?\\d+)");

  static List<Arguments> enums() {
    return List.of(
        Arguments.of("pf_activation", "PF_", Activation.values(), ""),
        Arguments.of("pf_function", "PF_", Function.values(), "PF_FUNCTIONS"),
        Arguments.of("pf_update_kind", "PF_UPDATE_", UpdateRule.values(), "PF_UPDATE_RULES"));
  }

  @ParameterizedTest
  @MethodSource("enums")
  void numbersAreOrdinals(String name, String prefix, Enum<?>[] values, String count)
      throws IOException {
    List<String> expected = new ArrayList<>();
    Arrays.stream(values).forEach(v -> expected.add(prefix + v.name() + " = " + v.ordinal()));
    if (!count.isEmpty()) {
      expected.add(count + " = " + values.length);
    }
    assertEquals(expected, codes(name));
  }

  /** What one enum says, in order; a number below 0 is no member of Java's. */
  private static List<String> codes(String name) throws IOException {
    Path header =
        Path.of(System.getProperty("portafilter.root"), "native/include/portafilter/codes.h");
    String text = Files.readString(header);
    int start = text.indexOf("enum " + name + " {");
    assertFalse(start < 0, name);
    String body =
        text.substring(start, text.indexOf("};", start)).replaceAll("(?s)/\\*.*?\\*/", "");
    List<String> codes = new ArrayList<>();
    Matcher code = CODE.matcher(body);
    while (code.find()) {
      if (!code.group(2).startsWith("-")) {
        codes.add(code.group());
      }
    }
    return codes;
  }
}
