package org.portafilter.examples;

import org.portafilter.shape.PortafilterException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The command line's entry: {@code java -jar portafilter-examples.jar train lenet}. */
@Command(
    name = "portafilter",
    description = "Trains, uses and describes convolutional networks.",
    mixinStandardHelpOptions = true,
    version = "portafilter 0.1.0",
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

  /** Runs one command and exits with its code: 0, 1 for a failure, 2 for wrong usage. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  static int run(String... args) {
    Main main = new Main();
    CommandLine line = new CommandLine(main);
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
              .println("portafilter: " + failure.getMessage() + "; see --help");
          return 2;
        });
    return line.execute(args);
  }

  private static String message(Exception failure) {
    return failure instanceof PortafilterException ? failure.getMessage() : failure.toString();
  }

  @Override
  public void run() {
    spec.commandLine().usage(System.err);
  }
}
