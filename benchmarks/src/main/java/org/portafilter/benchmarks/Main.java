package org.portafilter.benchmarks;

import java.util.Arrays;
import picocli.CommandLine;

/**
 * The entry of benchmarks.jar: {@code compare ...} sets us beside peers, {@code contender ...} is
 * one side of that, {@code cuda-nets ...} times networks on the GPU, and anything else goes to JMH.
 */
public final class Main {
  private Main() {}

  /** Runs one command. */
  public static void main(String[] args) throws Exception {
    if (args.length > 0 && args[0].equals("compare")) {
      System.exit(new CommandLine(new Compare()).execute(Arrays.copyOfRange(args, 1, args.length)));
    } else if (args.length > 0 && args[0].equals("contender")) {
      ContenderProcess.serve(args[1], Integer.parseInt(args[2]), new Case(args[3]));
    } else if (args.length > 0 && args[0].equals("cuda-nets")) {
      CudaNets.run(Arrays.asList(args).subList(1, args.length));
    } else {
      org.openjdk.jmh.Main.main(args);
    }
  }
}
