package org.portafilter.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** One row of a suite: a network, what is done with it, and images per batch. */
record Case(String network, String work, int batch) {
  static Case parse(String text) {
    String[] words = text.trim().split("\\s+");
    return new Case(words[0], words[1], Integer.parseInt(words[2]));
  }

  boolean isTraining() {
    return work.equals("train");
  }

  @Override
  public String toString() {
    return network + " " + work + " " + batch;
  }

  /** The cases of a suite's text file. */
  static List<Case> suite(String name) throws IOException {
    List<Case> cases = new ArrayList<>();
    try (InputStream in = Case.class.getResourceAsStream("/suites/" + name + ".txt")) {
      if (in == null) {
        throw new IOException("no suite " + name + "; there is: lenet");
      }
      BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.isBlank() && !line.startsWith("#")) {
          cases.add(parse(line));
        }
      }
    }
    return cases;
  }
}
