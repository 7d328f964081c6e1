package org.portafilter.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.portafilter.shape.PortafilterException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/** The command line's entry: {@code java -jar portafilter-cli.jar train lenet}. */
@Command(
    name = "portafilter",
    description = "Trains, uses and describes convolutional networks.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    subcommands = {Train.class, Evaluate.class, Predict.class, Describe.class, Doctor.class})
public final class Main implements Runnable {
  @Option(
      names = "--debug",
      description = "Print stack traces with errors.",
      scope = ScopeType.INHERIT)
  private boolean debug;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @SuppressWarnings("NullAway") // picocli fills the fields
  private Main() {}

  /**
   * Runs one command and exits with its code: 0, 1 for a failure, 2 for wrong usage, 3 where an
   * output was NaN. What it prints is UTF-8 in every locale, and needs no display.
   */
  public static void main(String[] args) {
    System.setProperty("java.awt.headless", "true");
    Locale.setDefault(Locale.ROOT);
    System.setOut(utf8(FileDescriptor.out));
    System.setErr(utf8(FileDescriptor.err));
    int code = run(args);
    if (System.out.checkError()) {
      System.err.println("portafilter: standard output could not be written to the end");
      code = code == 0 ? 1 : code;
    }
    System.exit(code);
  }

  private static PrintStream utf8(FileDescriptor stream) {
    return new PrintStream(
        new BufferedOutputStream(new FileOutputStream(stream)), true, StandardCharsets.UTF_8);
  }

  static int run(String... args) {
    Main main = new Main();
    CommandLine line = new CommandLine(main).setCaseInsensitiveEnumValuesAllowed(true);
    line.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          if (main.debug) {
            failure.printStackTrace(command.getErr());
          } else {
            command.getErr().println("portafilter: " + message(failure));
          }
          return 1;
        });
    line.setParameterExceptionHandler(
        (failure, arguments) -> {
          failure
              .getCommandLine()
              .getErr()
              .println("portafilter: " + message(failure) + "; see --help");
          return 2;
        });
    try {
      return line.execute(args);
    } catch (OutOfMemoryError e) {
      line.getErr()
          .println(
              "portafilter: Java's heap is too small ("
                  + e.getMessage()
                  + "); give more with -Xmx");
      return 1;
    }
  }

  private static String message(Exception failure) {
    return failure instanceof PortafilterException ? failure.getMessage() : failure.toString();
  }

  private static String message(ParameterException failure) {
    String message = failure.getMessage();
    boolean undecoded = message.contains("InvalidPathException") && message.contains("\uFFFD");
    return undecoded
        ? message + "; this locale has no such characters, set LC_ALL=C.UTF-8"
        : message;
  }

  @Override
  public void run() {
    spec.commandLine().usage(System.err);
  }
}
