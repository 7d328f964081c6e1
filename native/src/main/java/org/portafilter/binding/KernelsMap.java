package org.portafilter.binding;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.ClassProperties;
import org.bytedeco.javacpp.LoadEnabled;
import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;
import org.bytedeco.javacpp.tools.Info;
import org.bytedeco.javacpp.tools.InfoMap;
import org.bytedeco.javacpp.tools.InfoMapper;

/**
 * How JavaCPP turns the C headers into the class {@code Kernels}: the headers below, and those of
 * the families in {@code native/families.def}. JavaCPP makes one where it loads {@code Kernels},
 * too: there is no list to find then, and nothing to say.
 */
@Properties(
    value =
        @Platform(
            value = "linux-x86_64",
            include = {
              "portafilter/codes.h",
              "portafilter/abi.h",
              "portafilter/context.h",
              "portafilter/memory.h",
              "portafilter/program.h"
            },
            link = "portafilter"),
    target = "org.portafilter.binding.Kernels")
public class KernelsMap implements InfoMapper, LoadEnabled {
  /** Those that belong to no family. */
  private static final String[][] STRUCTS = {
    {"pf_view", "View"},
    {"pf_window", "SlidingWindow"},
    {"pf_epilogue", "Epilogue"},
    {"pf_requirements", "Requirements"}
  };

  private static final Pattern FAMILY = Pattern.compile("PF_FAMILY\\((\\w+), (\\w+)\\)");

  /** Name and header of every family; none where the list does not lie beside the headers. */
  private static List<String[]> families = List.of();

  @Override
  public void init(ClassProperties properties) {
    for (String headers : properties.get("platform.includepath")) {
      Path list = Path.of(headers).resolveSibling("families.def");
      if (Files.exists(list)) {
        families = read(list);
      }
    }
    List<String> includes = properties.get("platform.include");
    for (String[] family : families) {
      String header = "portafilter/" + family[1] + ".h";
      if (!includes.contains(header)) {
        includes.add(header);
      }
    }
  }

  private static List<String[]> read(Path list) {
    try {
      List<String[]> found = new ArrayList<>();
      for (String line : Files.readAllLines(list)) {
        Matcher family = FAMILY.matcher(line);
        if (family.matches()) {
          found.add(new String[] {family.group(1), family.group(2)});
        }
      }
      return found;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void map(InfoMap infos) {
    infos.put(new Info("PF_API").cppTypes().annotations());
    for (String[] struct : STRUCTS) {
      infos.put(new Info(struct[0]).pointerTypes(struct[1]));
    }
    for (String[] family : families) {
      String name = family[0];
      String type = name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
      infos.put(new Info("pf_" + name).pointerTypes(type));
    }
  }
}
