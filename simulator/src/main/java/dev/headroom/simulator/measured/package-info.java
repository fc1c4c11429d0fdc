/**
 * Measured runs and their reconciliation: predicted against measured, row by row and in summary.
 *
 * <p>Must not depend on the command line or the web server; it reads files and returns results.
 */
@NullMarked
package dev.headroom.simulator.measured;

import org.jspecify.annotations.NullMarked;
