/** The tests, by kind: oracle, kernel, plan, layer, curve, unit. */
package org.portafilter;
