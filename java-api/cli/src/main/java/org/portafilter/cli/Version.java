package org.portafilter.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: the version the build wrote down. */
final class Version implements IVersionProvider {
  Version() {}

  @Override
  public String[] getVersion() throws IOException {
    try (InputStream in = Version.class.getResourceAsStream("version.txt")) {
      if (in == null) {
        throw new IOException("version.txt is missing in this jar");
      }
      String version = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return new String[] {"portafilter " + version.strip()};
    }
  }
}
