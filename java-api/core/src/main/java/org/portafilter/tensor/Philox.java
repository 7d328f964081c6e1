package org.portafilter.tensor;

/**
 * The counter-based random generator Philox4x32-10 (Salmon et al., "Parallel random numbers: as
 * easy as 1, 2, 3", 2011).
 *
 * <p>A value is a function of seed, stream and position, so that order and threads cannot change
 * it.
 */
public final class Philox {
  private final int key0;
  private final int key1;
  private final long stream;
  private long block;
  private final int[] words = new int[4];
  private int next = 4;
  private double spare = Double.NaN;

  /**
   * A sequence of its own for each pair of seed and stream.
   *
   * @param stream what the numbers are for, for example the hash of a path
   */
  public Philox(long seed, long stream) {
    this.key0 = (int) seed;
    this.key1 = (int) (seed >>> 32);
    this.stream = stream;
  }

  /** A stream number for a name: 64-bit FNV-1a over its UTF-16 units. */
  public static long streamOf(String name) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }

  /** The four words at one counter under a key; the published algorithm. */
  public static void words(int c0, int c1, int c2, int c3, int key0, int key1, int[] out) {
    for (int round = 0; round < 10; round++) {
      long a = (0xD2511F53L) * (c0 & 0xFFFFFFFFL);
      long b = (0xCD9E8D57L) * (c2 & 0xFFFFFFFFL);
      int n0 = (int) (b >>> 32) ^ c1 ^ key0;
      int n2 = (int) (a >>> 32) ^ c3 ^ key1;
      c1 = (int) b;
      c3 = (int) a;
      c0 = n0;
      c2 = n2;
      key0 += 0x9E3779B9;
      key1 += 0xBB67AE85;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
  }

  /** The next 32 random bits. */
  public int nextInt() {
    if (next == 4) {
      words(
          (int) block,
          (int) (block >>> 32),
          (int) stream,
          (int) (stream >>> 32),
          key0,
          key1,
          words);
      block++;
      next = 0;
    }
    return words[next++];
  }

  /** Uniform in {@code [0, bound)}, without bias. */
  public int nextInt(int bound) {
    long limit = (1L << 32) - (1L << 32) % bound;
    long word;
    do {
      word = nextInt() & 0xFFFFFFFFL;
    } while (word >= limit);
    return (int) (word % bound);
  }

  /** Uniform in {@code [0, 1)} with 53 random bits. */
  public double nextDouble() {
    long high = nextInt() & 0xFFFFFFFFL;
    long low = nextInt() & 0xFFFFFFFFL;
    return ((high << 21) ^ (low >>> 11)) * 0x1.0p-53;
  }

  /** Uniform in {@code [low, high)}. */
  public double uniform(double low, double high) {
    return low + (high - low) * nextDouble();
  }

  /** Normal with mean 0 and variance 1 (Box and Muller), the same on every platform. */
  public double nextGaussian() {
    if (!Double.isNaN(spare)) {
      double value = spare;
      spare = Double.NaN;
      return value;
    }
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - nextDouble()));
    double angle = 2 * Math.PI * nextDouble();
    spare = radius * StrictMath.sin(angle);
    return radius * StrictMath.cos(angle);
  }

  /** A random order of {@code 0 .. count - 1} (Fisher and Yates). */
  public int[] permutation(int count) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int j = nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
