package org.portafilter.graph;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** An op's name in messages and files; a name that files of a release have is never given anew. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface OpName {
  /** The name, for example {@code Conv2d}. */
  String value();
}
