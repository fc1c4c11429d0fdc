package dev.headroom.simulator.calibration;

import dev.headroom.model.training.RuntimeKind;

/**
 * Where processes hold the same.
 *
 * @param gpu catalog id of the card
 * @param runtime what trains
 * @param driver the driver's version
 * @param stack libraries and their versions
 */
public record Platform(String gpu, RuntimeKind runtime, String driver, String stack) {
    /** {@code h200 (driver 580.159.04, torch 2.11.0+cu130)}. */
    @Override
    public String toString() {
        return "%s (driver %s, %s)".formatted(gpu, driver, stack);
    }
}
