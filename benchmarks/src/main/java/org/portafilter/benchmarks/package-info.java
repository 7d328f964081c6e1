/** JMH benchmarks and the comparison with peers. */
@org.jspecify.annotations.NullMarked
package org.portafilter.benchmarks;
