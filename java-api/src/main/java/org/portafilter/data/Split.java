package org.portafilter.data;

/** A training set and the test set that goes with it. */
public record Split(Dataset train, Dataset test) {}
