package org.portafilter.fuzz;

import org.portafilter.data.Cifar;

/** Feeds bytes to the CIFAR readers, as each of their files. */
public final class CifarFuzzer {
  private CifarFuzzer() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    for (String name : new String[] {"train.bin", "test.bin", "test_batch.bin"}) {
      FuzzInput.write(name, input);
    }
    for (int i = 1; i <= 5; i++) {
      FuzzInput.write("data_batch_" + i + ".bin", input);
    }
    FuzzInput.expectAnswer(() -> Cifar.ten(FuzzInput.FOLDER));
    FuzzInput.expectAnswer(() -> Cifar.hundred(FuzzInput.FOLDER));
  }
}
