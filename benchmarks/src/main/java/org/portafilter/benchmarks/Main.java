package org.portafilter.benchmarks;

import java.util.Arrays;
import picocli.CommandLine;

/**
 * The entry of benchmarks.jar: {@code compare ...} sets us beside peers, {@code report ...} writes
 * the page of the results, {@code contender ...} is one side of that, {@code cuda-nets ...} times
 * networks on the GPU, and anything else goes to JMH.
 */
public final class Main {
  private Main() {}

  /** What somebody asked for and cannot have needs no stack trace. */
  private static int told(Exception e, CommandLine line) throws Exception {
    if (!(e instanceof IllegalArgumentException || e instanceof IllegalStateException)) {
      throw e;
    }
    line.getErr().println(e.getMessage());
    return 1;
  }

  /** Runs one command. */
  public static void main(String[] args) throws Exception {
    if (args.length > 0 && args[0].equals("compare")) {
      CommandLine compare =
          new CommandLine(new Compare())
              .setExecutionExceptionHandler((e, line, parsed) -> told(e, line));
      System.exit(compare.execute(Arrays.copyOfRange(args, 1, args.length)));
    } else if (args.length > 0 && args[0].equals("report")) {
      System.exit(new CommandLine(new Report()).execute(Arrays.copyOfRange(args, 1, args.length)));
    } else if (args.length > 0 && args[0].equals("contender")) {
      ContenderProcess.serve(args[1], Integer.parseInt(args[2]), new Row(args[3]));
    } else if (args.length > 0 && args[0].equals("cuda-nets")) {
      CudaNets.run(Arrays.asList(args).subList(1, args.length));
    } else {
      org.openjdk.jmh.Main.main(args);
    }
  }
}
