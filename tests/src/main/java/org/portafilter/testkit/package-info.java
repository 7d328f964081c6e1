/**
 * The reusable test kit: oracles in plain Java, a tolerance table, shape lists, and a runner for
 * single ops.
 */
@org.jspecify.annotations.NullMarked
package org.portafilter.testkit;
