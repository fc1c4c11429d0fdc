/** Fits what no rule gives, what processes hold beside their arrays, to measured runs. Must not print. */
@NullMarked
package dev.headroom.simulator.calibration;

import org.jspecify.annotations.NullMarked;
