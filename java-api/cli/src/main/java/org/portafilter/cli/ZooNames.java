package org.portafilter.cli;

import java.util.Iterator;
import org.portafilter.zoo.Zoo;

/** The networks that the command line knows, for its help. */
final class ZooNames implements Iterable<String> {
  ZooNames() {}

  @Override
  public Iterator<String> iterator() {
    return Zoo.names().iterator();
  }
}
