package org.portafilter.data;

import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.tensor.Philox;

/** An augmentation that checkpoints know by a name. */
final class NamedAugmentation implements Augmentation {
  private final String name;
  private final Augmentation augmentation;

  NamedAugmentation(String name, Augmentation augmentation) {
    if (name.isBlank()) {
      throw new PortafilterException("an augmentation's name needs at least one letter");
    }
    this.name = name;
    this.augmentation = augmentation;
  }

  @Override
  public void apply(float[] pixels, Shape shape, Philox random) {
    augmentation.apply(pixels, shape, random);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NamedAugmentation that
        && name.equals(that.name)
        && augmentation.equals(that.augmentation);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return "'" + name + "'";
  }
}
