package dev.headroom.simulator.calibration;

import dev.headroom.model.quantity.Bytes;
import java.util.Optional;

/**
 * One constant and how well the records know it.
 *
 * @param id its key in files
 * @param label the words used in tables
 * @param value what is used: the estimate in whole pages of the driver, and at least nothing
 * @param interval what the records say; empty if no record tells it, and the value is the one Headroom comes with
 */
public record FittedConstant(String id, String label, Bytes value, Optional<Interval> interval) {}
